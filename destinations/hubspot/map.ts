import {
  type ExpansionName,
  expansionNames,
  type ExpansionValues,
} from '../../src/core/expansion/values.ts';
import type { CrmNews, CrmWrite } from '../../src/core/ports.ts';
import { companyProperties, type PropertyDefinition } from './properties.ts';

/** Values as HubSpot takes them: text only, an empty one clears. The allow-list of what is ever written to a company. */
export function toProperties(values: Partial<ExpansionValues>): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const name of expansionNames) {
    if (name in values) {
      properties[companyProperties[name].name] = toText(companyProperties[name], values[name]);
    }
  }
  return properties;
}

function toText(definition: PropertyDefinition, value: string | number | undefined): string {
  if (value === undefined) {
    return '';
  }
  if (definition.type === 'datetime') {
    return new Date(Number(value)).toISOString().replace(/\.\d{3}Z$/u, 'Z');
  }
  // At most two decimals and never an exponent: HubSpot reads neither 1e21 nor thousands commas.
  return typeof value === 'number' ? String(Math.round(value * 100) / 100) : value;
}

/** Our name of a property; undefined for one that is not ours. */
export function nameOfProperty(property: string): ExpansionName | undefined {
  return expansionNames.find((name) => companyProperties[name].name === property);
}

/** Whether what HubSpot has says the same as what was written: times in any form, numbers by value, text without its ends. */
export function saysTheSame(
  name: ExpansionName,
  written: string,
  there: string | null | undefined,
): boolean {
  const held = there ?? '';
  if (written === held || written.trim() === held.trim()) {
    return true;
  }
  const { type } = companyProperties[name];
  if (written === '' || held === '' || (type !== 'datetime' && type !== 'number')) {
    return false;
  }
  return type === 'number'
    ? Number(written) === Number(held)
    : Math.floor(timeOf(written) / 1000) === Math.floor(timeOf(held) / 1000);
}

function timeOf(text: string): number {
  return /^\d{10,}$/u.test(text) ? Number(text) : Date.parse(text);
}

/** Names one write in answers: the account and the version of its state. */
export function traceIdOf({ accountId, version }: CrmWrite): string {
  return `${accountId}@${version}`;
}

/** What is looked for before a note or task is made again. Letters and digits only, so that no editor changes it. */
export function markerOf(key: string, hash: (text: string) => string): string {
  return `motisig-${hash(key)}`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text inside HTML: product values are never markup, and lines stay lines. */
export function toHtml(text: string): string {
  return text
    .replace(/[&<>"']/gu, (character) => entities[character] ?? '')
    .replaceAll('\n', '<br>');
}

/** The body of the note. */
export function noteBody(news: CrmNews, marker: string): string {
  const rows = [
    ['Why now', news.whyNow],
    ['Offer', news.offer],
    ['Signals', news.signals],
    ['Said so far', news.said ?? ''],
    ['To do', news.todo],
  ].filter(([, value]) => value !== '');
  const body = rows.map(([label, value]) => `<b>${label}</b>: ${toHtml(value ?? '')}`).join('<br>');
  return `<p>${body}</p><p>${marker}</p>`;
}

/** The body of the task. */
export function taskBody(news: CrmNews, marker: string): string {
  return `<p>${toHtml(news.todo)}<br>${toHtml(news.whyNow)}</p><p>${marker}</p>`;
}
