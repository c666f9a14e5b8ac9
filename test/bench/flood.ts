import { argv, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { flood } from '../openssl/listener/flood.ts'

// A listener with many associations, under a flood of ClientHellos from forged addresses. Exit code 1 when anything is kept
// of them, or anybody who is there is harmed.
//
//   npm run flood                                            10,000 associations, 1,000,000 hellos: some minutes
//   npm run flood -- --associations 1000 --hellos 100000
const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    associations: { type: 'string', default: '10000' },
    hellos: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
  },
})
const [associations, hellos, seed] = [Number(values.associations), Number(values.hellos), Number(values.seed)]
const outcome = flood({ associations, hellos, seed, onProgress })
const { answers, amplification, connections, perAssociation, leftBehind, unharmed, seconds } = outcome
stdout.write(`
${unharmed} of ${associations} associations unharmed, ${(perAssociation / 1024).toFixed(1)} KiB for both ends of one
${answers} of ${hellos} hellos answered in ${seconds.toFixed(1)} s, ${Math.round(hellos / seconds)} a second
${amplification.toFixed(2)} bytes of answer for each byte of hello
${connections} connections made of them, ${(leftBehind / 1024).toFixed(0)} KiB left behind
`)
// A byte for each would show in a million; the heap of a process is never quite still.
if (unharmed < associations || connections > 0 || leftBehind > Math.max(2 ** 22, hellos)) process.exitCode = 1

function onProgress(what: string, done: number): void {
  if (done % 1000 === 0) stdout.write(`\r${what} ${done}   `)
}
