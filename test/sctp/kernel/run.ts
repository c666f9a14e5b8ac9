// Runs the suite against the kernel's SCTP; arguments are Jest's.
import { runSuite } from './suite.ts'

process.exitCode = await runSuite(process.argv.slice(2))
