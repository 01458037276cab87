import { measurementsOf } from '../combined.ts';
import type { TriggerSource } from '../schema.ts';
import { Condition } from '../schema/rules.ts';
import type { CheckContext } from './names.ts';
import type { Path } from './yaml-source.ts';

/** What a trigger with `when` leaves to its measurements; `per` it may say for all of them. */
const ofMeasurements = new Set(Object.keys(Condition.shape).filter((field) => field !== 'per'));

/** Checks that a trigger with `when` measures there only, and that something must happen for it to fire. */
export function checkTogether({ report }: CheckContext, trigger: TriggerSource, path: Path): void {
  for (const [field, value] of Object.entries(trigger)) {
    if (value !== undefined && ofMeasurements.has(field)) {
      const message = 'stands beside when, which says what is measured';
      const mend = `Move it into a measurement under when, such as all: [{ count: invite_sent, atLeast: 3 }]`;
      report.add([...path, field], message, mend, 'key');
    }
  }
  for (const { at, measure, signals } of measurementsOf(trigger)) {
    // Such a trigger is looked at when one of its signals comes, and members are no signal.
    if (signals.length === 0) {
      const message = `cannot be one of several measurements: ${measure} has no signal`;
      const mend = 'Make a trigger of its own, or count the event by which members join';
      report.add([...path, ...at, measure], message, mend, 'key');
    }
  }
  const { all, any } = trigger.when ?? {};
  const isBroken = report.isBroken([...path, 'when']);
  if (all === undefined && any === undefined && !isBroken) {
    const message = 'names nothing that must happen';
    report.add([...path, 'when'], message, 'Write all or any with at least one measurement', 'key');
  }
}

/** Checks that there is one strength, or one for each height. */
export function checkStrength({ report }: CheckContext, trigger: TriggerSource, path: Path): void {
  const { strength } = trigger;
  const heights = trigger.when === undefined ? (trigger.atLeast?.length ?? 1) : 1;
  if (strength !== undefined && strength.length > 1 && strength.length !== heights) {
    report.add(
      [...path, 'strength'],
      `names ${strength.length} strengths for ${heights === 1 ? 'one height' : `${heights} heights`}`,
      'Write one number for all, or a list of one for each height',
    );
  }
}
