import { defaultGapMs } from '../../src/core/counter/sessions.ts';
import { trendBucketMs } from '../../src/core/counter/trend.ts';
import { dayMs, inWords } from '../../src/core/duration.ts';
import type { TriggerSource } from '../schema.ts';
import type { Measure } from '../schema/rules.ts';
import type { CheckContext } from './names.ts';
import type { Path } from './yaml-source.ts';

/** The ways that mean nothing without a window. */
const windowed: readonly Measure[] = ['sessions', 'sequence', 'trend'];

/** Checks the lengths of time of a trigger: those that it needs are there, and it can fire within them. */
export function checkTimes(
  context: CheckContext,
  measure: Measure,
  trigger: TriggerSource,
  path: Path,
): void {
  const { report } = context;
  if (
    windowed.includes(measure) &&
    trigger.within === undefined &&
    !report.isBroken([...path, 'within'])
  ) {
    const message = `does not say within which time ${measure} is measured`;
    report.add(path, message, 'Write within, such as within: 7d', 'key');
  }
  if (measure === 'sessions') {
    checkSessions(context, trigger, path);
  }
  if (measure === 'trend') {
    warnOfBuckets(context, trigger, path);
  }
  if (measure === 'elapsed') {
    checkElapsed(context, trigger, path);
  }
  if (measure === 'pace') {
    checkPace(context, trigger, path);
  }
  if (measure === 'ratio' && trigger.ratio?.part === trigger.ratio?.whole) {
    const message = 'holds a signal against itself, so it would always be 100%';
    report.add([...path, 'ratio', 'whole'], message, 'Name another signal');
  }
}

function checkPace({ report }: CheckContext, trigger: TriggerSource, path: Path): void {
  if (trigger.atMost === undefined && !report.isBroken([...path, 'atMost'])) {
    const message = 'does not say how near the limit must be';
    report.add(path, message, 'Write atMost, such as atMost: 7d', 'key');
  }
  if (trigger.within !== undefined && trigger.within < 2 * dayMs) {
    const message = 'is too short: a pace is measured over at least a day';
    report.add([...path, 'within'], message, 'Write 48h or more, such as within: 14d');
  }
}

/** Edges that are off by more than a twentieth of the window can be taken for growth. */
function warnOfBuckets({ report }: CheckContext, trigger: TriggerSource, path: Path): void {
  const { within, against = 14 * dayMs } = trigger;
  const bucketMs = within === undefined ? 0 : trendBucketMs(within, against);
  if (within !== undefined && bucketMs * 20 > within) {
    const message = `is short: beyond the newest 64 events its edges may be off by ${inWords(bucketMs / 2)}`;
    report.warn([...path, 'within'], message, 'Write a longer window, such as within: 7d');
  }
}

function checkElapsed({ report }: CheckContext, trigger: TriggerSource, path: Path): void {
  if (trigger.atMost === undefined && !report.isBroken([...path, 'atMost'])) {
    report.add(path, 'does not say which time is fast', 'Write atMost, such as atMost: 2m', 'key');
  }
  if (trigger.elapsed !== undefined && trigger.elapsed.from === trigger.elapsed.to) {
    const message = 'starts and stops the watch with the same signal, so every time would be zero';
    report.add([...path, 'elapsed', 'to'], message, 'Name the signal that comes after the first');
  }
}

function checkSessions({ report }: CheckContext, trigger: TriggerSource, path: Path): void {
  if (trigger.sessionId !== undefined) {
    if (trigger.gap !== undefined) {
      const message = 'means nothing when sessions have an id of their own';
      report.add([...path, 'gap'], message, 'Keep gap, or keep sessionId', 'key');
    }
    return;
  }
  if (trigger.per !== 'user') {
    const message = 'sessions by pauses are those of one person, and an account has many';
    const mend = 'Write per: user, or name the session id of your client under sessionId';
    report.add([...path, 'sessions'], message, mend, 'key');
  }
  const gapMs = trigger.gap ?? defaultGapMs;
  const most = Math.max(...(trigger.atLeast ?? []).map((height) => height.amount));
  if (trigger.within !== undefined && (most - 1) * gapMs >= trigger.within) {
    const message = `can never fire: ${most} sessions with pauses of ${inWords(gapMs)} do not fit into ${inWords(trigger.within)}`;
    report.add([...path, 'within'], message, 'Write a longer window, a shorter gap or fewer');
  }
}
