import { inWords } from '../../src/core/duration.ts';
import { normalizePath } from '../../src/core/event/name.ts';
import { measurementsOf, partsOf } from '../combined.ts';
import { isShareOfLimit } from '../evidence.ts';
import { readEventName } from '../event-name.ts';
import type { SignalSource, TriggerSource } from '../schema.ts';
import { Condition, type Measure, measures } from '../schema/rules.ts';
import { plansOf } from './conditions.ts';
import { entryOf, type CheckContext } from './names.ts';
import type { SoundPart } from './shape.ts';
import type { Path } from './yaml-source.ts';

/*
 * Rules that are written well and still are not what anybody means: that can never fire, that fire on nearly everything,
 * that stand twice. Doubts, not mistakes: the playbook works without them.
 */

/** Warns of triggers that can never fire, fire on nearly everything, or stand twice. */
export function checkDoubts(context: CheckContext): void {
  const { playbook, report } = context;
  const seen = new Map<string, string>();
  for (const [id, trigger] of Object.entries(playbook.triggers)) {
    const path = ['triggers', id];
    if (report.isBroken(path) || !isKnown(playbook, trigger)) {
      continue;
    }
    checkNever(context, trigger, path);
    if (trigger.when === undefined) {
      checkOften(context, trigger, path);
    }
    for (const key of sameAs(playbook, trigger)) {
      const other = seen.get(key);
      if (other !== undefined && other !== id) {
        const message = `is the same rule as ${other}, so one of them does nothing`;
        report.warn(
          path,
          message,
          'Remove one of them, or change what it measures or offers',
          'key',
        );
        break;
      }
      seen.set(key, id);
    }
  }
}

/** Signals that are not there are told of elsewhere. */
function isKnown({ signals }: SoundPart, trigger: TriggerSource): boolean {
  return measurementsOf(trigger).every((part) =>
    part.signals.every(({ signal }) => entryOf(signals, signal) !== undefined),
  );
}

/** The heights of a trigger, each with all that makes it fire and what it offers, as text to compare. */
function sameAs(playbook: SoundPart, trigger: TriggerSource): readonly string[] {
  const offers = trigger.offers.toSorted();
  const where = normalized(trigger.where);
  if (trigger.when === undefined) {
    const heights = trigger.atLeast ?? [undefined];
    return heights.map((height) =>
      JSON.stringify([
        measurementKey(playbook, trigger),
        height?.unit,
        height?.amount,
        where,
        offers,
      ]),
    );
  }
  const parts = partsOf(trigger).map(({ role, trigger: part }) =>
    JSON.stringify([
      role,
      measurementKey(playbook, part),
      part.atLeast?.map(({ amount }) => amount),
    ]),
  );
  return [JSON.stringify([parts.toSorted(), where, offers])];
}

/** The fields that say what is measured. */
const measuring = new Set(
  [...Object.keys(Condition.shape), 'by'].filter(
    (field) => !['atLeast', 'rearmBelow', ...measures].includes(field),
  ),
);

/** What is measured, without the height: names of events and properties in the form in which they are compared. */
function measurementKey({ signals }: SoundPart, trigger: TriggerSource): string {
  const [measured] = measurementsOf({ ...trigger, when: undefined });
  const fields = Object.entries(trigger)
    .filter(([field, value]) => measuring.has(field) && value !== undefined)
    .map(([field, value]) => [field, typeof value === 'string' ? normalizePath(value) : value])
    .toSorted(([left], [right]) => (String(left) < String(right) ? -1 : 1));
  const meanings = measured?.signals.map(({ signal }) => meaningOf(entryOf(signals, signal)));
  const roles = (trigger.seats ?? trigger.roleShare)?.toSorted();
  return JSON.stringify([measured?.measure, meanings, roles, fields]);
}

function meaningOf(signal: SignalSource | undefined): string {
  return JSON.stringify([
    signal?.events.map((event) => readEventName(event).key).toSorted(),
    normalized(signal?.where),
    signal?.value && normalizePath(signal.value),
    signal?.limit,
  ]);
}

function normalized(tests: TriggerSource['where']): unknown {
  return Object.entries(tests ?? {})
    .map(([name, test]) => [normalizePath(name), test])
    .toSorted(([left], [right]) => (String(left) < String(right) ? -1 : 1));
}

function checkNever(context: CheckContext, trigger: TriggerSource, path: Path): void {
  const { playbook, report } = context;
  for (const [name, test] of Object.entries(trigger.where ?? {})) {
    if (isImpossible(test)) {
      report.warn([...path, 'where', name], 'can never hold, so the trigger never fires', widen);
    }
  }
  for (const part of measurementsOf(trigger)) {
    const at = [...path, ...part.at, part.measure];
    for (const { signal } of part.role === 'not' ? [] : part.signals) {
      const wrong = Object.entries(entryOf(playbook.signals, signal)?.where ?? {}).find(
        ([, test]) => isImpossible(test),
      );
      if (wrong !== undefined) {
        const message = `can never fire, because no event passes the test on ${wrong[0]} of the signal ${signal}`;
        report.warn(at, message, widen);
      }
    }
  }
  checkLimits(context, trigger, path);
  checkBeforeMoment(context, trigger, path);
  checkContradiction(context, trigger, path);
}

const widen = 'Widen the test, or remove it';

function isImpossible(test: NonNullable<TriggerSource['where']>[string]): boolean {
  if (typeof test !== 'object' || Array.isArray(test)) {
    return false;
  }
  const { atLeast, atMost, exists } = test;
  const hasBound = atLeast !== undefined || atMost !== undefined;
  return (
    (exists === false && hasBound) ||
    (atLeast !== undefined && atMost !== undefined && atLeast > atMost)
  );
}

/** A share of a limit that only plans have, on plans that do not have it. */
function checkLimits({ playbook, report }: CheckContext, trigger: TriggerSource, path: Path): void {
  const named = plansOf(entryOf(trigger.where ?? {}, 'plan')).filter(
    (plan) => entryOf(playbook.plans, plan) !== undefined,
  );
  const [measured] = trigger.when === undefined ? measurementsOf(trigger) : [];
  const limit = entryOf(playbook.signals, measured?.signals[0]?.signal ?? '')?.limit;
  const { plan } = limit ?? {};
  if (
    measured === undefined ||
    !needsLimit(measured.measure, trigger) ||
    plan === undefined ||
    named.length === 0
  ) {
    return;
  }
  const isElsewhere = [limit?.property, limit?.trait, limit?.fixed].some(
    (place) => place !== undefined,
  );
  const has = (id: string): boolean =>
    Object.hasOwn(entryOf(playbook.plans, id)?.limits ?? {}, plan);
  if (!isElsewhere && !named.some(has)) {
    const message = `can never fire, because ${named.join(', ')} ${named.length === 1 ? 'has' : 'have'} no limit ${plan}`;
    report.warn(
      [...path, measured.measure],
      message,
      `Fire on another plan, or add ${plan} to its limits`,
    );
  }
}

function needsLimit(measure: Measure, trigger: TriggerSource): boolean {
  return (
    measure === 'pace' ||
    isShareOfLimit(measure, trigger) ||
    (measure === 'gauge' && isShare(trigger))
  );
}

function isShare({ atLeast }: TriggerSource): boolean {
  return atLeast?.some(({ unit }) => unit === 'share') === true;
}

/** What is reached once, before anything may be offered, is never offered. */
function checkBeforeMoment(
  { playbook, report }: CheckContext,
  trigger: TriggerSource,
  path: Path,
): void {
  const moment = playbook.valueMoment;
  const [measured] = trigger.when === undefined ? measurementsOf(trigger) : [];
  const [named] = measured?.signals ?? [];
  if (moment === undefined || named?.signal !== moment.signal || trigger.per !== 'account') {
    return;
  }
  const isOnce =
    measured?.measure === 'first' ||
    (measured?.measure === 'count' &&
      trigger.within === undefined &&
      trigger.by === undefined &&
      !isShare(trigger));
  const highest = Math.max(1, ...(trigger.atLeast ?? []).map(({ amount }) => amount));
  if (isOnce && measured !== undefined && highest < moment.atLeast) {
    const message = `is reached only before the value moment (${moment.signal} ${moment.atLeast} times), so it never offers anything`;
    report.warn([...path, measured.measure], message, `Ask for ${moment.atLeast} or more`);
  }
}

/** What must be reached and must not be reached. */
function checkContradiction(
  { playbook, report }: CheckContext,
  trigger: TriggerSource,
  path: Path,
): void {
  const parts = trigger.when === undefined ? [] : partsOf(trigger);
  const heightOf = (part: (typeof parts)[number]): number => part.trigger.atLeast?.[0]?.amount ?? 1;
  for (const not of parts.filter(({ role }) => role === 'not')) {
    const key = measurementKey(playbook, not.trigger);
    const isMet = parts.some(
      (part) =>
        part.role === 'all' &&
        measurementKey(playbook, part.trigger) === key &&
        heightOf(part) >= heightOf(not),
    );
    if (isMet) {
      const message = 'is reached whenever what must be is, so the trigger never fires';
      report.warn([...path, ...not.at], message, 'Raise its atLeast above the other, or remove it');
    }
  }
}

/** Ways that fire anew after each pause when one event is enough. */
const counting: readonly Measure[] = ['count', 'distinct', 'sessions'];

/** Calls that say nothing but that somebody is there. */
const anything = new Set(['$page', '$screen', '$identify', '$group']);

function checkOften({ playbook, report }: CheckContext, trigger: TriggerSource, path: Path): void {
  const [measured] = measurementsOf(trigger);
  const lowest = Math.min(...(trigger.atLeast ?? []).map(({ amount }) => amount));
  if (measured === undefined) {
    return;
  }
  const { measure, signals } = measured;
  const at = [...path, 'atLeast'];
  const signal = entryOf(playbook.signals, signals[0]?.signal ?? '');
  const hears =
    signal?.where === undefined ? signal?.events.find((one) => anything.has(one)) : undefined;
  const isOfLimit = (measure === 'gauge' && isShare(trigger)) || isShareOfLimit(measure, trigger);
  if (isOfLimit) {
    if (lowest < 0.1) {
      const message =
        'fires on nearly everything: less than a tenth of the limit is hardly any use';
      report.warn(at, message, 'Write a higher percentage, such as 80%');
    }
  } else if (isOnceInAWhile(measure, lowest, trigger)) {
    const message = `fires on nearly everything: on any event after a pause of ${inWords(trigger.within ?? 0)}`;
    report.warn(at, message, 'Write 2 or more, or first: for the very first time');
  } else if (measure === 'count' && lowest <= 1 && trigger.by !== undefined) {
    report.warn(at, `fires on nearly everything: on every new ${trigger.by}`, 'Write 2 or more');
  } else if (counting.includes(measure) && hears !== undefined && lowest <= 3) {
    const message = `fires on nearly everything: ${hears} comes with whatever people do`;
    report.warn(at, message, 'Name the pages or events that mean something, or test a property');
  } else if (measure === 'trend' && lowest < 0.05) {
    const message = 'fires on nearly everything: so little is no growth but chance';
    report.warn(at, message, 'Write a higher percentage, such as 50%');
  }
}

/** One event of a window is enough. A limit that is met is no such event: each time somebody is stopped. */
function isOnceInAWhile(measure: Measure, lowest: number, trigger: TriggerSource): boolean {
  return (
    counting.includes(measure) &&
    lowest <= 1 &&
    trigger.within !== undefined &&
    trigger.kind !== 'limit'
  );
}
