// Data: the constants of OpenSSL 3.0's <openssl/srtp.h>, with those of 1.0.2 that ported programs still name.

export const SRTP_AEAD_AES_128_GCM = 7
export const SRTP_AEAD_AES_256_GCM = 8
export const SRTP_AES128_CM_SHA1_32 = 2
export const SRTP_AES128_CM_SHA1_80 = 1
export const SRTP_AES128_F8_SHA1_32 = 4
export const SRTP_AES128_F8_SHA1_80 = 3
export const SRTP_NULL_SHA1_32 = 6
export const SRTP_NULL_SHA1_80 = 5
