/** Text as it stands in SVG and HTML. */
export function escaped(words: string): string {
  return words.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`)
}

/**
 * The looks of every picture, in light and dark. Blue and orange are told apart by everybody, and no meaning hangs on colour
 * alone: what is encrypted is thicker, what is SCTP's own is dashed.
 */
export const STYLE = `.pic{font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;font-size:12.5px}
.pic text{fill:#1b1f24}.pic .t{font-size:16px;font-weight:650}.pic .m{font-size:10.5px;fill:#57606a}.pic .c{text-anchor:middle}
.pic .e{text-anchor:end}.pic .w{font-weight:650}.pic .k{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:11.5px}
.pic .bg{fill:#fff}.pic .band{fill:#f1f4f7}.pic .life{stroke:#c5ccd3}.pic .plain{stroke:#0b5cad}.pic .sealed{stroke:#b3541e}
.pic .control{stroke:#6e7781}.pic .f-plain{fill:#0b5cad}.pic .f-sealed{fill:#b3541e}.pic .f-control{fill:#6e7781}
.pic .note{fill:#fff4d6;stroke:#c99a2b}.pic .box{fill:#fff;stroke:#8c959f}.pic .flight{fill:#57606a}.pic text.n{fill:#fff;font-weight:650;font-size:11px}
@media(prefers-color-scheme:dark){.pic text{fill:#e6edf3}.pic .m{fill:#9aa4af}.pic .bg{fill:#12161c}.pic .band{fill:#1d242d}
.pic .life{stroke:#3d4752}.pic .plain{stroke:#6cb6ff}.pic .sealed{stroke:#ffa657}.pic .control{stroke:#9aa4af}.pic .f-plain{fill:#6cb6ff}
.pic .f-sealed{fill:#ffa657}.pic .f-control{fill:#9aa4af}.pic .note{fill:#3a2f12;stroke:#b98a1b}.pic .box{fill:#1d242d;stroke:#6e7781}
.pic .flight{fill:#9aa4af}.pic text.n{fill:#12161c}}`

/** A whole picture with a background of its own, as a file of its own. */
export function svgFile(title: string, width: number, height: number, body: string): string {
  return svgElement(title, width, height, `<style>${STYLE}</style>\n${body}`, ' xmlns="http://www.w3.org/2000/svg"')
}

/** The picture inside a page that has the style. */
export function svgElement(title: string, width: number, height: number, body: string, namespace = ''): string {
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`
  return `<svg${namespace} class="pic" ${size} role="img" aria-label="${escaped(title)}">
<rect class="bg" width="${width}" height="${height}"/>
${body}
</svg>
`
}

/** A line of text; `kind`: classes of the style. */
export function text(x: number, y: number, words: string, kind = ''): string {
  const look = kind === '' ? '' : ` class="${kind}"`
  return `<text x="${x}" y="${y}"${look}>${escaped(words)}</text>`
}

/** Text in lines of about so many letters, broken where words end. */
export function wrapped(words: string, letters: number): string[] {
  const lines: string[] = []
  for (const word of words.split(' ').filter(part => part !== '')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > letters) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
