// Data: the constants of OpenSSL 3.0's <openssl/buffer.h>, with those of 1.0.2 that ported programs still name.

export const BUF_MEM_FLAG_SECURE = 1
