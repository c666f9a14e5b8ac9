import type { Main } from './common/main.ts'

/** `npm run -s sample -- NAME [options] [address]`: starts one of the ported C programs. */

const SAMPLES: Readonly<Record<string, () => Promise<{ readonly main: Main }>>> = {
  dtls_udp_echo: () => import('./dtls_udp_echo.ts'),
  dtls_udp_discard: () => import('./dtls_udp_discard.ts'),
  dtls_udp_chargen: () => import('./dtls_udp_chargen.ts'),
  dtls_sctp_echo: () => import('./dtls_sctp_echo.ts'),
  dtls_sctp_discard: () => import('./dtls_sctp_discard.ts'),
  dtls_sctp_chargen: () => import('./dtls_sctp_chargen.ts'),
  mtls_forward: () => import('./mtls_forward.ts'),
  dtls_srtp: () => import('./dtls_srtp.ts'),
  sconnect: () => import('./sconnect.ts'),
  server_arg: () => import('./server_arg.ts'),
  certificates: () => import('./certificates.ts'),
}

/** Of those whose command line is another. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  sconnect: '[host:port [CAfile]]',
  server_arg: '[-port host:port] [options of SSL_CONF_cmd]',
  dtls_srtp: '[port fingerprint]',
  certificates: '',
}

const [name = '', ...argv] = process.argv.slice(2)
const load = Object.hasOwn(SAMPLES, name) ? SAMPLES[name] : undefined

if (load === undefined) {
  process.stderr.write(
    `${name === '' ? 'Which sample?' : `There is no sample ${name}.`} The samples are:\n` +
      Object.keys(SAMPLES)
        .map(known => `        npm run -s sample -- ${known} ${ARGUMENTS[known] ?? '[options] [address]'}\n`)
        .join('') +
      'With [address] it is the client, without one the server; -? shows the options.\n' +
      'They read certs/{server,client}-{cert,key}.pem in the working directory, which `certificates` makes.\n',
  )
  process.exitCode = 1
} else {
  const { main } = await load()
  // A server is done when it is killed; a client when its socket is closed.
  process.exitCode = await main(argv)
}
