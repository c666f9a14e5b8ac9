import { EMPTY } from '../../base/bytes.ts'
import { ExtensionType } from '../registry.ts'
import { readEmpty } from './extension.ts'

/** RFC 7366 section 2: encrypt, then compute the MAC. Says all by being there. */
export const encryptThenMac = {
  type: ExtensionType.encryptThenMac,
  readClient: readEmpty,
  writeClient: () => EMPTY,
  readServer: readEmpty,
  writeServer: () => EMPTY,
}
