// SPDX-License-Identifier: Apache-2.0
#include "src/web/style_sheet.h"

namespace nftsvc::web {

const absl::string_view kStyleSheet = R"(
:root { color-scheme: light dark; --bg: #f6f7f9; --card: #ffffff; --text: #1b1f24; --dim: #626b77; --line: #dfe3e8;
  --good: #1a7f37; --bad: #c62828; --warn: #9a6700; --b0: #2f6fde; --b1: #7fb0ff; --b2: #12805c; --b3: #6fd3ad;
  --b4: #9a5bd8; --b5: #cfaaf2; }
@media (prefers-color-scheme: dark) { :root { --bg: #12161b; --card: #1b2027; --text: #e4e8ed; --dim: #98a2ae;
  --line: #2d343d; --good: #4cc46a; --bad: #ff7b72; --warn: #e3b341; --b0: #5590f5; --b1: #2c55a0; --b2: #35b98a;
  --b3: #1f6e53; --b4: #b583ea; --b5: #6d4296; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 24px; background: var(--bg); color: var(--text);
  font: 14px/1.45 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: 12px; margin-bottom: 16px; }
h1 { font-size: 22px; margin: 0; }
h2 { font-size: 15px; margin: 28px 0 8px; }
.dim { color: var(--dim); }
.badge { border-radius: 999px; padding: 2px 12px; font-weight: 600; color: #ffffff; background: var(--good); }
.badge.bad { background: var(--bad); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(128px, 1fr)); gap: 10px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; }
.card b { display: block; font-size: 19px; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.problems { list-style: none; margin: 14px 0 0; padding: 0; }
.problems li { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--bad);
  border-radius: 6px; padding: 8px 12px; margin-top: 6px; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 8px 14px; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--dim); font-weight: 600; font-size: 12px; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
code { font: 13px ui-monospace, "DejaVu Sans Mono", monospace; }
.chip { border: 1px solid var(--line); border-radius: 4px; padding: 0 6px; font-size: 12px; color: var(--dim); }
.none { color: var(--bad); } .some { color: var(--warn); } .all { color: var(--good); }
svg { display: block; width: 100%; min-width: 220px; height: 12px; border-radius: 3px; margin-top: 4px; }
rect.empty { fill: var(--line); }
rect.c0 { fill: var(--b0); } rect.c1 { fill: var(--b1); } rect.c2 { fill: var(--b2); }
rect.c3 { fill: var(--b3); } rect.c4 { fill: var(--b4); } rect.c5 { fill: var(--b5); }
details summary { cursor: pointer; color: var(--dim); font-size: 12px; margin-top: 4px; }
details td, details th { padding: 2px 10px 2px 0; border: 0; }
footer { margin-top: 24px; color: var(--dim); font-size: 12px; }
a { color: inherit; }
)";

const absl::string_view kContentSecurityPolicy =
    "default-src 'none'; style-src 'sha256-UmASTWnVAvD+3UGe3NuTB0yNGQsJooFwYtiRcQCYtM8='; base-uri "
    "'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace nftsvc::web
