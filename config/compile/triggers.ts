import { dayMs, inWords } from '../../src/core/duration.ts';
import { normalizePath } from '../../src/core/event/name.ts';
import type { TriggerSpec } from '../../src/core/playbook.ts';
import { readCondition } from '../check/conditions.ts';
import type { TriggerSource } from '../schema.ts';
import type { Height } from '../schema/quantity.ts';
import { propertyTests } from './property-tests.ts';

/** What a gauge must fall by before it fires again, as a share of the limit, or of the threshold where it has no limit. */
const rearmMargin = 0.25;

/** `first` fires on the first event, `sequence` when it was gone through once. */
const onceHeight: Height = { unit: 'value', amount: 1, text: '1' };

/** `elapsed` without a share: four of five times. */
const consistently: Height = { unit: 'share', amount: 0.8, text: '80%' };

/** A sign of which nothing says that it is strong or weak. */
const middling = 0.5;

/** One spec per height. A trigger of several heights names each by its height: `api_quota@80%`. */
export function compileTriggers(id: string, trigger: TriggerSource): readonly TriggerSpec[] {
  const heights = heightsOf(trigger);
  return heights.map((height, at) => ({
    id: heights.length === 1 ? id : `${id}@${height.text.replace(' ', '')}`,
    signalKind: trigger.kind,
    threshold: height.amount,
    unit: height.unit,
    rearmBelow: trigger.rearmBelow?.amount ?? defaultRearm(height),
    period: trigger.period === undefined ? undefined : normalizePath(trigger.period),
    where: compileConditions(trigger),
    quotes: new Map((trigger.quotes ?? []).map((quote) => [quote, normalizePath(quote)])),
    offers: trigger.offers,
    reopens: trigger.reopens,
    maxAgeMs: trigger.maxAge,
    strength: strengthAt(trigger.strength, heights, at),
  }));
}

/** As written; else the share that is reached, and of several numbers from 0.5 for the lowest to 1 for the highest. */
function strengthAt(
  written: TriggerSource['strength'],
  heights: readonly Height[],
  at: number,
): number {
  const said = written?.[at] ?? written?.at(-1);
  const height = heights[at];
  if (said !== undefined || height === undefined) {
    return said ?? middling;
  }
  if (height.unit === 'share') {
    return Math.min(1, height.amount);
  }
  const lower = heights.filter((other) => other.amount < height.amount).length;
  return heights.length === 1
    ? middling
    : middling + (1 - middling) * (lower / (heights.length - 1));
}

function heightsOf(trigger: TriggerSource): readonly Height[] {
  if (trigger.elapsed !== undefined) {
    return [trigger.share ?? consistently];
  }
  if (trigger.pace !== undefined && trigger.atMost !== undefined) {
    // The fewer days are left, the higher: a pace is 1 over the days.
    return [{ unit: 'value', amount: dayMs / trigger.atMost, text: inWords(trigger.atMost) }];
  }
  return trigger.atLeast ?? [onceHeight];
}

/** 25 points under a share, so that 9/10 -> 8/10 does not re-arm 90 %; a quarter under a number. A low share: half. */
function defaultRearm({ unit, amount }: Height): number {
  const rearm =
    unit === 'share' ? Math.max(amount - rearmMargin, amount / 2) : amount * (1 - rearmMargin);
  return Math.round(rearm * 1e6) / 1e6;
}

function compileConditions(trigger: TriggerSource): TriggerSpec['where'] {
  return Object.entries(trigger.where ?? {}).flatMap(([name, test]) => {
    const condition = readCondition(name);
    return condition === undefined
      ? []
      : propertyTests(condition.trait, test).map((one) => ({
          ...one,
          of: condition.of,
        }));
  });
}
