import type { CounterSpec, Playbook, SignalRule } from '../../src/core/playbook.ts';
import { readEventName } from '../event-name.ts';
import type { PlaybookSource } from '../schema.ts';
import { compileContext, propertiesTold } from './context.ts';
import { propertyTests } from './property-tests.ts';

/**
 * The index by event: which signals an event may mean, and which of its properties any rule reads. Signals that move no
 * counter and tell nothing are left out, so that an event costs nothing for them.
 */
export function compileSignals(
  source: PlaybookSource,
  counters: readonly CounterSpec[],
): Pick<Playbook, 'signalsByEvent' | 'keptProperties'> {
  const signalsByEvent = new Map<string, SignalRule[]>();
  const kept = new Map<string, Set<string>>();
  const tells = compileContext(source);
  for (const [signal, { events, where }] of Object.entries(source.signals)) {
    const rule: SignalRule = {
      signal,
      where: Object.entries(where ?? {}).flatMap(([property, test]) =>
        propertyTests(property, test),
      ),
      counters: counters.flatMap((counter) => asMovedBy(counter, signal)),
      tells: tells.get(signal),
    };
    if (rule.counters.length > 0 || rule.tells !== undefined) {
      // Two spellings of one event in a signal are one event: it must not count twice.
      for (const key of new Set(events.map((event) => readEventName(event).key))) {
        signalsByEvent.set(key, [...(signalsByEvent.get(key) ?? []), rule]);
        kept.set(key, new Set([...(kept.get(key) ?? []), ...propertiesRead(rule)]));
      }
    }
  }
  return {
    signalsByEvent,
    keptProperties: new Map(
      [...kept].map(([key, properties]) => [key, [...properties].toSorted()]),
    ),
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
    counter.value === '$day' ? undefined : counter.value,
    counter.limit?.property,
    ...counter.triggers.flatMap((trigger) => [trigger.period, ...trigger.quotes.values()]),
  ]);
  const tested = rule.where.map((test) => test.property);
  return [...tested, ...ofCounters, ...propertiesTold(rule.tells)].flatMap(
    (property) => property ?? [],
  );
}
