import { createHash } from 'node:crypto';
import { Html, html } from '../html.ts';

/** Keeps an open page up to date, so that a prompt appears while one looks; does nothing in a hidden tab. */
const liveScript = `let last = document.querySelector('main').innerHTML;
setInterval(async () => {
  if (document.hidden) return;
  try {
    const text = await (await fetch(location.href)).text();
    const next = new DOMParser().parseFromString(text, 'text/html').querySelector('main');
    if (!next || next.innerHTML === last) return;
    last = next.innerHTML;
    document.querySelector('main').innerHTML = last;
    document.querySelector('#news').textContent = 'This page has changed.';
  } catch {}
}, 1000);`;

const style = `
:root{color-scheme:light dark;--bg:#f4f5f7;--card:#fff;--ink:#1b1f27;--soft:#5a6372;--line:#dfe3e8;--brand:#2f5bea;--on:#fff;--ghost:#e9ecf1;--note:#fff4d6;--noteink:#5c4300}
@media(prefers-color-scheme:dark){:root{--bg:#14171c;--card:#1d2128;--ink:#eceff4;--soft:#a5afbe;--line:#343b46;--brand:#8ea8ff;--on:#10131a;--ghost:#2a303a;--note:#3a3010;--noteink:#ffe3a1}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;overflow-wrap:anywhere}
a{color:var(--brand)}
a:focus-visible,summary:focus-visible,button:focus-visible{outline:3px solid var(--brand);outline-offset:2px;border-radius:4px}
.standin{background:var(--note);color:var(--noteink);padding:.6rem 1rem;text-align:center;font-size:.925rem}
.wrap{max-width:66rem;margin:0 auto;padding:1.25rem 1rem 3rem}
h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0 .25rem}
h2{font-size:1.05rem;margin:2rem 0 .5rem}
.soft{color:var(--soft);margin:.25rem 0 1rem}
.people{list-style:none;margin:0;padding:0;display:grid;gap:.6rem}
.people a{display:block;background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.8rem 1rem;text-decoration:none;color:inherit}
.people a:hover{border-color:var(--brand)}
.people b{color:var(--brand)}
.people span{display:block;color:var(--soft);font-size:.925rem}
.frame{background:var(--card);border:1px solid var(--line);border-radius:.8rem;overflow:hidden;box-shadow:0 8px 30px rgb(0 0 0/.08)}
.bar{display:flex;justify-content:space-between;align-items:center;gap:1rem;padding:.7rem 1rem;border-bottom:1px solid var(--line)}
.logo{font-weight:700}
.face{flex:none;display:grid;place-items:center;width:2rem;height:2rem;border-radius:50%;background:var(--ghost);font-size:.8rem;font-weight:700}
.banner{background:var(--brand);color:var(--on);padding:1rem;display:grid;gap:.75rem}
.banner h2{margin:0;font-size:1.1rem;line-height:1.3}
.banner p{margin:.2rem 0 0}
.do{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center}
.do a,.do span{display:inline-block;padding:.55rem 1rem;border-radius:.5rem;font-weight:600;text-decoration:none;background:var(--on);color:var(--brand)}
.do a.quiet{background:transparent;color:var(--on);text-decoration:underline;font-weight:500;padding:.55rem .25rem}
.do a:focus-visible{outline-color:var(--on)}
.chat{margin:1rem 1rem 1rem auto;max-width:22rem;background:var(--ghost);border-radius:.8rem .8rem .1rem .8rem;padding:.8rem 1rem}
.chat p{margin:.3rem 0}
.acts{display:flex;flex-wrap:wrap;gap:.6rem}
.acts button{font:inherit;font-weight:600;padding:.5rem .9rem;border-radius:.5rem;border:1px solid var(--line);background:var(--card);color:var(--brand);cursor:pointer}
.acts button:hover{border-color:var(--brand)}
.app{display:grid;grid-template-columns:11rem 1fr;min-height:15rem}
.side{border-right:1px solid var(--line);padding:1rem;display:grid;gap:.8rem;align-content:start}
.room{padding:1rem;display:grid;gap:.9rem;align-content:start}
.g{background:var(--ghost);border-radius:.35rem;height:.8rem}
.tiles{display:grid;grid-template-columns:repeat(3,1fr);gap:.8rem}
.tiles .g{height:4.5rem;border-radius:.6rem}
table{width:100%;border-collapse:collapse;font-size:.925rem}
th{text-align:left;font-weight:600;color:var(--soft);width:10rem;vertical-align:top;overflow-wrap:break-word}
td{white-space:pre-line}
th,td{padding:.3rem .75rem .3rem 0;border-bottom:1px solid var(--line)}
details{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.7rem 1rem;margin:.6rem 0}
summary{cursor:pointer;font-weight:600}
#news{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%)}
@media(max-width:40rem){.app{grid-template-columns:1fr}.side{display:none}th{width:8rem}}
@media(min-width:48rem){.banner{grid-template-columns:1fr auto;align-items:center;padding:1rem 1.25rem}}
`;

const scriptHash = createHash('sha256').update(liveScript).digest('base64');

/** Headers of every page: nothing from elsewhere, no framing, no script but ours, forms to this sandbox only. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${scriptHash}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Headers of a page with buttons that post to the stand-in itself. */
export const formPageHeaders = {
  ...pageHeaders,
  'content-security-policy': pageHeaders['content-security-policy'].replace(
    "form-action 'none'",
    "form-action 'self'",
  ),
};

/** A whole page that says first that it belongs to a stand-in of `vendor`; `setting` names what brings the real one. */
export function page(title: string, vendor: string, setting: string, main: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${new Html(style)}</style>
</head>
<body>
<div class="standin" role="note"><strong>This is a stand-in for ${vendor}.</strong> Nothing here reaches a real person. Set ${setting} to use the real one.</div>
<main class="wrap">${main}</main>
<p id="news" role="status"></p>
<script>${new Html(liveScript)}</script>
</body>
</html>
`.text;
}
