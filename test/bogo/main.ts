import { runShim } from './shim.ts'

/** The shim as a program of its own: `node dist/test/bogo/main.js -port ...`. */
const { status, stdout, stderr } = await runShim(process.argv.slice(2))
process.stdout.write(stdout)
process.stderr.write(stderr)
process.exitCode = status
