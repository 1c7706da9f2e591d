/** Plain, readable, light or dark as the person has it; nothing is loaded for it. */
export const style = `
:root{color-scheme:light dark;--ink:#1c2024;--soft:#5b6470;--paper:#f4f5f7;--card:#fff;
--line:#d9dee4;--mark:#9a5b00;--tint:#fff6e5;--act:#1d4ed8}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#9aa4b1;--paper:#14171b;
--card:#1d2126;--line:#333a43;--mark:#f3b34c;--tint:#2b2314;--act:#8ab4ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:44rem;margin:8vh auto 4rem;padding:1.75rem 2rem;background:var(--card);
border:1px solid var(--line);border-radius:10px}
.brand{margin:0 0 .25rem;color:var(--soft);font-size:.8rem;letter-spacing:.08em}
h1{margin:0 0 1rem;font-size:1.45rem;line-height:1.25}
p{margin:.75rem 0}
code,pre{font:.92em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
pre{margin:1rem 0;padding:.75rem 1rem;background:var(--paper);border:1px solid var(--line);
border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.35rem 1.25rem;margin:1.25rem 0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.state{padding:.6rem 1rem;background:var(--tint);border-left:4px solid var(--mark);
border-radius:4px;font-weight:600;overflow-wrap:anywhere}
.soft{color:var(--soft);font-size:.9rem}
button,a.button{display:inline-block;padding:.45rem 1.1rem;font:inherit;color:var(--act);
background:none;border:1px solid var(--act);border-radius:6px;text-decoration:none;cursor:pointer}
button:focus-visible,a:focus-visible{outline:2px solid var(--act);outline-offset:2px}
a{color:var(--act)}
@media (max-width:36rem){main{margin:0;border:0;border-radius:0;min-height:100vh;padding:1.25rem}
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}}
`;
