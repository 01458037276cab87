import { type Html, html } from '../html.ts';
import { acts, type Shown } from './intercom-acts.ts';
import { messageParts } from './intercom-message.ts';
import type { SentWebhook } from './intercom-webhooks.ts';
import type { SandboxContact, SandboxEvent, SandboxMessage } from './intercom-workspace.ts';
import { page } from './page.ts';

/** A person with the prompts shown to them, newest first. */
export interface Viewer {
  readonly contact: SandboxContact;
  readonly prompts: readonly Shown[];
}

const viewersMax = 200;

/** Everybody whom the hub made a contact, those with the newest prompts first; at most 200. */
export function listPage(viewers: readonly Viewer[]): string {
  const sorted = [...viewers].sort((one, other) => newestMs(other) - newestMs(one));
  const shown = sorted.slice(0, viewersMax);
  const cut =
    sorted.length > shown.length
      ? html`<p class="soft">Showing the ${shown.length} with the newest prompts of ${sorted.length} people.</p>`
      : undefined;
  return intercomPage(
    'Prompts in the sandbox',
    html`<h1>Who sees which prompt</h1>
<p class="soft">Choose a person to see the product as they see it. This page keeps itself up to date.</p>
${
  shown.length === 0
    ? html`<p>No prompt has come yet. Send the hub an event that fires a trigger, and it appears here.</p>`
    : html`<ul class="people">${shown.map(listItem)}</ul>`
}${cut}`,
  );
}

function listItem({ contact, prompts }: Viewer): Html {
  const count = prompts.length === 1 ? '1 prompt' : `${prompts.length} prompts`;
  const newest = prompts[0];
  return html`<li><a href="/users/${encodeURIComponent(contact.externalId ?? contact.id)}"><b>${nameOf(contact)}</b> ${count}<span>${
    newest === undefined ? 'Nothing shown yet' : headlineOf(newest)
  }</span></a></li>`;
}

/** What the page of a person shows besides the prompts. */
export interface Surroundings {
  /** What Intercom told the hub, newest first, about anybody. */
  readonly webhooks: readonly SentWebhook[];
  /** The newest prompt is a banner that was taken away. */
  readonly isTakenAway: boolean;
}

/**
 * The product as one person sees it: a plain app with the newest prompt on top, buttons for what the person may do, then
 * what is behind each prompt.
 */
export function userPage({ contact, prompts }: Viewer, surroundings: Surroundings): string {
  const name = nameOf(contact);
  const newest = prompts[0];
  return intercomPage(
    `As ${name} sees it`,
    html`<p><a href="/">All people</a></p>
<h1>As ${name} sees it</h1>
<p class="soft">The app around the prompt is only an example; at Intercom, marketing designs how the prompt looks.</p>
<section class="frame" aria-label="Your product, as ${name} sees it">
<div class="bar"><span class="logo">Your product</span><span class="face" role="img" aria-label="Signed in as ${name}">${initialsOf(name)}</span></div>
${newest === undefined || surroundings.isTakenAway ? undefined : shownAs(newest)}
<div class="app" aria-hidden="true">
<div class="side"><div class="g" style="width:80%"></div><div class="g" style="width:65%"></div><div class="g" style="width:72%"></div><div class="g" style="width:50%"></div></div>
<div class="room"><div class="g" style="width:40%;height:1.2rem"></div><div class="tiles"><div class="g"></div><div class="g"></div><div class="g"></div></div><div class="g"></div><div class="g" style="width:92%"></div><div class="g" style="width:78%"></div></div>
</div>
</section>
${doing(contact)}${told(surroundings.webhooks)}
${newest === undefined ? html`<p>No prompt has been shown to ${name} yet.</p>` : html`<h2>Behind the prompts, newest first</h2>${prompts.map(behind)}`}`,
  );
}

/** A page of one sentence. */
export function sentencePage(title: string, sentence: string): string {
  return intercomPage(
    title,
    html`<h1>${title}</h1><p>${sentence}</p><p><a href="/">All people</a></p>`,
  );
}

function intercomPage(title: string, main: Html): string {
  return page(title, 'Intercom', 'INTERCOM_ACCESS_TOKEN', main);
}

/** Nothing is reported to the hub by looking at this page: the person acts, and the hub hears of it. */
function doing(contact: SandboxContact): Html {
  const action = `/users/${encodeURIComponent(contact.externalId ?? contact.id)}/do`;
  return html`<h2 id="doing">What ${nameOf(contact)} does</h2>
<p class="soft">Looking at this page tells the hub nothing. Each button does one thing, and Intercom's webhook tells the hub.</p>
<form method="post" action="${action}" class="acts" aria-labelledby="doing">${Object.entries(
    acts,
  ).map(([act, label]) => html`<button name="act" value="${act}">${label}</button>`)}</form>`;
}

function told(webhooks: readonly SentWebhook[]): Html | undefined {
  return webhooks.length === 0
    ? undefined
    : html`<details><summary>What Intercom told the hub, newest first</summary><table><tbody>${webhooks.map(
        ({ topic, answer, sentMs }) =>
          html`<tr><th scope="row">${topic}</th><td>${answer}, ${new Date(sentMs).toUTCString()}</td></tr>`,
      )}</tbody></table></details>`;
}

function shownAs(prompt: Shown): Html {
  return prompt.kind === 'event' ? banner(prompt) : chat(prompt);
}

/** The message as text and links: its HTML came over the wire and is not trusted. */
function chat(message: SandboxMessage): Html {
  return html`<article class="chat">${messageParts(message.body).map(({ text, url }) =>
    url === undefined
      ? html`<p>${text}</p>`
      : isWebLink(url)
        ? html`<p><a href="${url}" rel="noopener noreferrer">${text}</a></p>`
        : html`<p title="The link is not a web address: ${url}">${text}</p>`,
  )}</article>`;
}

function banner(prompt: SandboxEvent): Html {
  const words = textsOf(prompt);
  const lines = ['moment', 'body']
    .map((key) => words.get(key))
    .filter((line) => line !== undefined);
  const label = words.get('cta_label') ?? 'Learn more';
  const url = words.get('cta_url');
  const notNow = words.get('not_now_url');
  return html`<article class="banner"><div><h2>${headlineOf(prompt)}</h2>${lines.map((line) => html`<p>${line}</p>`)}</div>
<div class="do">${url === undefined ? undefined : button(label, url)}${
    notNow !== undefined && isWebLink(notNow)
      ? html`<a class="quiet" href="${notNow}" rel="noopener noreferrer">${words.get('not_now_label') ?? 'Not now'}</a>`
      : undefined
  }</div></article>`;
}

/** A link only where a browser may follow it; anything else is shown, and leads nowhere. */
function button(label: string, url: string): Html {
  return isWebLink(url)
    ? html`<a href="${url}" rel="noopener noreferrer">${label}</a>`
    : html`<span title="The link is not a web address: ${url}">${label}</span>`;
}

function behind(prompt: Shown): Html {
  const rows =
    prompt.kind === 'event'
      ? [
          ['event', prompt.name],
          [
            'created_at',
            `${prompt.createdAt} (${new Date(prompt.createdAt * 1000).toUTCString()})`,
          ],
          ...textsOf(prompt),
        ]
      : [
          ['message', prompt.id],
          ['sent', new Date(prompt.receivedMs).toUTCString()],
          ['body', prompt.body],
        ];
  return html`<details><summary>${headlineOf(prompt)}</summary><table><tbody>${rows.map(
    ([key, value]) => html`<tr><th scope="row">${key}</th><td>${value}</td></tr>`,
  )}</tbody></table></details>`;
}

function textsOf(prompt: SandboxEvent): Map<string, string> {
  return new Map(
    Object.entries(prompt.metadata).map(([key, value]) => [
      key,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );
}

function headlineOf(prompt: Shown): string {
  return prompt.kind === 'event'
    ? (textsOf(prompt).get('headline') ?? prompt.name)
    : (messageParts(prompt.body)[0]?.text ?? 'A message');
}

function nameOf(contact: SandboxContact): string {
  return contact.name ?? contact.externalId ?? contact.id;
}

function initialsOf(name: string): string {
  const words = name.split(/[\s_.@-]+/u).filter((word) => word !== '');
  return words
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase())
    .join('');
}

function newestMs({ prompts }: Viewer): number {
  return prompts[0]?.receivedMs ?? 0;
}

function isWebLink(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
}
