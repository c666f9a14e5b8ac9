// A port of demos/bio/server-arg.c of OpenSSL (Copyright 2013-2025 The OpenSSL Project Authors, Apache-2.0).
import {
  type BIO,
  BIO_do_accept,
  BIO_free,
  BIO_free_all,
  BIO_new_accept,
  BIO_new_ssl,
  BIO_pop,
  BIO_read,
  BIO_set_accept_bios,
  ERR_print_errors_fp,
  SSL_CONF_CTX_finish,
  SSL_CONF_CTX_free,
  SSL_CONF_CTX_new,
  SSL_CONF_CTX_set_flags,
  SSL_CONF_CTX_set_ssl_ctx,
  SSL_CONF_cmd_argv,
  SSL_CONF_FLAG_CERTIFICATE,
  SSL_CONF_FLAG_SERVER,
  type SSL_CTX,
  SSL_CTX_free,
  SSL_CTX_new,
  TLS_server_method,
} from 'openssl-shim/promises'

/**
 * Serves one TLS client after the other, blocking, and prints what they send; the command line is that of SSL_CONF_cmd.
 * @param argv - `-port host:port`, and options of SSL_CONF_cmd(3) such as `-cert file`, `-key file`, `-cipher list`
 */
export async function main(argv: readonly string[]): Promise<number> {
  const ctx = SSL_CTX_new(TLS_server_method())
  const port = read_arguments(ctx, argv)
  if (port !== null) await serve(ctx, port)
  // It serves until it is killed: whatever ends it is a failure
  ERR_print_errors_fp(process.stderr)
  SSL_CTX_free(ctx)
  return 1
}

/** Sets up the context. @returns where to listen; null after a complaint */
function read_arguments(ctx: SSL_CTX, argv: readonly string[]): string | null {
  const cctx = SSL_CONF_CTX_new()
  SSL_CONF_CTX_set_flags(cctx, SSL_CONF_FLAG_SERVER)
  SSL_CONF_CTX_set_flags(cctx, SSL_CONF_FLAG_CERTIFICATE)
  SSL_CONF_CTX_set_ssl_ctx(cctx, ctx)
  try {
    let port = '*:4433'
    const args = { value: [...argv] }
    while (args.value[0]?.startsWith('-')) {
      // Parse standard arguments
      const rv = SSL_CONF_cmd_argv(cctx, null, args)
      if (rv === -3) return complain(`Missing argument for ${args.value[0]}`)
      if (rv < 0) return complain(`Error in command ${args.value[0]}`)
      // If rv > 0 we processed something so proceed to next arg
      if (rv > 0) continue
      // Otherwise application specific argument processing
      if (args.value[0] !== '-port') return complain(`Unknown argument ${args.value[0]}`)
      if (args.value[1] === undefined) return complain('Missing -port argument')
      port = args.value[1]
      args.value.splice(0, 2)
    }
    return SSL_CONF_CTX_finish(cctx) ? port : complain('Finish error')
  } finally {
    SSL_CONF_CTX_free(cctx)
  }
}

function complain(text: string): null {
  process.stderr.write(`${text}\n`)
  return null
}

async function serve(ctx: SSL_CTX, port: string): Promise<void> {
  // Setup server side SSL bio
  const ssl_bio = BIO_new_ssl(ctx, 0)
  const listener = BIO_new_accept(port)
  if (listener === null) {
    BIO_free_all(ssl_bio)
    return
  }

  // A new connection gets a duplicate of ssl_bio with the socket's BIO pushed into it
  BIO_set_accept_bios(listener, ssl_bio)

  // The first call sets up the socket that accepts; the BIO_read that follows takes the connection
  while ((await BIO_do_accept(listener)) > 0 && (await print_all(listener)) === 0) {
    process.stdout.write('Done\n')
    // Without the stack below, the next call for this BIO will accept again
    BIO_free_all(BIO_pop(listener))
  }
  BIO_free(listener)
}

/** Prints what comes. @returns 0 at the end of the connection, -1 for a failure */
async function print_all(bio: BIO): Promise<number> {
  const buf = new Uint8Array(512)
  let i: number
  while ((i = await BIO_read(bio, buf, 512)) > 0) process.stdout.write(buf.slice(0, i))
  return i
}
