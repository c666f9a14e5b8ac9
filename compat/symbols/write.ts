import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pages, summary } from './pages.ts'
import { symbolRows } from './rows.ts'

// `npm run symbols`, in the root of the project.

const root = process.cwd()
const folder = join(root, 'compat/symbols')
const rows = symbolRows(root)
const made = pages(rows)
for (const name of readdirSync(folder)) if (name.endsWith('.md') && !made.has(name)) rmSync(join(folder, name))
for (const [name, text] of made) writeFileSync(join(folder, name), text)

const readme = join(root, 'README.md')
const block = `<!-- symbols -->\n\n${summary(rows)}\n\n<!-- /symbols -->`
writeFileSync(
  readme,
  readFileSync(readme, 'utf8').replace(/<!-- symbols -->[\s\S]*?<!-- \/symbols -->/, () => block),
)
