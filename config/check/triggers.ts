import { isSignup, type Catalogue } from '../catalogue.ts';
import { measurementsOf, partsOf } from '../combined.ts';
import { isShareOfLimit, measureOf, ownNames } from '../evidence.ts';
import { normalizeName, normalizePath } from '../../src/core/event/name.ts';
import { isOwnValue } from '../../src/core/playbook.ts';
import type { SignalSource, TriggerSource } from '../schema.ts';
import { measures, type Measure } from '../schema/rules.ts';
import { checkConditions } from './conditions.ts';
import { checkHeights } from './heights.ts';
import { entryOf, refers, type CheckContext } from './names.ts';
import { isOwnOutcome } from './own-events.ts';
import { checkProperty } from './signals.ts';
import { checkTimes } from './times.ts';
import { checkStrength, checkTogether } from './together.ts';
import type { Path } from './yaml-source.ts';

/** Checks what triggers name and whether their fields fit their way of measuring. */
export function checkTriggers(context: CheckContext, catalogue: Catalogue): void {
  for (const [id, trigger] of Object.entries(context.playbook.triggers)) {
    checkTrigger(context, catalogue, id, trigger);
  }
}

function checkTrigger(
  context: CheckContext,
  catalogue: Catalogue,
  id: string,
  trigger: TriggerSource,
): void {
  const path = ['triggers', id];
  trigger.offers.forEach((offer, at) => refers(context, 'offers', offer, [...path, 'offers', at]));
  checkConditions(context, trigger, path);
  checkStrength(context, trigger, path);
  if (trigger.when === undefined) {
    checkMeasurement(context, catalogue, trigger, path);
    return;
  }
  checkTogether(context, trigger, path);
  for (const part of partsOf(trigger)) {
    checkMeasurement(context, catalogue, part.trigger, [...path, ...part.at]);
  }
  const events = measurementsOf(trigger).flatMap(({ signals }) =>
    signals.flatMap(({ signal }) => entryOf(context.playbook.signals, signal)?.events ?? []),
  );
  checkQuotes(context, catalogue, trigger, events, path);
}

/** Checks one measurement: what a trigger without `when` measures, or one of several under it. */
function checkMeasurement(
  context: CheckContext,
  catalogue: Catalogue,
  trigger: TriggerSource,
  path: Path,
): void {
  const { playbook, report } = context;
  const measured = measureOf(trigger);
  if (measured === undefined) {
    reportMeasures(context, trigger, path);
    return;
  }
  const { measure } = measured;
  if (measured.signals.length === 0) {
    checkOfMembers(context, measure, trigger, path);
  }
  checkFields(context, measure, trigger, path);
  checkTimes(context, measure, trigger, path);
  checkHeights(context, measure, trigger, path);
  const found = measured.signals.flatMap((named) => {
    const at = [...path, measure, ...named.at];
    const one = entryOf(playbook.signals, named.signal);
    if (!refers(context, 'signals', named.signal, at) || one === undefined) {
      return [];
    }
    const signup = one.events.find(isSignup);
    if (signup !== undefined) {
      const mend = 'Name a signal of later use; nothing is ever offered at a sign-up';
      report.add(at, `listens to a sign-up (${signup})`, mend);
    }
    const own = one.events.find(isOwnOutcome);
    if (own !== undefined) {
      const mend = 'Name a signal of what users do; the hub would answer itself';
      report.add(at, `listens to ${own}, which the hub itself reports`, mend);
    }
    return [one];
  });
  const signal = found[0];
  const last = found.at(-1);
  if (signal === undefined || last === undefined || found.length < measured.signals.length) {
    return;
  }
  checkValue(context, measure, trigger, signal, path);
  // Of several steps the last is the one that usually fires.
  checkProperties(context, catalogue, trigger, last, path);
}

function reportMeasures({ report }: CheckContext, trigger: TriggerSource, path: Path): void {
  const named = measures.filter((measure) => trigger[measure] !== undefined);
  if (named.length === 0 && !measures.some((measure) => report.isBroken([...path, measure]))) {
    const mend = `Write one of ${measures.join(', ')} with a signal, such as count: invite_sent`;
    report.add(path, 'measures nothing, and a trigger fires only on what users do', mend, 'key');
  }
  if (named.length > 1) {
    report.add(
      path,
      `measures in several ways (${named.join(', ')})`,
      'Keep one, and make a trigger of each other',
      'key',
    );
  }
}

/** Members are those of an account, whoever acts; nothing of an event is read. */
function checkOfMembers(
  { report }: CheckContext,
  measure: Measure,
  trigger: TriggerSource,
  path: Path,
): void {
  if (trigger.per === 'user') {
    report.add(
      [...path, 'per'],
      `means nothing for ${measure}: an account has members`,
      'Remove it',
    );
  }
  if (trigger.quotes !== undefined) {
    const message = `means nothing for ${measure}, which several events can move`;
    report.add([...path, 'quotes'], message, 'Remove it', 'key');
  }
  const roles = trigger.seats ?? trigger.roleShare ?? [];
  if (roles.includes('all') && (roles.length > 1 || measure === 'roleShare')) {
    const mend = measure === 'roleShare' ? 'Name a role, such as editor' : 'Keep all, or the roles';
    report.add([...path, measure], 'all stands for every member, with any role or none', mend);
  }
}

/** Which fields mean something for which measures. */
const fieldsFor: readonly {
  readonly field: keyof TriggerSource;
  readonly measures: readonly Measure[];
}[] = [
  { field: 'of', measures: ['sum', 'distinct'] },
  { field: 'by', measures: ['count', 'sum'] },
  {
    field: 'within',
    measures: [
      ...(['count', 'sum', 'distinct', 'sessions', 'sequence', 'elapsed', 'trend'] as const),
      ...(['ratio', 'pace', 'seats', 'roleShare'] as const),
    ],
  },
  { field: 'gap', measures: ['sessions'] },
  { field: 'sessionId', measures: ['sessions'] },
  { field: 'atMost', measures: ['elapsed', 'pace'] },
  { field: 'share', measures: ['elapsed'] },
  { field: 'ofLast', measures: ['elapsed'] },
  { field: 'against', measures: ['trend'] },
  { field: 'min', measures: ['trend', 'ratio', 'roleShare'] },
  { field: 'weeks', measures: ['weekly'] },
  { field: 'rearmBelow', measures: ['gauge'] },
  { field: 'period', measures: ['gauge', 'pace'] },
];

function checkFields(
  { report }: CheckContext,
  measure: Measure,
  trigger: TriggerSource,
  path: Path,
): void {
  for (const { field, measures: fitting } of fieldsFor) {
    if (trigger[field] !== undefined && !fitting.includes(measure)) {
      const mend = `Remove it; it belongs to ${fitting.join(', ')}`;
      report.add([...path, field], `means nothing for ${measure}`, mend, 'key');
    }
  }
}

/** The ways that read a property; first may. */
const needsValue: readonly Measure[] = ['sum', 'distinct', 'gauge', 'pace', 'last'];

function checkValue(
  { report }: CheckContext,
  measure: Measure,
  trigger: TriggerSource,
  signal: SignalSource,
  path: Path,
): void {
  const signalId = measureOf(trigger)?.signals[0]?.signal ?? '';
  if (report.isBroken(['signals', signalId])) {
    return;
  }
  if (needsValue.includes(measure) && signal.value === undefined && trigger.of === undefined) {
    const takesOf = measure === 'sum' || measure === 'distinct';
    const mend = `Name the property under ${takesOf ? 'of here, or under ' : ''}value of the signal ${signalId}`;
    report.add(
      [...path, measure],
      `the signal ${signalId} has no value that ${measure} could read`,
      mend,
    );
  }
  const isShare = trigger.atLeast?.some((height) => height.unit === 'share') === true;
  const needsLimit = (measure === 'gauge' && isShare) || isShareOfLimit(measure, trigger);
  if (measure === 'pace' && signal.limit === undefined) {
    const mend = `Give the signal ${signalId} a limit, such as limit: { plan: reports }`;
    report.add([...path, measure], `the signal ${signalId} has no limit that it could near`, mend);
  }
  if (needsLimit && signal.limit === undefined) {
    const mend = `Give the signal ${signalId} a limit, such as limit: { plan: reports }, or write a number`;
    report.add([...path, 'atLeast'], `is a share, but the signal ${signalId} has no limit`, mend);
  }
}

function checkProperties(
  context: CheckContext,
  catalogue: Catalogue,
  trigger: TriggerSource,
  signal: SignalSource,
  path: Path,
): void {
  const { report } = context;
  const check = (property: string, at: Path): void =>
    checkProperty(context, catalogue, signal.events, property, at);
  const isOwn = trigger.of !== undefined && isOwnValue(trigger.of);
  if (isOwn && trigger.distinct === undefined) {
    report.add(
      [...path, 'of'],
      `${trigger.of} is no number that could be added up`,
      `Use distinct to count ${trigger.of === '$user' ? 'users' : 'days'}, or name a property`,
    );
  } else if (trigger.of === '$user' && trigger.per === 'user') {
    const message = '$user of one user is always that user';
    report.add([...path, 'of'], message, 'Write per: account, or name a property');
  } else if (trigger.of !== undefined && !isOwn) {
    check(trigger.of, [...path, 'of']);
  }
  if (trigger.sessionId !== undefined) {
    check(trigger.sessionId, [...path, 'sessionId']);
  }
  if (trigger.by !== undefined) {
    check(trigger.by, [...path, 'by']);
  }
  if (trigger.period !== undefined) {
    check(trigger.period, [...path, 'period']);
  }
  checkQuotes(context, catalogue, trigger, signal.events, path);
}

/** Checks what copy may quote of the event; `events` are all that can make the trigger fire. */
function checkQuotes(
  context: CheckContext,
  catalogue: Catalogue,
  { quotes }: TriggerSource,
  events: readonly string[],
  path: Path,
): void {
  const { report } = context;
  quotes?.forEach((quote, at) => {
    const quotePath = [...path, 'quotes', at];
    checkProperty(context, catalogue, events, quote, quotePath);
    if (ownNames.map(normalizeName).includes(normalizePath(quote).split('.')[0] ?? '')) {
      report.add(
        quotePath,
        `${quote} is a name that copy has already`,
        `Quote a property not named ${ownNames.join(', ')}`,
      );
    }
    if (isEmail(quote)) {
      report.add(quotePath, 'copy never quotes an e-mail address', 'Remove it');
    }
  });
}

/** Whether a property or trait is an e-mail address by its name. */
export function isEmail(name: string): boolean {
  return normalizePath(name).includes('email');
}
