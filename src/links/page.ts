import { createHash } from 'node:crypto';
import { Html, html } from '../html.ts';

/*
 * The one layout of the pages behind links. It loads nothing from anywhere, works without script, at 320 px and at 400 %
 * zoom, by keyboard and with a screen reader, in light and dark.
 */

/** What a link answers. `text` is HTML, or empty for an answer that nobody reads. */
export interface LinkAnswer {
  readonly status: number;
  readonly text: string;
  /** Seconds after which it is worth trying again. */
  readonly retryAfterS?: number;
}

/**
 * Tells the hub that a person has the page before their eyes, and goes on to the target where the page says so. Runs only
 * when the page is visible: what a browser prerenders or opens in the background waits, and what only fetches the page, as
 * mail scanners and prefetch do, never gets here.
 */
const script = `const go=document.getElementById('go');
let done=false;
function look(){
if(done||document.prerendering||document.visibilityState!=='visible')return;
done=true;
navigator.sendBeacon(location.href,new URLSearchParams({act:'open'}));
if(go.hasAttribute('data-now'))location.replace(go.href);
}
document.addEventListener('visibilitychange',look);
document.addEventListener('prerenderingchange',look);
look();`;

const style = `
:root{color-scheme:light dark;--bg:#f4f5f7;--card:#fff;--ink:#1b1f27;--soft:#545d6b;--line:#8a93a3;--brand:#2450d8;--on:#fff}
@media(prefers-color-scheme:dark){:root{--bg:#14171c;--card:#1d2128;--ink:#eceff4;--soft:#aeb7c4;--line:#6d7684;--brand:#9db4ff;--on:#10131a}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--bg);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;overflow-wrap:anywhere}
main{width:100%;max-width:32rem;background:var(--card);border-radius:.9rem;padding:1.5rem 1.25rem;box-shadow:0 8px 30px rgb(0 0 0/.08)}
h1{font-size:1.4rem;line-height:1.25;margin:0 0 .9rem}
p{margin:0 0 1rem}
.soft{color:var(--soft)}
blockquote{margin:0 0 1rem;padding:0 0 0 .9rem;border-left:3px solid var(--brand)}
dl{display:grid;grid-template-columns:auto 1fr;gap:.3rem 1rem;margin:0 0 1rem}
dt{color:var(--soft)}
dd{margin:0;font-weight:600}
form{display:grid;gap:.6rem;margin:0 0 1rem}
form:last-child,p:last-child{margin-bottom:0}
button{display:block;width:100%;min-height:2.75rem;padding:.65rem 1rem;border:1px solid var(--line);border-radius:.55rem;background:transparent;color:inherit;font:inherit;font-weight:600;text-align:left;cursor:pointer}
button small{display:block;font-size:.875rem;font-weight:400;color:var(--soft)}
.main{background:var(--brand);border-color:var(--brand);color:var(--on);text-align:center}
a{color:var(--brand)}
button:hover{border-color:var(--brand)}
:focus-visible{outline:3px solid var(--brand);outline-offset:2px}
@media(min-width:30rem){main{padding:2rem}}
`;

const hashOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Headers of every page: not kept, not found by search engines, not framed, no word of the token to any other site. */
export const linkHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src ${hashOf(style)}; script-src ${hashOf(script)}; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
};

/** What a page does by itself: nothing, count the visit, or count it and go on. */
type Behaviour =
  | { readonly kind: 'still' }
  | { readonly kind: 'counts' }
  | { readonly kind: 'goes_on'; readonly to: string };

/** A whole page. */
export function linkPage(
  title: string,
  main: Html,
  behaviour: Behaviour = { kind: 'still' },
): string {
  // Without script the person gets where they wanted to; nobody knows then that it was a person, so nothing is counted.
  const onward =
    behaviour.kind === 'goes_on'
      ? html`<noscript><meta http-equiv="refresh" content="0;url=${behaviour.to}"></noscript>`
      : undefined;
  const run = behaviour.kind === 'still' ? undefined : html`<script>${new Html(script)}</script>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${title}</title>
<link rel="icon" href="data:,">
${onward}<style>${new Html(style)}</style>
</head>
<body>
<main><h1>${title}</h1>
${main}</main>
${run}</body>
</html>
`.text;
}

/** A page of a title and a sentence. */
export function plainPage(status: number, title: string, sentence: string): LinkAnswer {
  return { status, text: linkPage(title, html`<p>${sentence}</p>`) };
}

/** The page for a choice that none of ours is: somebody's own form, or a button of an older page. */
export function badChoice(): LinkAnswer {
  return plainPage(
    400,
    'Please choose again',
    'That choice is not one of this page. Nothing was changed; open the link once more and press one of its buttons.',
  );
}

/** The words of the prompt, so that the person knows what this is about; nothing when there are none. */
export function quoteOf(words: string | undefined): Html | undefined {
  return words === undefined ? undefined : html`<blockquote>${words}</blockquote>`;
}

/** The page for a store that is away: nothing was lost, because nothing was done. */
export const tryAgain: LinkAnswer = {
  ...plainPage(
    503,
    'Please try again in a moment',
    'Your choice could not be saved just now. Nothing was changed; reload this page in a few seconds.',
  ),
  retryAfterS: 5,
};
