"""How the report looks: on a phone and on a desk, by day and by night."""

STYLE = """
:root { color-scheme: light dark; --bg: #fff; --text: #1c2024; --soft: #f3f5f7; --line: #d9dee3; --dim: #5c6670;
  --good: #0a7d53; --bad: #b3400a; --heat: 59, 143, 209; }
@media (prefers-color-scheme: dark) { :root { --bg: #14171a; --text: #e6e9ec; --soft: #1f2428; --line: #343b41;
  --dim: #9aa5af; --good: #3fc896; --bad: #ff8a4c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1.2rem 1rem 4rem; background: var(--bg); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.45rem; margin: .3rem 0; } h2 { font-size: 1.15rem; margin: 2.4rem 0 .3rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
p { margin: .3rem 0 .7rem; max-width: 46rem; } .dim { color: var(--dim); }
.warning { border-left: 4px solid var(--bad); background: var(--soft); padding: .5rem .8rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .6rem; margin: 1rem 0; }
.tile { background: var(--soft); border-radius: .5rem; padding: .6rem .8rem; }
.tile b { display: block; font-size: 1.6rem; line-height: 1.2; } .tile span { font-size: .82rem; color: var(--dim); }
.scroll { overflow-x: auto; margin: .5rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th { font-weight: 600; color: var(--dim); } th, td { padding: .28rem .7rem .28rem 0; text-align: right;
  border-bottom: 1px solid var(--line); white-space: nowrap; overflow-wrap: normal; }
th:first-child, td:first-child { text-align: left; }
td small { color: var(--dim); } .good { color: var(--good); } .bad { color: var(--bad); }
.matrix td, .matrix th { text-align: center; padding: .35rem .6rem; } .matrix th:first-child { text-align: right; }
@media (max-width: 42rem) { td small { display: block; } }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 1.2rem; }
figure { margin: 0; } svg { width: 100%; max-width: 26rem; height: auto; }
figcaption { font-size: .85rem; color: var(--dim); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: .7rem; }
.card { background: var(--soft); border-radius: .5rem; overflow: hidden; font-size: .82rem; }
.card img { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; background: #000; }
.card div { padding: .35rem .5rem .5rem; } .card b { display: block; font-weight: 600; }
.card span { color: var(--dim); }
"""
