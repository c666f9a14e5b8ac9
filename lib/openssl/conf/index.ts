/** <openssl/conf.h>: what reads openssl.cnf. */
export * from './nconf.ts'
