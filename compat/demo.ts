/** What `npm start` runs: two ported C programs talk DTLS over UDP, in two processes, before your eyes. */
import { udp_echo } from './demo/udp-echo.ts'

const argv = process.argv.slice(2)

if (argv.length === 0) {
  process.exitCode = await udp_echo()
} else {
  process.stderr.write(
    `There is no demo ${argv.join(' ')}. There is:\n` +
      '        npm start        DTLS 1.2 over UDP: cookie exchange, certificates on both sides, echo, close\n' +
      'The programs themselves:\n' +
      '        npm run -s sample\n',
  )
  process.exitCode = 1
}
