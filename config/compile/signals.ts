import {
  type CounterSpec,
  isOwnValue,
  type Playbook,
  type SignalRule,
} from '../../src/core/playbook.ts';
import { normalizePath } from '../../src/core/event/name.ts';
import { readEventName } from '../event-name.ts';
import type { PlaybookSource } from '../schema.ts';
import { compileContext, propertiesTold } from './context.ts';
import { compileLessons } from './lessons.ts';
import { propertyTests } from './property-tests.ts';

/**
 * The index by event: which signals an event may mean, and which of its properties any rule reads. Signals that move no
 * counter and tell nothing are left out, so that an event costs nothing for them.
 */
export function compileSignals(
  source: PlaybookSource,
  counters: readonly CounterSpec[],
): Pick<Playbook, 'signalsByEvent' | 'keptProperties' | 'members'> {
  const signalsByEvent = new Map<string, SignalRule[]>();
  const kept = new Map<string, Set<string>>();
  const tells = compileContext(source);
  const adopts = compileLessons(source);
  for (const [signal, { events, where }] of Object.entries(source.signals)) {
    const rule: SignalRule = {
      signal,
      where: Object.entries(where ?? {}).flatMap(([property, test]) =>
        propertyTests(property, test),
      ),
      counters: counters.flatMap((counter) => asMovedBy(counter, signal)),
      tells: tells.get(signal),
      adopts: adopts.get(signal),
    };
    if (rule.counters.length > 0 || rule.tells !== undefined || rule.adopts !== undefined) {
      // Two spellings of one event in a signal are one event: it must not count twice.
      for (const key of new Set(events.map((event) => readEventName(event).key))) {
        signalsByEvent.set(key, [...(signalsByEvent.get(key) ?? []), rule]);
        kept.set(key, new Set([...(kept.get(key) ?? []), ...propertiesRead(rule)]));
      }
    }
  }
  if (source.buyers !== undefined) {
    for (const key of roleCalls) {
      kept.set(key, new Set([...(kept.get(key) ?? []), normalizePath(source.buyers.trait)]));
    }
  }
  const members = compileMembers(source, counters);
  if (members.counters.length > 0) {
    for (const key of members.joined) {
      kept.set(key, new Set([...(kept.get(key) ?? []), members.role]));
    }
  }
  return {
    signalsByEvent,
    members,
    keptProperties: new Map(
      [...kept].map(([key, properties]) => [key, [...properties].toSorted()]),
    ),
  };
}

/** The calls that may name the role of a user besides the user's own traits. */
const roleCalls = ['$group', 'Account Added User'].map((text) => readEventName(text).key);

function compileMembers(
  { members }: PlaybookSource,
  counters: readonly CounterSpec[],
): Playbook['members'] {
  const keys = (events: readonly string[]): ReadonlySet<string> =>
    new Set(events.map((event) => readEventName(event).key));
  return {
    joined: keys(members.joined),
    left: keys(members.left),
    role: normalizePath(members.role),
    counters: counters.filter(({ kind }) => kind === 'seats' || kind === 'roleShare'),
  };
}

/** A counter of several signals is led to by the rule of each, and knows by which. */
function asMovedBy(counter: CounterSpec, signal: string): readonly CounterSpec[] {
  if (counter.signal === signal) {
    return [counter];
  }
  return counter.steps?.includes(signal) === true ? [{ ...counter, signal }] : [];
}

function propertiesRead(rule: SignalRule): readonly string[] {
  const ofCounters = rule.counters.flatMap((counter) => [
    counter.by,
    counter.value === undefined || isOwnValue(counter.value) ? undefined : counter.value,
    counter.limit?.property,
    counter.period,
    ...counter.triggers.flatMap((trigger) => [trigger.period, ...trigger.quotes.values()]),
  ]);
  const tested = rule.where.map((test) => test.property);
  return [...tested, ...ofCounters, ...propertiesTold(rule.tells)].flatMap(
    (property) => property ?? [],
  );
}
