/** What this library says of itself: the numbers of the OpenSSL release whose behaviour it follows, and its own name. */

export const OPENSSL_VERSION_MAJOR = 3
export const OPENSSL_VERSION_MINOR = 0
export const OPENSSL_VERSION_PATCH = 22
/** MNNFFPPS: 0x30000160 is 3.0.22. */
export const OPENSSL_VERSION_NUMBER = 0x30000160
export const OPENSSL_VERSION_STR = '3.0.22'
export const OPENSSL_FULL_VERSION_STR = '3.0.22'
export const OPENSSL_VERSION_PRE_RELEASE = ''
export const OPENSSL_VERSION_BUILD_METADATA = ''
export const OPENSSL_SHLIB_VERSION = 3
export const OPENSSL_RELEASE_DATE = '25 Aug 2026'
export const OPENSSL_VERSION_TEXT = 'OpenSSL 3.0.22 compatible, openssl-shim 0.1.0'
