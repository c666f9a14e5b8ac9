import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { examplesIn } from './examples.ts'
import { Reference } from './html.ts'
import { referencePages } from './pages.ts'

// `npm run docs`, in the root of the project: writes the reference to docs/.

const root = process.cwd()
const folder = join(root, 'docs')
const pages = referencePages(root)
const reference = new Reference(pages)
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)
for (const page of pages) writeFileSync(join(folder, page.file), reference.page(page))
writeFileSync(join(folder, 'index.html'), reference.index(examplesIn(root)))
process.stdout.write(`docs/index.html: ${pages.reduce((sum, { names }) => sum + names.length, 0)} names\n`)
