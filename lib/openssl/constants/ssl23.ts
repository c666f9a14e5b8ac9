// Data: the constants of OpenSSL 3.0's <openssl/ssl23.h>, with those of 1.0.2 that ported programs still name.

export const SSL23_ST_CR_SRVR_HELLO_A = 0x1220
export const SSL23_ST_CR_SRVR_HELLO_B = 0x1221
export const SSL23_ST_CW_CLNT_HELLO_A = 0x1210
export const SSL23_ST_CW_CLNT_HELLO_B = 0x1211
export const SSL23_ST_SR_CLNT_HELLO_A = 0x2210
export const SSL23_ST_SR_CLNT_HELLO_B = 0x2211
