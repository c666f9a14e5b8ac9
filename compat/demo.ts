/** What `npm start` runs: ported C programs talk DTLS before your eyes. */
import { sctp } from './demo/sctp.ts'
import { udp_echo } from './demo/udp-echo.ts'

const argv = process.argv.slice(2)

if (argv.length === 0) {
  process.exitCode = await udp_echo()
} else if (argv.length === 1 && argv[0] === 'sctp') {
  process.exitCode = await sctp()
} else {
  process.stderr.write(
    `There is no demo ${argv.join(' ')}. There is:\n` +
      '        npm start            DTLS 1.2 over UDP: cookie exchange, certificates on both sides, echo, close\n' +
      '        npm start -- sctp    DTLS 1.2 over SCTP: streams, notifications, a renegotiation under traffic\n' +
      'The programs themselves:\n' +
      '        npm run -s sample\n',
  )
  process.exitCode = 1
}
