// `npm run -s sample -- NAME ...`. Plain JavaScript, since it has something to say exactly where nothing has been built.
import { existsSync } from 'node:fs'

const built = new URL('../../dist/compat/samples/run.js', import.meta.url)

if (existsSync(built)) await import(built.href)
else {
  process.stderr.write('The samples are not built yet. Do it with:\n        npm install && npm run build\n')
  process.exitCode = 1
}
