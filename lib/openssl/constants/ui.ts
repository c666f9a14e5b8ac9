// Data: the constants of OpenSSL 3.0's <openssl/ui.h>, with those of 1.0.2 that ported programs still name.

export const UIT_ERROR = 5
export const UIT_INFO = 4
export const UIT_PROMPT = 1
