import { normalizeName } from '../src/core/event/name.ts';
import { textOfEvent } from '../src/core/event/text.ts';
import type { Playbook } from '../src/core/playbook.ts';
import { nearest } from './check/nearest.ts';
import type { EventName } from './event-name.ts';

/** Stems of words that say that something happened, but not what. */
const verbs = new Set(
  [
    ...['creat', 'add', 'view', 'click', 'open', 'sent', 'send', 'start', 'complet', 'finish'],
    ...['updat', 'delet', 'remov', 'record', 'track', 'page', 'user', 'event', 'done', 'chang'],
    ...['reach', 'tri', 'again', 'new', 'success', 'submit', 'select', 'made', 'load', 'us'],
  ].map(stemOf),
);

/** What becomes of offers: never a reason to make one. */
const outcome = /upgraded|downgrad|subscri|purchas|cancel|payment|checkout|churn|refund/u;

/** What products usually mean by such words: a signal, and the trigger that measures it. */
const usual: readonly {
  readonly says: RegExp;
  readonly signal: string;
  readonly trigger: string;
}[] = [
  {
    says: /limit|quota|cap|exceed/u,
    signal: 'limit_reached',
    trigger: 'count it within 7d, kind limit',
  },
  {
    says: /usage|api|storage|credit/u,
    signal: 'usage',
    trigger: 'read it with gauge against its limit, kind limit',
  },
  {
    says: /invit|teammate|collaborator/u,
    signal: 'invite_sent',
    trigger: 'count it within 7d, kind team',
  },
  { says: /member|seat|role/u, signal: 'member_added', trigger: 'count it within 30d, kind team' },
  {
    says: /pric|plan|upgrad|billing/u,
    signal: 'pricing_viewed',
    trigger: 'count it per user within 7d, kind explore',
  },
  {
    says: /integrat|connect|webhook|sso/u,
    signal: 'integration_tried',
    trigger: 'count it within 48h, kind adjacent',
  },
  { says: /export|download/u, signal: 'exported', trigger: 'look for it weekly, kind adjacent' },
  {
    says: /mention|tag|comment|shar/u,
    signal: 'worked_together',
    trigger: 'count it within 7d, kind adjacent',
  },
  {
    says: /workflow|automat|filter|template/u,
    signal: 'power_used',
    trigger: 'count it per user within 7d, kind power',
  },
  {
    says: /login|signedin|session|active/u,
    signal: 'product_used',
    trigger: 'count sessions per user within 7d, kind power',
  },
  {
    says: /report|dashboard|project|document|board/u,
    signal: 'made',
    trigger: 'read how many there are with gauge, kind limit',
  },
];

/**
 * What to do with an event that no rule knows, as one sentence: the signal of the playbook that is spelt alike or speaks
 * of the same thing; else a new signal, by what products usually mean by such words.
 */
export function suggestionFor(
  { call, name }: Pick<EventName, 'call' | 'name'>,
  playbook: Playbook,
): string {
  const text = textOfEvent({ call, name });
  const near = signalNear(call, name, playbook);
  if (near !== undefined) {
    return `Add ${JSON.stringify(text)} to the events of the signal ${near}.`;
  }
  const bare = normalizeName(name);
  if (outcome.test(bare)) {
    return 'It tells of a purchase or a change of plan, not of use: no trigger should listen to it.';
  }
  const found = usual.find(({ says }) => says.test(bare));
  if (found !== undefined && signalsOf(playbook).has(found.signal)) {
    return `Add ${JSON.stringify(text)} to the events of the signal ${found.signal}.`;
  }
  if (found !== undefined) {
    return `Write signals: { ${found.signal}: { events: ${JSON.stringify(text)} } } and ${found.trigger}.`;
  }
  const id = idOf(name);
  return `Write signals: { ${id}: { events: ${JSON.stringify(text)} } } and name ${id} in a trigger, or leave it.`;
}

function signalNear(call: EventName['call'], name: string, playbook: Playbook): string | undefined {
  const known = new Map<string, string>();
  for (const [key, rules] of playbook.signalsByEvent) {
    const [signal] = rules.map((rule) => rule.signal);
    const at = key.indexOf(':');
    if (signal !== undefined && key.slice(0, at) === call && key.length > at + 1) {
      known.set(key.slice(at + 1), signal);
    }
  }
  const bare = normalizeName(name);
  const alike = [...known.keys()].filter((event) => !areOpposite(bare, event));
  const spelt = nearest(bare, alike);
  if (spelt !== undefined) {
    return known.get(spelt);
  }
  const subjects = stemsOf(name).filter((stem) => stem.length > 2 && !verbs.has(stem));
  const scored = [...known].map(([event, signal]) => ({
    signal,
    share: subjects.filter((stem) => event.includes(stem)).length / Math.max(1, subjects.length),
  }));
  const best = scored.toSorted((left, right) => right.share - left.share)[0];
  return best !== undefined && best.share > 0.5 ? best.signal : undefined;
}

/** Pairs that stand a few letters apart and mean the contrary. */
const opposites: readonly (readonly [string, string])[] = [
  ['in', 'out'],
  ['on', 'off'],
  ['up', 'down'],
  ['add', 'remov'],
  ['enabl', 'disabl'],
  ['connect', 'disconnect'],
  ['start', 'end'],
];

function areOpposite(left: string, right: string): boolean {
  return opposites.some(
    ([one, other]) =>
      (left.includes(one) && right.includes(other) && left.replace(one, other) === right) ||
      (left.includes(other) && right.includes(one) && left.replace(other, one) === right),
  );
}

function signalsOf(playbook: Playbook): ReadonlySet<string> {
  return new Set([...playbook.signalsByEvent.values()].flat().map(({ signal }) => signal));
}

/** `Teammates Invited`, `teammates_invited` and `teammatesInvited` have the stems `teammat` and `invit`. */
function stemsOf(name: string): readonly string[] {
  return name
    .replace(/(?<=[a-z])(?=[A-Z])/gu, ' ')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .map(stemOf);
}

function stemOf(word: string): string {
  const bare = word.replace(/(?:ings?|ed|es|ions?|e|s)$/u, '');
  return bare.length < 3 ? word : bare;
}

function idOf(name: string): string {
  const id = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, '_')
    .replace(/^[^a-z]+|_+$/gu, '')
    .slice(0, 64);
  return id === '' ? 'new_signal' : id;
}
