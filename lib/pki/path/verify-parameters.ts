/** What a verification does and leaves out, with the values of X509_V_FLAG_*. */
export const VerifyFlag = {
  useCheckTime: 0x2,
  crlCheck: 0x4,
  crlCheckAll: 0x8,
  ignoreCritical: 0x10,
  x509Strict: 0x20,
  allowProxyCerts: 0x40,
  policyCheck: 0x80,
  explicitPolicy: 0x100,
  inhibitAny: 0x200,
  inhibitMap: 0x400,
  notifyPolicy: 0x800,
  extendedCrlSupport: 0x1000,
  useDeltas: 0x2000,
  checkSsSignature: 0x4000,
  trustedFirst: 0x8000,
  suiteB: 0x30000,
  partialChain: 0x80000,
  noAltChains: 0x100000,
  noCheckTime: 0x200000,
} as const

/** What to check for (X509_VERIFY_PARAM). */
export interface VerifyParameters {
  /** Milliseconds since 1970 that validity is judged at. */
  readonly time: number
  /** `VerifyFlag` bits. */
  readonly flags: number
  /** Intermediate certificates allowed between the leaf and the trust anchor. */
  readonly depth: number
  /** `Purpose`, or 0 for none. */
  readonly purpose: number
  /** X509_TRUST_*: what the certificates of the trust store must be trusted for. */
  readonly trust: number
  /** Security level 0 to 5; 0 and below accept every key and digest. */
  readonly authLevel: number
  /** Any of these host names will do; empty for no check. */
  readonly hosts: readonly string[]
  /** `CheckFlag` bits. */
  readonly hostFlags: number
  readonly email: string | null
  /** 4 or 16 bytes. */
  readonly ip: Uint8Array | null
  /** Object identifiers of the policies that will do; null or empty: any. */
  readonly policies: readonly string[] | null
}

/** What X509_VERIFY_PARAM_new gives, with the default set's trusted-first and depth 100. */
export const DEFAULT_PARAMETERS: Omit<VerifyParameters, 'time'> = {
  flags: VerifyFlag.trustedFirst,
  depth: 100,
  purpose: 0,
  trust: 0,
  authLevel: -1,
  hosts: [],
  hostFlags: 0,
  email: null,
  ip: null,
  policies: null,
}
