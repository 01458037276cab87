import { Html, html } from '../html.ts';
import { page } from './page.ts';
import { reactions } from './sendgrid-events.ts';
import type { SandboxEmail, SandboxEmailEvent } from './sendgrid-outbox.ts';

const emailsMax = 200;

const style = new Html(`<style>
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:1rem}
.pair>section{min-width:0}
.mail{width:100%;height:34rem;border:1px solid var(--line);border-radius:.6rem;background:#fff}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem;margin:0;font-size:.9rem}
.acts{display:flex;flex-wrap:wrap;gap:.5rem}
.acts button{font:inherit;padding:.45rem .8rem;border-radius:.5rem;border:1px solid var(--line);background:var(--card);color:var(--ink);cursor:pointer}
.acts button:hover{border-color:var(--brand)}
button:focus-visible,iframe:focus-visible{outline:3px solid var(--brand);outline-offset:2px}
</style>`);

/** All e-mails, newest first; at most 200. */
export function outboxPage(emails: readonly SandboxEmail[]): string {
  const shown = emails.toReversed().slice(0, emailsMax);
  const cut =
    emails.length > shown.length
      ? html`<p class="soft">Showing the newest ${shown.length} of ${emails.length} e-mails.</p>`
      : undefined;
  return sendgridPage(
    'E-mails in the sandbox',
    html`<h1>Who gets which e-mail</h1>
<p class="soft">Choose an e-mail to see it as the person sees it. This page keeps itself up to date.</p>
${
  shown.length === 0
    ? html`<p>No e-mail has come yet. One follows an in-app prompt that was seen and not taken.</p>`
    : html`<ul class="people">${shown.map(
        (email) =>
          html`<li><a href="/emails/${email.messageId}"><b>${recipientOf(email)}</b> ${new Date(email.receivedMs).toUTCString()}<span>${email.subject}</span></a></li>`,
      )}</ul>`
}${cut}`,
  );
}

/** One e-mail in both forms, what was reported of it, and buttons that report more. */
export function emailPage(email: SandboxEmail, events: readonly SandboxEmailEvent[]): string {
  const rows = [
    ['from', email.from.name ?? 'the sender'],
    ['to', recipientOf(email)],
    ['subject', email.subject],
    ['received', new Date(email.receivedMs).toUTCString()],
    ['categories', email.categories.join(', ')],
    ...Object.entries(email.headers),
    ...Object.entries(email.customArgs),
  ];
  return sendgridPage(
    email.subject,
    html`${style}<p><a href="/">All e-mails</a></p>
<h1>${email.subject}</h1>
<p class="soft">To ${recipientOf(email)}. Links open in a tab of their own and lead to the hub.</p>
<div class="pair">
<section aria-label="As a mail program shows it"><h2>As a mail program shows it</h2>${
      email.html === undefined
        ? html`<p>This e-mail has no HTML.</p>`
        : html`<iframe class="mail" title="The e-mail" sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer" srcdoc="${email.html}"></iframe>`
    }</section>
<section aria-label="As plain text"><h2>As plain text</h2><pre>${email.text ?? 'This e-mail has no plain text.'}</pre></section>
</div>
<h2>What happens to it</h2>
<p class="soft">Each button sends the hub a signed report, as SendGrid would.</p>
<form class="acts" method="post" action="/emails/${email.messageId}/events">${Object.entries(
      reactions,
    ).map(
      ([name, label]) => html`<button type="submit" name="event" value="${name}">${label}</button>`,
    )}</form>
<h2>Reported so far</h2>
${
  events.length === 0
    ? html`<p>Nothing yet.</p>`
    : html`<table><tbody>${events.map(
        ({ event, timeMs }) =>
          html`<tr><th scope="row">${event}</th><td>${new Date(timeMs).toUTCString()}</td></tr>`,
      )}</tbody></table>`
}
<details><summary>Behind the e-mail</summary><table><tbody>${rows.map(
      ([key, value]) => html`<tr><th scope="row">${key}</th><td>${value}</td></tr>`,
    )}</tbody></table></details>`,
  );
}

/** A page of one sentence. */
export function sentencePage(title: string, sentence: string): string {
  return sendgridPage(
    title,
    html`<h1>${title}</h1><p>${sentence}</p><p><a href="/">All e-mails</a></p>`,
  );
}

function sendgridPage(title: string, main: Html): string {
  return page(title, 'SendGrid', 'SENDGRID_API_KEY', main);
}

/** The name, else the address without most of its first part: enough to tell people apart, too little to write to them. */
function recipientOf({ to }: SandboxEmail): string {
  return to.name ?? to.email.replace(/^(.).*@/u, '$1…@');
}
