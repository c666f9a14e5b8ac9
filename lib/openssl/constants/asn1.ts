// Data: the constants of OpenSSL 3.0's <openssl/asn1.h>, with those of 1.0.2 that ported programs still name.

export const MBSTRING_ASC = 4097
export const MBSTRING_UTF8 = 4096
export const V_ASN1_APPLICATION = 64
export const V_ASN1_CONSTRUCTED = 32
export const V_ASN1_ENUMERATED = 10
export const V_ASN1_INTEGER = 2
export const V_ASN1_PRINTABLESTRING = 19
export const V_ASN1_SEQUENCE = 16
export const V_ASN1_UNIVERSAL = 0
export const V_ASN1_UTCTIME = 23
