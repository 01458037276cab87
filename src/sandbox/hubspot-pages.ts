import { type Html, html } from '../html.ts';
import { hubspotActs } from './hubspot-acts.ts';
import type { HubspotPortal, PortalObject } from './hubspot-portal.ts';
import { membersOf } from './hubspot-schema.ts';
import type { SentHubspotWebhook } from './hubspot-webhooks.ts';
import { page } from './page.ts';

const companiesMax = 200;

/** All companies as a sales person has them in the morning: by score, with the lists above. */
export function companiesPage(portal: HubspotPortal, listName: string | undefined): string {
  const companies = portal.objects('companies');
  const list = listName === undefined ? undefined : portal.list(listName);
  const shown = [...(list === undefined ? companies : membersOf(list.filterBranch, companies))]
    .sort((one, other) => scoreOf(other) - scoreOf(one))
    .slice(0, companiesMax);
  const lists = portal
    .lists()
    .map(
      ({ name, filterBranch }) =>
        html`<li><a href="/?list=${encodeURIComponent(name)}"><b>${name}</b> ${membersOf(filterBranch, companies).length}</a></li>`,
    );
  return hubspotPage(
    'Companies in the sandbox',
    html`<h1>${list === undefined ? 'Whom to call' : list.name}</h1>
<p class="soft">What a sales person sees in HubSpot, best first. ${list === undefined ? undefined : html`<a href="/">All companies</a>`}</p>
${
  shown.length === 0
    ? html`<p>No company is here yet. One appears a minute after an account has come near a threshold of the playbook.</p>`
    : html`<ul class="people">${shown.map(companyItem)}</ul>`
}<h2>Lists</h2><ul class="people">${lists}</ul>`,
  );
}

function companyItem(company: PortalObject): Html {
  const { properties } = company;
  const stage = properties['expansion_stage'] ?? 'no stage';
  return html`<li><a href="/companies/${company.id}"><b>${nameOf(company)}</b> ${stage}, score ${properties['expansion_score'] ?? '0'}<span>${
    properties['expansion_why_now'] ?? ''
  }</span></a></li>`;
}

/** One company: what sales may do, what the hub says of it, its notes, tasks, deals, tickets and people. */
export function companyPage(
  portal: HubspotPortal,
  company: PortalObject,
  told: readonly SentHubspotWebhook[],
): string {
  const { properties } = company;
  const rows = portal
    .properties('companies')
    .map(({ definition }) => ({
      label: labelOf(definition),
      value: properties[definition.name] ?? '',
    }))
    .filter(({ value }) => value !== '')
    .map(({ label, value }) => html`<tr><th scope="row">${label}</th><td>${value}</td></tr>`);
  const of = (type: 'notes' | 'tasks' | 'deals' | 'tickets' | 'contacts') =>
    portal
      .linkedTo('companies', company.id, type)
      .flatMap((id) => portal.object(type, id) ?? [])
      .toReversed();
  return hubspotPage(
    nameOf(company),
    html`<p><a href="/">All companies</a></p>
<h1>${nameOf(company)}</h1>
<table><tbody>${rows}</tbody></table>
${doing(company)}${toldItems(told)}
${section('Notes', of('notes'), 'hs_note_body')}${section('Tasks', of('tasks'), 'hs_task_subject')}${section(
  'Deals',
  of('deals'),
  'dealname',
)}${section('Tickets', of('tickets'), 'subject')}${section('People', of('contacts'), 'email')}`,
  );
}

/** Looking tells the hub nothing: sales acts, and the hub hears of it. */
function doing(company: PortalObject): Html {
  return html`<h2 id="doing">What sales and support do</h2>
<p class="soft">Each button changes the newest record of this company, and HubSpot's webhook tells the hub. A deleted contact is a person who asks to be forgotten.</p>
<form method="post" action="/companies/${company.id}/do" class="acts" aria-labelledby="doing">${Object.entries(
    hubspotActs,
  ).map(([act, label]) => html`<button name="act" value="${act}">${label}</button>`)}</form>`;
}

function toldItems(told: readonly SentHubspotWebhook[]): Html | undefined {
  return told.length === 0
    ? undefined
    : html`<details><summary>What HubSpot told the hub, newest first</summary><table><tbody>${told.map(
        ({ what, answer, sentMs }) =>
          html`<tr><th scope="row">${what}</th><td>${answer}, ${new Date(sentMs).toUTCString()}</td></tr>`,
      )}</tbody></table></details>`;
}

function section(title: string, objects: readonly PortalObject[], property: string): Html {
  return html`<h2>${title}</h2>${
    objects.length === 0
      ? html`<p class="soft">None.</p>`
      : objects.map(
          ({
            properties,
          }) => html`<details><summary>${plain(properties[property] ?? '').split('\n')[0] ?? ''}</summary>
<table><tbody>${Object.entries(properties).map(
            ([name, value]) => html`<tr><th scope="row">${name}</th><td>${plain(value)}</td></tr>`,
          )}</tbody></table></details>`,
        )
  }`;
}

/** The lines of HTML that HubSpot would show as such. */
function plain(markup: string): string {
  const text = markup
    .replaceAll(/<br>|<\/p>/gu, '\n')
    .replaceAll(/<[^>]*>/gu, '')
    .trim();
  const entities: Readonly<Record<string, string>> = {
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&#39;': "'",
    '&amp;': '&',
  };
  return text.replaceAll(/&(?:lt|gt|quot|#39|amp);/gu, (entity) => entities[entity] ?? entity);
}

/** A page of one sentence. */
export function hubspotSentencePage(title: string, sentence: string): string {
  return hubspotPage(
    title,
    html`<h1>${title}</h1><p>${sentence}</p><p><a href="/">All companies</a></p>`,
  );
}

function hubspotPage(title: string, main: Html): string {
  return page(title, 'HubSpot', 'HUBSPOT_ACCESS_TOKEN', main);
}

function labelOf(definition: { readonly name: string; readonly [more: string]: unknown }): string {
  const label = definition['label'];
  return typeof label === 'string' ? label : definition.name;
}

function nameOf({ id, properties }: PortalObject): string {
  return properties['name'] ?? properties['product_account_id'] ?? id;
}

function scoreOf({ properties }: PortalObject): number {
  return Number(properties['expansion_score'] ?? 0);
}
