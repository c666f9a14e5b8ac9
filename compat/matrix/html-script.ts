/** Of `matrix.html`: the filters, and what a cell leads to. */
export const SCRIPT = `
const packed = Uint8Array.from(atob(document.getElementById('cells').textContent), character => character.charCodeAt(0))
const unpacked = new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))).json()
const form = document.querySelector('header form')
const dialog = document.querySelector('dialog')
const every = selector => [...document.querySelectorAll(selector)]

function filter() {
  const wanted = new FormData(form)
  const [peer, version] = [wanted.get('peer'), wanted.get('version')]
  const part = wanted.get('feature').toLowerCase()
  const outcomes = new Set(wanted.getAll('outcome').map(name => name.replaceAll(' ', '-')))
  let shown = 0
  for (const column of every('main [data-peer]')) column.hidden = peer !== '' && column.dataset.peer !== peer
  for (const row of every('tr[data-version]')) {
    const squares = [...row.cells].filter(cell => cell.className && cell.tagName === 'TD' && !cell.hidden)
    for (const square of squares) square.firstChild.style.visibility = outcomes.has(square.className.split(' ')[0]) ? '' : 'hidden'
    const visible = squares.filter(square => square.firstChild.style.visibility === '')
    row.hidden = visible.length === 0 || (version !== '' && row.dataset.version !== version) ||
      !row.cells[0].textContent.toLowerCase().includes(part)
    if (!row.hidden) shown += visible.length
  }
  for (const section of every('main section')) section.hidden = section.querySelector('tbody tr:not([hidden])') === null
  // Who looks for something sees it.
  if (part !== '') for (const details of every('main details')) details.open = true
  form.querySelector('output').textContent = shown + ' of ' + every('td a').length + ' cells'
}

function element(name, text, ...children) {
  const made = document.createElement(name)
  made.append(text, ...children)
  return made
}

async function show() {
  const id = decodeURIComponent(location.hash.slice(1))
  const cells = id === '' ? {} : await unpacked
  const cell = Object.hasOwn(cells, id) ? cells[id] : undefined
  for (const here of every('td.here')) here.classList.remove('here')
  if (cell === undefined) return dialog.close()
  const link = document.querySelector('a[href="#' + CSS.escape(id) + '"]')
  link?.parentElement.classList.add('here')
  const table = link?.closest('details')
  if (table) table.open = true
  const outcome = element('span', cell.outcome)
  outcome.className = 'chip ' + cell.outcome.replaceAll(' ', '-')
  const side = (name, { command, output }) => element('pre', element('b', name + ' $ '), command + '\\n' + output)
  dialog.querySelector('article').replaceChildren(
    element('h2', cell.id), outcome, ...(cell.reason === '' ? [] : [element('p', cell.reason)]),
    ...cell.runs.flatMap(({ title, server, client }) => [element('h3', title), side('server', server), side('client', client)]))
  if (!dialog.open) dialog.showModal()
  dialog.scrollTop = 0
}

form.addEventListener('input', filter)
form.addEventListener('submit', event => event.preventDefault())
dialog.addEventListener('close', () => history.replaceState(null, '', location.pathname + location.search))
dialog.addEventListener('click', event => { if (event.target === dialog) dialog.close() })
addEventListener('hashchange', show)
filter()
show()
`
