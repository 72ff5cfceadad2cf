/** How the page of a report looks: on a desk, on a phone, in the dark and on paper. It loads nothing. */
export const pageStyle = `
:root { color-scheme: light dark; --ink: #1c1d20; --soft: #5c6068; --paper: #ffffff; --ground: #f4f4f1; --rule: #d9d9d4;
  --bar: #2a6f97; --good: #1d6b3a; --bad: #a3261b; --goodground: #e3f2e8; --badground: #fbe6e3; }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e9e6; --soft: #a4a8b0; --paper: #1b1d21; --ground: #121316;
  --rule: #34373d; --bar: #6cb1d9; --good: #8fd6a8; --bad: #ff9c8f; --goodground: #16301f; --badground: #421a16; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.45 system-ui, "Noto Sans", "Noto Naskh Arabic", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 20px 16px 60px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 20px; margin: 36px 0 10px; } h3 { font-size: 16px; margin: 0; }
p > .mark { white-space: normal; }
h4 { font-size: 14px; margin: 20px 0 6px; } p { margin: 4px 0; } a { color: inherit; }
.soft { color: var(--soft); } .wide { overflow-wrap: anywhere; }
.mark { display: inline-block; padding: 1px 9px; border-radius: 10px; font-size: 13px; font-weight: 600; white-space: nowrap; }
.good { color: var(--good); background: var(--goodground); } .bad { color: var(--bad); background: var(--badground); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 14px; }
.card { background: var(--paper); border: 1px solid var(--rule); border-radius: 8px; padding: 12px 14px; min-width: 0; }
.cards > * { min-width: 0; } .card > h4:first-child { margin-top: 0; }
.sums { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 470px), 1fr)); gap: 0 28px; margin-bottom: 14px; }
.sums > * { min-width: 0; } td.n:first-child, th.n:first-child { width: 4em; }
.session { background: var(--paper); border: 1px solid var(--rule); border-radius: 8px; margin: 14px 0; padding: 12px 14px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: start; padding: 3px 10px 3px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { font-weight: 600; } thead th { color: var(--soft); font-size: 12px; font-weight: 500; white-space: nowrap; }
tr:last-child > * { border-bottom: 0; } th:last-child, td:last-child { padding-inline-end: 0; }
.n + :not(.n) { padding-inline-start: 12px; }
.n { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.differs > * { background: var(--badground); color: var(--bad); font-weight: 600; }
details > summary { cursor: pointer; padding: 3px 0; } details.session > summary { padding: 0; }
summary { overflow-wrap: anywhere; }
.receipt { border-bottom: 1px solid var(--rule); } .receipt[open] { padding-bottom: 10px; }
.receipt > summary > .n { float: inline-end; }
.receipt code, .hash { font-family: ui-monospace, "Noto Sans Mono", monospace; font-size: 12px; overflow-wrap: anywhere; }
.chart { width: 100%; height: auto; max-height: 260px; display: block; }
.chart text { font-size: 10px; fill: var(--soft); } .chart .axis { stroke: var(--rule); }
.bar { fill: var(--bar); } .bar.below { fill: var(--bad); } .touch { fill: transparent; }
.bars td:nth-child(2) { width: 34%; } .bars svg { width: 100%; height: 10px; margin-top: 5px; display: block; }
ul { margin: 6px 0; padding-inline-start: 20px; }
@media (max-width: 520px) { main { padding: 14px 10px 40px; } .cards { grid-template-columns: 1fr; } table { font-size: 13px; } }
@page { margin: 14mm 12mm; }
@media print { :root { color-scheme: light; --ink: #000; --soft: #444; --paper: #fff; --ground: #fff; --rule: #bbb; --bar: #555;
  --good: #000; --bad: #000; --goodground: #fff; --badground: #eee; }
  body { font-size: 10pt; } main { max-width: none; padding: 0; } .session, .card { break-inside: auto; border-color: #999; }
  tr, .receipt > summary { break-inside: avoid; } .scroll { overflow: visible; } table { font-size: 9pt; }
  details::details-content { content-visibility: visible; height: auto; } }
`;
