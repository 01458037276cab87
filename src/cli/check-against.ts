import { allOn } from '../core/controls.ts';
import { suggestionFor } from '../../config/suggest.ts';
import type { EventInput } from '../core/input.ts';
import { normalizeName } from '../core/event/name.ts';
import { textOfEvent } from '../core/event/text.ts';
import { eventKey, type Playbook } from '../core/playbook.ts';
import { isKnownEvent } from '../core/signal/is-known.ts';
import { createDryRun } from '../replay/dry-run.ts';
import { callsInWords, readCalls, timeOf } from './read-calls.ts';
import { tableInWords } from './table.ts';

/** Unmapped events listed at most. */
const listedMax = 50;

/**
 * How often each rule of a playbook would fire on a file of Segment calls, one JSON per line: the real connector, the real
 * core, the time of each event as the clock. Gives lines for people. Throws what reading the file throws.
 */
export async function againstFile(playbook: Playbook, file: string): Promise<readonly string[]> {
  const calls = await readCalls(playbook, file);
  const tally = new Map(ruleIds(playbook).map((id) => [id, { fired: 0, chosen: 0 }]));
  const accounts = new Map<string, Set<string>>();
  const rules = { playbook, mode: 'live', controls: allOn } as const;
  const dryRun = createDryRun(() => rules);
  let setAside = 0;
  for (const input of calls.inputs) {
    const lived = dryRun.take(input, timeOf(input));
    setAside += lived.setAside.length;
    for (const { fired, chosen, candidates, accountId } of lived.decisions) {
      for (const { triggerId } of fired) {
        const rule = tally.get(triggerId);
        if (rule !== undefined) {
          rule.fired += 1;
          rule.chosen += chosen !== undefined && candidates[0]?.triggerId === triggerId ? 1 : 0;
        }
        accounts.set(triggerId, (accounts.get(triggerId) ?? new Set()).add(accountId));
      }
    }
  }
  const events = calls.inputs.filter((input) => input.kind === 'event');
  return [
    `Against ${file}: ${callsInWords(calls, setAside)}.`,
    ...tableInWords(
      ['rule', 'fires', 'accounts', 'prompts'],
      [...tally].map(([id, { fired, chosen }]) => [
        id,
        String(fired),
        String(accounts.get(id)?.size ?? 0),
        String(chosen),
      ]),
    ),
    ...silentInWords(playbook, events),
    ...unmappedInWords(playbook, events),
  ];
}

/** Every trigger that can fire, by the id under which it does. */
function ruleIds(playbook: Playbook): readonly string[] {
  const alone = playbook.counters.flatMap((counter) =>
    counter.triggers.flatMap(({ id, isPart }) => (isPart === true ? [] : [id])),
  );
  const together = [...(playbook.combined?.values() ?? [])].flat().map(({ trigger }) => trigger.id);
  return [...new Set([...alone, ...together])].toSorted();
}

/** Signals of which the file holds no event: what measures them cannot fire on it. */
function silentInWords(playbook: Playbook, events: readonly EventInput[]): readonly string[] {
  const came = new Set(events.map(({ event }) => eventKey(event.call, normalizeName(event.name))));
  const bySignal = new Map<string, string[]>();
  for (const [key, rules] of playbook.signalsByEvent) {
    for (const { signal } of rules) {
      bySignal.set(signal, [...(bySignal.get(signal) ?? []), key]);
    }
  }
  const silent = [...bySignal].filter(([, keys]) => !keys.some((key) => came.has(key)));
  return silent.length === 0
    ? []
    : [
        '',
        'Signals of which the file holds no event:',
        ...silent.map(([signal, keys]) => `  ${signal} (${keys.map(inShort).join(', ')})`),
      ];
}

function inShort(key: string): string {
  return key.startsWith('track:') ? key.slice('track:'.length) : key;
}

function unmappedInWords(playbook: Playbook, events: readonly EventInput[]): readonly string[] {
  const counts = new Map<string, { readonly event: EventInput['event']; count: number }>();
  for (const { event } of events) {
    if (!isKnownEvent(event, playbook)) {
      const text = textOfEvent(event);
      const held = counts.get(text) ?? { event, count: 0 };
      held.count += 1;
      counts.set(text, held);
    }
  }
  const most = [...counts].toSorted(([, left], [, right]) => right.count - left.count);
  if (most.length === 0) {
    return [];
  }
  const rows = most
    .slice(0, listedMax)
    .map(([text, { event, count }]) => [text, String(count), suggestionFor(event, playbook)]);
  const more = most.length > listedMax ? [`  and ${most.length - listedMax} more`] : [];
  return [
    '',
    'Events that no rule knows:',
    ...tableInWords(['event', 'came', 'suggestion'], rows),
    ...more,
  ];
}
