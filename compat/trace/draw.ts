import { command } from './command.ts'

// `npm run trace -- ...`; what it does stands in its --help.

const { status, output, complaint } = command(process.argv.slice(2))
process.stdout.write(output)
process.stderr.write(complaint)
process.exitCode = status
