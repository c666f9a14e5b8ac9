// Data: the constants of OpenSSL 3.0's <openssl/prov_ssl.h>, with those of 1.0.2 that ported programs still name.

export const DTLS1_2_VERSION = 65277
export const DTLS1_BAD_VER = 256
export const DTLS1_VERSION = 65279
export const SSL3_VERSION = 768
export const SSL_MAX_MASTER_KEY_LENGTH = 48
export const TLS1_1_VERSION = 770
export const TLS1_2_VERSION = 771
export const TLS1_3_VERSION = 772
export const TLS1_VERSION = 769
