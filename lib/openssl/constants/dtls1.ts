// Data: the constants of OpenSSL 3.0's <openssl/dtls1.h>, with those of 1.0.2 that ported programs still name.

export const DTLS1_AD_MISSING_HANDSHAKE_MESSAGE = 110
export const DTLS1_AL_HEADER_LENGTH = 2
export const DTLS1_CCS_HEADER_LENGTH = 1
export const DTLS1_COOKIE_LENGTH = 255
export const DTLS1_HM_BAD_FRAGMENT = -2
export const DTLS1_HM_FRAGMENT_RETRY = -3
export const DTLS1_HM_HEADER_LENGTH = 12
export const DTLS1_MAX_MTU_OVERHEAD = 48
export const DTLS1_RT_HEADER_LENGTH = 13
export const DTLS1_SCTP_AUTH_LABEL = 'EXPORTER_DTLS_OVER_SCTP'
export const DTLS1_TMO_ALERT_COUNT = 12
export const DTLS1_TMO_READ_COUNT = 2
export const DTLS1_TMO_WRITE_COUNT = 2
export const DTLS1_VERSION_MAJOR = 254
export const DTLS_ANY_VERSION = 0x1ffff
export const DTLS_MAX_VERSION = 65277
export const DTLS_MIN_VERSION = 65279
