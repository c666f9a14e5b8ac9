import { wipe } from '../../../base/bytes.ts'
import { ENOPROTOOPT } from '../../../base/errno.ts'
import type { SctpOption, SctpOptions } from '../../../sctp/api/index.ts'
import { optionLayout } from '../../../sctp/api/option-layouts.ts'
import type { Handlers, Option } from './option.ts'
import { ASSOCIATION_OPTIONS } from './options-association.ts'
import { AUTH_OPTIONS } from './options-auth.ts'
import { FAILOVER_OPTIONS } from './options-failover.ts'
import { INTERLEAVING_OPTIONS } from './options-interleaving.ts'
import { MESSAGE_OPTIONS } from './options-message.ts'
import { PATH_OPTIONS } from './options-path.ts'
import { STATISTICS_OPTIONS } from './options-statistics.ts'
import { STREAM_OPTIONS } from './options-streams.ts'
import type { UserlandSocket } from './socket.ts'

const OPTIONS: Handlers = {
  ...MESSAGE_OPTIONS,
  ...AUTH_OPTIONS,
  ...ASSOCIATION_OPTIONS,
  ...PATH_OPTIONS,
  ...STREAM_OPTIONS,
  ...INTERLEAVING_OPTIONS,
  ...FAILOVER_OPTIONS,
  ...STATISTICS_OPTIONS,
}

/** setsockopt(2) of level IPPROTO_SCTP: 0 or a negative error number. */
export function setUserlandOption<Name extends SctpOption>(
  socket: UserlandSocket,
  name: Name,
  value: Readonly<Partial<SctpOptions[Name]>>,
): number {
  // A value that C's struct cannot hold is a TypeError; the bytes may be a key.
  wipe(optionLayout(name).pack(value))
  const option: Option<SctpOptions[Name]> | undefined = OPTIONS[name]
  return option?.set?.(socket, value) ?? -ENOPROTOOPT
}

/** getsockopt(2): the struct, or a negative error number. */
export function getUserlandOption<Name extends SctpOption>(
  socket: UserlandSocket,
  name: Name,
  request?: Readonly<Partial<SctpOptions[Name]>>,
): SctpOptions[Name] | number {
  const option: Option<SctpOptions[Name]> | undefined = OPTIONS[name]
  return option?.get?.(socket, request) ?? -ENOPROTOOPT
}
