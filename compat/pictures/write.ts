import { mkdirSync, writeFileSync } from 'node:fs'
import { gallery } from './gallery.ts'
import { pageHtml } from './page.ts'

// `npm run pictures`, in the root of the project: writes the pictures to compat/pictures, or to the folder that is named.

const [, , folder = 'compat/pictures'] = process.argv
const rooms = await gallery()
mkdirSync(folder, { recursive: true })
for (const { name, file } of rooms.flatMap(({ pictures }) => pictures)) writeFileSync(`${folder}/${name}.svg`, file)
writeFileSync(`${folder}/index.html`, pageHtml(rooms))
