import { escaped, STYLE } from '../trace/drawing.ts'
import type { Picture, Room } from './gallery.ts'

/** All pictures on one page that needs nothing else. */
export function pageHtml(rooms: readonly Room[]): string {
  const links = rooms.map(({ title, pictures }) => {
    const items = pictures.map(one => `<li><a href="#${one.name}">${escaped(one.title)}</a></li>`)
    return `<section><h3>${escaped(title)}</h3><ul>${items.join('')}</ul></section>`
  })
  const sections = rooms.map(
    ({ title, words, pictures }) =>
      `<h2>${escaped(title)}</h2>\n<p>${prose(words)}</p>\n<div class="wall">\n${pictures.map(figure).join('\n')}\n</div>`,
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>openssl-shim: pictures</title>
<style>
${PAGE_STYLE}
${STYLE}
</style>
<h1>openssl-shim in pictures</h1>
<p>Drawn by <code>npm run pictures</code> from the running code; a test fails when they no longer are what it does.</p>
<nav>${links.join('')}</nav>
${sections.join('\n')}
</html>
`
}

function figure({ name, words, element }: Picture): string {
  const caption = words === '' ? '' : `<figcaption>${prose(words)}</figcaption>`
  return `<figure id="${name}"><div>${element}</div>${caption}</figure>`
}

function prose(words: string): string {
  return escaped(words).replace(/`([^`]+)`/g, '<code>$1</code>')
}

const PAGE_STYLE = `body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:1290px;padding:16px;color:#1b1f24;background:#fafbfc}
h1{font-size:26px;margin:8px 0}h2{margin:40px 0 4px}h3{margin:0;font-size:15px}p,figcaption{max-width:44em}code{font-size:.92em}
nav{display:flex;flex-wrap:wrap;gap:12px 40px}nav ul{margin:0;padding-left:18px}a{color:#0b5cad}
.wall{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,560px),1fr));gap:24px;align-items:start}
figure{margin:0;scroll-margin:12px;border:1px solid #d5dbe1;border-radius:8px;background:#fff;overflow:hidden}
figure div{overflow-x:auto}figure svg{display:block;width:100%;height:auto;min-width:470px;max-width:640px;margin:0 auto}
figcaption{padding:8px 16px 14px;border-top:1px solid #d5dbe1;font-size:14.5px;color:#3b434b}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0b0e12}a{color:#6cb6ff}figure{border-color:#2b333c;background:#12161c}figcaption{color:#b6bfc8;border-color:#2b333c}}`
