/** What OpenSSL 3.5 added to <openssl/ssl.h> for listeners (SSL_new_listener(3)). */

export const SSL_ACCEPT_CONNECTION_NO_BLOCK = 1
export const SSL_LISTENER_FLAG_NO_VALIDATE = 2
