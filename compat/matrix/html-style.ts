/** Of `matrix.html`: light and dark, and narrow enough for a telephone. */
export const STYLE = `
:root { --paper: #fff; --ink: #1d2125; --faint: #626b75; --line: #d9dee3; --block: #f4f6f8; --accent: #0b5cad;
  --works: #c4e7cc; --works-ink: #0c5a24; --fails: #f7bcb5; --fails-ink: #8a1206; --lacks: #e9ecef; --lacks-ink: #5b646d;
  --idle: #f6e7b4; --idle-ink: #6b5200 }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --ink: #e4e7ea; --faint: #98a2ad; --line: #30363d; --block: #1e2329;
  --accent: #7ab8ff; --works: #173f25; --works-ink: #8fe0a6; --fails: #6a1f19; --fails-ink: #ffc4bc; --lacks: #23282e; --lacks-ink: #929ca6;
  --idle: #4a3d10; --idle-ink: #f2d98a } }
* { box-sizing: border-box }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; padding: 1.25rem clamp(.75rem, 3vw, 2rem); max-width: 90rem;
  color: var(--ink); background: var(--paper) }
h1 { font-size: 1.6rem; margin: 0 0 .25rem } h2 { font-size: 1.1rem; margin: 0; display: inline }
small { color: var(--faint); font-variant-numeric: tabular-nums } summary { cursor: pointer; padding: .35rem 0 }
section.overview { margin: 1rem 0 } details[open] { margin-bottom: 1rem }
header p { margin: 0 0 1rem; max-width: 60rem; color: var(--faint) }
header form { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center }
header select, header input[type=search] { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line);
  border-radius: 6px; padding: .25rem .5rem; max-width: 11rem }
output { color: var(--faint); font-variant-numeric: tabular-nums }
.chips { display: flex; flex-wrap: wrap; gap: .4rem }
.chip { border-radius: 99px; padding: .2rem .75rem; cursor: pointer; user-select: none; white-space: nowrap }
.chip input { position: absolute; opacity: 0 } .chip i { font-style: normal; font-variant-numeric: tabular-nums; opacity: .8 }
.chip:has(input:not(:checked)) { opacity: .45; text-decoration: line-through } .chip:has(input:focus-visible) { outline: 2px solid var(--accent) }
.works { background: var(--works); color: var(--works-ink) } .fails-with-libssl-too { background: var(--idle); color: var(--fails-ink) } .fails { background: var(--fails); color: var(--fails-ink) }
.peer-lacks-it { background: var(--lacks); color: var(--lacks-ink) } .not-run-here { background: var(--idle); color: var(--idle-ink) }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; max-width: max-content }
table { border-collapse: separate; border-spacing: 0 }
th { font-weight: normal; text-align: left; padding: .2rem .6rem; white-space: nowrap; background: var(--paper) }
thead th { font-size: .82rem; text-align: center; color: var(--faint) }
thead tr:first-child th[data-peer] { color: var(--ink); font-weight: 600; border-left: 1px solid var(--line) }
tbody th[scope=row] { position: sticky; left: 0; z-index: 1; max-width: 22rem; overflow: hidden; text-overflow: ellipsis }
th.version { color: var(--faint); font-size: .82rem }
td { border: 1px solid var(--paper); padding: 0; min-width: 2.6rem; text-align: center; border-radius: 4px }
td a { display: block; padding: .1rem .5rem; color: inherit; text-decoration: none; font-weight: 600 }
td a:hover, td a:focus-visible, td.here a { outline: 2px solid var(--accent); outline-offset: -2px; border-radius: 4px }
.peers td { text-align: center; padding: .2rem .35rem } .peers th { padding: .2rem .35rem } .peers th b { font-weight: 600 } .peers small { white-space: nowrap }
.bar { display: flex; height: .45rem; min-width: 3.4rem; border-radius: 4px; overflow: hidden; gap: 1px }
.bar .works { background: var(--works-ink) } .bar .fails { background: var(--fails-ink) } .bar .fails-with-libssl-too { background: var(--idle-ink) }
[hidden] { display: none !important }
dialog { border: 1px solid var(--line); border-radius: 12px; padding: 0; width: min(56rem, calc(100vw - 1.5rem)); max-height: 90vh;
  color: inherit; background: var(--paper) }
dialog::backdrop { background: #0008 }
dialog form { position: sticky; top: 0; float: right; padding: .5rem }
dialog button { font: inherit; color: inherit; background: var(--block); border: 0; border-radius: 99px; width: 2.2rem; height: 2.2rem; cursor: pointer }
article { padding: 1rem 1.25rem 1.25rem } article h2 { display: block; margin: 0 2.5rem .5rem 0 } article h3 { font-size: 1rem; margin: 1.25rem 0 .25rem }
article .chip { cursor: default; display: inline-block } article p { margin: .5rem 0; overflow-wrap: anywhere }
pre { background: var(--block); padding: .6rem .75rem; border-radius: 8px; margin: .4rem 0; white-space: pre-wrap; overflow-wrap: anywhere;
  font: 12.5px/1.45 ui-monospace, monospace } pre b { color: var(--accent) }
@media (max-width: 40rem) { body { font-size: 14px } tbody th[scope=row] { max-width: 9.5rem } th { padding: .2rem .4rem }
  td { min-width: 2.2rem } .bar { min-width: 3rem } dialog { margin: auto 0 0; width: 100vw; max-width: 100vw; border-radius: 12px 12px 0 0 } }
`
