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
  certificates: () => import('./certificates.ts'),
}

const [name = '', ...argv] = process.argv.slice(2)
const load = Object.hasOwn(SAMPLES, name) ? SAMPLES[name] : undefined

if (load === undefined) {
  process.stderr.write(
    `${name === '' ? 'Which sample?' : `There is no sample ${name}.`} The samples are:\n` +
      Object.keys(SAMPLES)
        .map(known => `        npm run -s sample -- ${known} [options] [address]\n`)
        .join('') +
      'Without an address it is the server, with one the client; -? shows the options.\n' +
      'Both read certs/{server,client}-{cert,key}.pem in the working directory, which `certificates` makes.\n',
  )
  process.exitCode = 1
} else {
  const { main } = await load()
  // A server is done when it is killed; a client when its socket is closed.
  process.exitCode = await main(argv)
}
