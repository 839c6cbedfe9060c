"""The page's style sheet: system typefaces, a readable column, aligned figures, and a printable page."""

CSS = """
:root { --ink: #22272e; --muted: #5f6873; --line: #d9dee4; --tint: #f4f6f8; --accent: #1f5f99; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; color: var(--ink); background: #fff; counter-reset: section table figure; overflow-wrap: break-word;
  font: 17px/1.58 Charter, "Bitstream Charter", "Iowan Old Style", Georgia, "Liberation Serif", serif; }
main { max-width: 50rem; margin: 0 auto; padding: 3rem 1.5rem 4rem; }
h1, h2, nav, table, figcaption, caption, header p, footer, .note, figure svg text {
  font-family: -apple-system, "Segoe UI", "Helvetica Neue", "Liberation Sans", Arial, sans-serif; }
h1 { font-size: 2.05rem; line-height: 1.15; letter-spacing: -0.015em; margin: 0 0 0.5rem; }
h2 { font-size: 1.3rem; line-height: 1.25; letter-spacing: -0.01em; margin: 3.2rem 0 0.8rem; padding-top: 0.9rem;
  border-top: 2px solid var(--ink); counter-increment: section; }
h2::before { content: counter(section) "\\2002"; color: var(--muted); font-weight: 400; }
p { margin: 0 0 1rem; }
header p { color: var(--muted); font-size: 0.9rem; line-height: 1.5; margin: 0 0 1.8rem; }
.lead { background: var(--tint); border-left: 4px solid var(--accent); padding: 1.1rem 1.4rem 0.5rem;
  margin: 0 0 1.6rem; }
.lead p { margin: 0 0 0.7rem; }
.note { color: var(--muted); font-size: 0.82rem; line-height: 1.5; }
nav { font-size: 0.88rem; }
nav ol { margin: 0; padding-left: 1.3rem; columns: 2; column-gap: 2.5rem; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
li { margin: 0 0 0.35rem; }
figure { margin: 1.7rem 0 1.9rem; counter-increment: figure; }
figure svg { display: block; width: 100%; height: auto; }
figure svg * { stroke-linejoin: round; stroke-linecap: butt; }
figcaption, caption { color: var(--muted); font-size: 0.82rem; line-height: 1.45; text-align: left; }
figcaption { margin-top: 0.5rem; }
figcaption::before { content: "Figure " counter(figure) ". "; font-weight: 600; color: var(--ink); }
.table { overflow-x: auto; margin: 1.5rem 0 1.8rem; counter-increment: table; }
caption { padding-bottom: 0.5rem; caption-side: top; }
caption::before { content: "Table " counter(table) ". "; font-weight: 600; color: var(--ink); }
table { border-collapse: collapse; width: 100%; font-size: 0.83rem; line-height: 1.4;
  font-variant-numeric: tabular-nums; }
th { font-weight: 600; text-align: left; vertical-align: bottom; border-bottom: 1.5px solid var(--ink); }
th, td { padding: 0.32rem 0.7rem 0.32rem 0; }
th:last-child, td:last-child { padding-right: 0; }
td { border-bottom: 1px solid var(--line); vertical-align: top; }
.number { text-align: right; white-space: nowrap; }
th.number { white-space: normal; }
.key { white-space: nowrap; }
td small { display: block; font-size: 0.88em; font-weight: 400; color: var(--muted); }
tr.strong td { font-weight: 600; }
footer { margin-top: 3.5rem; padding-top: 0.9rem; border-top: 1px solid var(--line); color: var(--muted);
  font-size: 0.8rem; }
@media (max-width: 40rem) { body { font-size: 16px; } main { padding: 1.5rem 1rem; } nav ol { columns: 1; }
  figure { overflow-x: auto; } figure svg { width: 38rem; } }
@media print { body { font-size: 10.5pt; } main { max-width: none; padding: 0; } nav { display: none; }
  figure, tr { break-inside: avoid; } h2 { break-after: avoid; } }
"""
