-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The style of the HTML report. The colours can be told apart by those who see red and green alike (blue, orange,
-- green and grey differ in lightness, and a sign or a word stands beside every colour), on white and on black.

return [[
:root {
  color-scheme: light dark;
  --page: #fbfbfc; --card: #ffffff; --text: #1b1f24; --muted: #5b6570; --line: #d9dee4; --grid: #e8ebef;
  --pass: #0b6bb0; --fail: #b8330b; --kink: #087a5b; --unsure: #6e5a8a; --error: #8d1258;
  --pass-soft: #e3f0fa; --fail-soft: #fde9e1; --kink-soft: #dff4ec; --unsure-soft: #eee9f5; --error-soft: #fbe5f1;
  --h1: #eaf2fa; --h2: #c6dff2; --h3: #8fbfe3; --h4: #3f8ecb; --f1: #f5b48f; --f2: #e3703a; --f3: #a32a05;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --card: #1b1f25; --text: #e4e8ed; --muted: #9aa5b1; --line: #343b44; --grid: #2a3038;
    --pass: #6cb8f0; --fail: #ff9466; --kink: #4fd0a5; --unsure: #bda8dd; --error: #f58bc5;
    --pass-soft: #14304a; --fail-soft: #4a2314; --kink-soft: #0f3a2e; --unsure-soft: #332a44; --error-soft: #471a35;
    --h1: #1c2a37; --h2: #1f4260; --h3: #2a6596; --h4: #4c9bd8; --f1: #8a4a28; --f2: #d8672f; --f3: #ffb08c;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 24px 20px 64px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 19px; margin: 0; overflow-wrap: anywhere; }
h3 { font-size: 15px; margin: 0; font-weight: 600; }
p { margin: 6px 0; }
a { color: inherit; }
pre, table td.n { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 13px; }
.muted { color: var(--muted); }
.cards { display: flex; flex-wrap: wrap; gap: 12px; margin: 20px 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 10px 18px;
  min-width: 118px; }
.card b { display: block; font-size: 24px; line-height: 1.2; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; background: var(--card); border: 1px solid var(--line); }
th, td { text-align: left; padding: 6px 12px; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--muted); font-weight: 600; font-size: 13px; white-space: nowrap; }
td.n, th.n { text-align: right; white-space: nowrap; }
.badge { display: inline-block; padding: 0 10px; border-radius: 999px; font-size: 13px; font-weight: 600;
  white-space: nowrap; border: 1px solid currentColor; }
.pass { color: var(--pass); } .badge.pass { background: var(--pass-soft); }
.fail { color: var(--fail); } .badge.fail { background: var(--fail-soft); }
.nondifferentiable { color: var(--kink); } .badge.nondifferentiable { background: var(--kink-soft); }
.inconclusive { color: var(--unsure); } .badge.inconclusive { background: var(--unsure-soft); }
.error { color: var(--error); } .badge.error { background: var(--error-soft); }
.none { color: var(--muted); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 18px;
  margin: 18px 0; }
section > header, summary > span { display: inline-flex; flex-wrap: wrap; gap: 10px; align-items: center; }
details { border-top: 1px solid var(--line); margin-top: 12px; padding-top: 10px; }
summary { cursor: pointer; }
.says { border-left: 4px solid currentColor; padding: 4px 12px; margin: 10px 0; }
.says span { color: var(--text); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 8px 0; font-size: 13px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 10px 0; }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(290px, 1fr)); gap: 8px 18px;
  align-items: start; }
figure { margin: 8px 0; }
figcaption { font-size: 13px; color: var(--muted); }
svg { max-width: 100%; height: auto; display: block; }
svg text { font: 10px system-ui, "DejaVu Sans", sans-serif; fill: var(--muted); }
svg .title { font-size: 11px; fill: var(--text); }
svg path { fill: none; }
svg .grid { stroke: var(--grid); }
svg .agree { stroke: var(--muted); stroke-dasharray: 4 4; }
svg .limit { stroke: var(--fail); }
svg .within { fill: var(--pass-soft); opacity: 0.6; }
svg .bar { stroke: var(--muted); opacity: 0.7; }
svg .dot { stroke: currentColor; stroke-width: 4; stroke-linecap: round; opacity: 0.75; }
svg .dot.fail { stroke-width: 5; opacity: 0.9; }
svg .dot.few { stroke-width: 7; }
svg .cell { stroke: var(--card); stroke-width: 0.6; }
svg rect.none { fill: none; stroke: var(--line); }
.h1 { fill: var(--h1) !important; } .h2 { fill: var(--h2) !important; } .h3 { fill: var(--h3) !important; }
.h4 { fill: var(--h4) !important; } .f1 { fill: var(--f1) !important; } .f2 { fill: var(--f2) !important; }
.f3 { fill: var(--f3) !important; } .hk { fill: var(--kink) !important; } .hu { fill: var(--unsure) !important; }
.key { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 13px; color: var(--muted); margin: 10px 0; }
.key span { display: inline-flex; gap: 6px; align-items: center; }
.key svg { border: 1px solid var(--line); }
@media print { section { break-inside: avoid; } }
]]
