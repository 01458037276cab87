import type { Path } from './check/yaml-source.ts';
import { measureOf, type NamedSignal } from './evidence.ts';
import type { TriggerSource } from './schema.ts';
import type { Measure } from './schema/rules.ts';

/** Which list of `when` a measurement stands in. */
export type Role = 'all' | 'any' | 'not';

/** One measurement of a trigger, written as a trigger of its own that has the same offers. */
export interface Part {
  readonly role: Role;
  /** Where it stands inside the trigger: `['when', 'all', 0]`; empty for the only one of a trigger without `when`. */
  readonly at: Path;
  readonly trigger: TriggerSource;
}

/** The measurements of a trigger: its own, or those under `when` in the order all, any, not. */
export function partsOf(trigger: TriggerSource): readonly Part[] {
  // What copy quotes of the event is the whole trigger's: any of its signals may be the last.
  const { when, quotes: _quotes, ...rest } = trigger;
  if (when === undefined) {
    return [{ role: 'all', at: [], trigger }];
  }
  return (['all', 'any', 'not'] as const).flatMap((role) =>
    (when[role] ?? []).map((condition, index) => ({
      role,
      at: ['when', role, index],
      trigger: { ...rest, ...condition, per: condition.per ?? trigger.per },
    })),
  );
}

/** What each part measures; parts that name no measure, or several, are left out. */
export function measurementsOf(
  trigger: TriggerSource,
): readonly (Part & { readonly measure: Measure; readonly signals: readonly NamedSignal[] })[] {
  return partsOf(trigger).flatMap((part) => {
    const measured = measureOf(part.trigger);
    return measured === undefined ? [] : [{ ...part, ...measured }];
  });
}
