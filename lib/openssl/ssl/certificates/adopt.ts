import { X509_STORE_free } from '../../x509/store/store.ts'
import type { Settings } from '../settings.ts'
import { clearSlots } from './slots.ts'

/** Takes over what OpenSSL keeps in a CERT: all that a change of context brings, with references of its own. */
export function adoptCertificates(settings: Settings, source: Settings): void {
  const copy = source.clone()
  clearSlots(settings.cert)
  X509_STORE_free(settings.chainStore)
  X509_STORE_free(settings.verifyStore)
  settings.cert = copy.cert
  settings.chainStore = copy.chainStore
  settings.verifyStore = copy.verifyStore
  settings.dhAuto = copy.dhAuto
  settings.dhParameters = copy.dhParameters
  settings.dhCallback = copy.dhCallback
  settings.signatureSchemes = copy.signatureSchemes
  settings.clientSignatureSchemes = copy.clientSignatureSchemes
  settings.suiteB = copy.suiteB
  settings.certFlags = copy.certFlags
  settings.certificateTypes = copy.certificateTypes
  settings.certCallback = copy.certCallback
  settings.certCallbackArg = copy.certCallbackArg
  settings.securityLevel = copy.securityLevel
  settings.securityCallback = copy.securityCallback
  settings.securityExData = copy.securityExData
  settings.pskIdentityHint = copy.pskIdentityHint
}
