import { writeFileSync } from 'node:fs'
import { gallery } from './gallery.ts'
import { pageHtml } from './page.ts'

// `npm run pictures`, in the root of the project: writes the pictures to compat/pictures.

const rooms = await gallery()
for (const { name, file } of rooms.flatMap(({ pictures }) => pictures)) {
  writeFileSync(`compat/pictures/${name}.svg`, file)
}
writeFileSync('compat/pictures/index.html', pageHtml(rooms))
