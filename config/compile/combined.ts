import type {
  CombinedTrigger,
  CounterSpec,
  Measurement,
  TriggerSpec,
} from '../../src/core/playbook.ts';
import { measurementsOf, type Part, type Role } from '../combined.ts';
import type { PlaybookSource, TriggerSource } from '../schema.ts';
import { compileTriggers } from './triggers.ts';

/** Names one measurement of a combined trigger: `ready/not/0`. */
function partIdOf(id: string, { at }: Part): string {
  return [id, ...at.slice(1)].join('/');
}

/** The triggers of one measurement: those of the heights, or the one part of a combined trigger, which never fires alone. */
export function compilePart(
  id: string,
  trigger: TriggerSource,
  part: Part,
): readonly TriggerSpec[] {
  return trigger.when === undefined
    ? compileTriggers(id, trigger)
    : compileTriggers(partIdOf(id, part), { ...part.trigger, quotes: trigger.quotes }).map(
        (one) => ({ ...one, isPart: true }),
      );
}

/** All signals of a combined trigger, each once, sorted; none for a trigger of one measurement. */
export function signalsTogether(trigger: TriggerSource): readonly string[] {
  return trigger.when === undefined
    ? []
    : [
        ...new Set(
          measurementsOf(trigger).flatMap(({ signals }) => signals.map(({ signal }) => signal)),
        ),
      ].toSorted();
}

/**
 * The combined triggers by the counters at whose events they are looked at. `newestOf` gives the counter that remembers
 * when the newest event of a trigger's signals happened.
 */
export function compileCombined(
  source: PlaybookSource,
  counters: readonly CounterSpec[],
  newestOf: (id: string) => CounterSpec | undefined,
): ReadonlyMap<number, readonly CombinedTrigger[]> {
  const measured = new Map(
    counters.flatMap((counter) =>
      counter.triggers.map((part): [string, Measurement] => [part.id, { counter, part }]),
    ),
  );
  const byCounter = new Map<number, CombinedTrigger[]>();
  for (const [id, trigger] of Object.entries(source.triggers)) {
    const newest = newestOf(id);
    const parts = measurementsOf(trigger);
    const [spec] = compileTriggers(id, { ...trigger, atLeast: undefined });
    if (trigger.when === undefined || newest === undefined || spec === undefined) {
      continue;
    }
    const inRole = (role: Role): readonly Measurement[] =>
      parts
        .filter((part) => part.role === role)
        .flatMap((part) => measured.get(partIdOf(id, part)) ?? []);
    const combined: CombinedTrigger = {
      trigger: spec,
      subject: newest.subject,
      all: inRole('all'),
      any: inRole('any'),
      not: inRole('not'),
      newest,
    };
    const { all, any, not } = combined;
    const listened = [newest, ...[...all, ...any, ...not].map(({ counter }) => counter)];
    for (const counter of new Set(listened.map((one) => one.id))) {
      byCounter.set(counter, [...(byCounter.get(counter) ?? []), combined]);
    }
  }
  return byCounter;
}
