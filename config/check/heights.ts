import { sequenceTimesMax } from '../../src/core/counter/sequence.ts';
import { weeksMax } from '../../src/core/counter/weekly.ts';
import type { TriggerSource } from '../schema.ts';
import type { Height } from '../schema/quantity.ts';
import type { Measure } from '../schema/rules.ts';
import type { CheckContext } from './names.ts';
import type { Path } from './yaml-source.ts';

/** Distinct values are remembered one by one up to here. */
const distinctMax = 256;

/** A height of the ways that take a percentage. */
const examples: Readonly<Partial<Record<Measure, string>>> = {
  gauge: '90%',
  trend: '50%',
  ratio: '30%',
  roleShare: '50%',
};

/** The ways that are always measured in percent, and what a number would be for them. */
const inPercent: Readonly<Partial<Record<Measure, string>>> = {
  trend: 'growth',
  ratio: 'ratio',
  roleShare: 'share',
};

/** The ways that may be held against the limit of their signal. */
const againstLimit: readonly Measure[] = ['gauge', 'count', 'sum', 'distinct'];

/** A person has so many sessions even if each of them takes an hour. */
const sessionsMax = 100;

/** What these measure has no halves. */
const wholeMeasures: readonly Measure[] = [
  ...(['count', 'distinct', 'sessions', 'sequence', 'weekly', 'seats'] as const),
];

/** Checks the heights at which a trigger fires, and the one below which a gauge is armed again. */
export function checkHeights(
  context: CheckContext,
  measure: Measure,
  trigger: TriggerSource,
  path: Path,
): void {
  const { report } = context;
  const at = [...path, 'atLeast'];
  const heights = trigger.atLeast;
  if (measure === 'first') {
    if (heights !== undefined) {
      report.add(
        at,
        'means nothing for first, which fires once, on the first event',
        'Remove it',
        'key',
      );
    }
    return;
  }
  if (measure === 'elapsed') {
    if (heights !== undefined) {
      const mend = 'Write share, such as share: 80%';
      report.add(at, 'means nothing for elapsed, which fires at a share', mend, 'key');
    }
    return;
  }
  if (measure === 'pace') {
    if (heights !== undefined) {
      const mend = 'Write atMost, such as atMost: 7d';
      report.add(at, 'means nothing for pace, which fires when little time is left', mend, 'key');
    }
    return;
  }
  if (heights === undefined && measure === 'sequence') {
    return;
  }
  if (heights === undefined) {
    if (!report.isBroken(at)) {
      report.add(
        path,
        `does not say at which height ${measure} fires`,
        `Write atLeast: ${examples[measure] ?? '3'}`,
        'key',
      );
    }
    return;
  }
  heights.forEach((height, index) => {
    checkHeight(context, measure, trigger, height, heights.length > 1 ? [...at, index] : at);
    if (
      heights.findIndex((other) => other.amount === height.amount && other.unit === height.unit) !==
      index
    ) {
      report.add([...at, index], `${height.text} stands here twice`, 'Remove one of them');
    }
  });
  if (new Set(heights.map((height) => height.unit)).size > 1) {
    report.add(
      at,
      'mixes shares and numbers',
      'Write all as percentages or all as numbers, or make two triggers',
    );
  }
  checkRearm(context, trigger, heights, path);
}

function checkHeight(
  { report }: CheckContext,
  measure: Measure,
  trigger: TriggerSource,
  height: Height,
  path: Path,
): void {
  const { amount, unit, text } = height;
  if (unit === 'share') {
    const isOfLimit = againstLimit.includes(measure);
    if (!isOfLimit && inPercent[measure] === undefined) {
      const message = `${text} is a share of a limit, which only ${againstLimit.join(', ')} have`;
      report.add(path, message, 'Write a number');
    } else if ((isOfLimit || measure === 'roleShare') && amount > 1) {
      const what = isOfLimit ? 'the limit itself' : 'all members';
      report.add(path, `${text} is above ${what}`, 'Write at most 100%');
    } else if (amount <= 0) {
      report.add(path, `${text} is reached without any use`, 'Write a percentage above 0%');
    }
    return;
  }
  const percentOf = inPercent[measure];
  if (percentOf !== undefined) {
    report.add(path, `${text} is no ${percentOf}`, 'Write a percentage, such as 50%');
  } else if (amount <= 0) {
    report.add(path, `${text} is reached without any use`, 'Write a number above 0');
  } else if (wholeMeasures.includes(measure) && !Number.isInteger(amount)) {
    report.add(path, `${text} is no whole number`, `Write ${Math.max(1, Math.round(amount))}`);
  } else if (measure === 'sequence' && amount > completionsMax(trigger)) {
    const most = completionsMax(trigger);
    report.add(path, `${text} times are more than are told apart`, `Write at most ${most}`);
  } else if (measure === 'sessions' && amount > sessionsMax) {
    report.add(
      path,
      `${text} sessions are more than are told apart`,
      `Write at most ${sessionsMax}`,
    );
  } else if (measure === 'weekly' && amount > (trigger.weeks ?? weeksMax)) {
    const most = trigger.weeks ?? weeksMax;
    report.add(path, `${text} weeks are more than are looked at`, `Write at most ${most}`);
  } else if (measure === 'distinct' && amount > distinctMax) {
    report.add(
      path,
      `${text} different values are more than are remembered`,
      `Write at most ${distinctMax}`,
    );
  }
}

/** So many events of each signal are kept, and a signal that stands twice in the sequence needs two each time. */
function completionsMax({ sequence = [] }: TriggerSource): number {
  const repeats = sequence.map((signal) => sequence.filter((other) => other === signal).length);
  return Math.floor(sequenceTimesMax / Math.max(1, ...repeats));
}

function checkRearm(
  { report }: CheckContext,
  trigger: TriggerSource,
  heights: readonly Height[],
  path: Path,
): void {
  const rearm = trigger.rearmBelow;
  if (rearm === undefined || trigger.gauge === undefined) {
    return;
  }
  const at = [...path, 'rearmBelow'];
  if (heights.some((height) => height.unit !== rearm.unit)) {
    report.add(
      at,
      `${rearm.text} is not of the kind of atLeast`,
      'Write both as percentages or both as numbers',
    );
    return;
  }
  const lowest = heights.reduce((low, height) => (height.amount < low.amount ? height : low));
  if (rearm.amount <= 0 || rearm.amount > lowest.amount) {
    const mend = `Write a height above 0 and at most ${lowest.text}`;
    report.add(at, `${rearm.text} is not between 0 and the lowest threshold ${lowest.text}`, mend);
  }
}
