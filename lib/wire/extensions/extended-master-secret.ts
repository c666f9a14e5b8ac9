import { EMPTY } from '../../base/bytes.ts'
import { ExtensionType } from '../registry.ts'
import { readEmpty } from './extension.ts'

/** RFC 7627 section 5.1: the master secret covers the handshake. Says all by being there. */
export const extendedMasterSecret = {
  type: ExtensionType.extendedMasterSecret,
  readClient: readEmpty,
  writeClient: () => EMPTY,
  readServer: readEmpty,
  writeServer: () => EMPTY,
}
