import { z } from 'zod';
import {
  clipped,
  defaultAlpha,
  defaultMinBuyers,
  enrolmentOrder,
  type EnrolledUnit,
  excludesZero,
  type Lift,
  liftOf,
  type LiftLook,
  neededUnits,
} from '../core/model/lift.ts';
import type { Answer } from './answer.ts';
import {
  anyNumber,
  count,
  flag,
  name,
  openChance,
  outcome as outcomeField,
  parseFields,
  positive,
  rowsOf,
} from './field.ts';

const Row = z.object({
  unit: name,
  t: anyNumber,
  treated: flag,
  y: outcomeField,
  x: anyNumber.optional(),
});

const LiftLine = z.strictObject({
  op: z.literal('lift'),
  rows: rowsOf(Row),
  nStar: positive.optional(),
  alpha: openChance.default(defaultAlpha),
  minEvents: count.default(defaultMinBuyers),
  outcome: z
    .enum(['rate', 'amount'], { error: 'is neither; write "rate" or "amount", or leave it out' })
    .optional(),
  cap: positive.optional(),
  p0: openChance.default(0.05),
  p1: openChance.default(0.1),
});

/** `lift`: treated against holdout after every account, with an interval that may be looked at each time. */
export function lift(line: unknown): Answer {
  const parsed = parseFields(LiftLine, line);
  if (parsed.kind === 'wrong') {
    return { error: parsed.error };
  }
  const { rows, nStar, alpha, minEvents, outcome, cap, p0, p1 } = parsed.value;
  const units = rows.map(({ unit, t, treated, y, x }): EnrolledUnit => {
    return {
      unit,
      t,
      isTreated: treated,
      outcome: cap === undefined ? y : clipped(y, cap),
      covariate: x,
    };
  });
  const kept = enrolmentOrder(units);
  const error = mistakeIn(units, outcome, p0, p1);
  if (error !== undefined) {
    return { error };
  }
  const isRate = units.every((one) => one.outcome === 0 || one.outcome === 1);
  const measured = liftOf(kept, {
    expectedUnits: nStar ?? Math.max(1, kept.length),
    alpha,
    minBuyers: minEvents,
    outcome: outcome ?? (isRate ? 'rate' : 'amount'),
  });
  return {
    op: 'lift',
    groups: { treated: measured.treated, holdout: measured.holdout },
    ...(rows.length === kept.length ? {} : { repeated: rows.length - kept.length }),
    ...tellingOf(measured, minEvents, p0, p1),
  };
}

function tellingOf(
  { treated, holdout, last, firstExclusion }: Lift,
  minEvents: number,
  p0: number,
  p1: number,
): Answer {
  const n = treated.n + holdout.n;
  if (last === undefined) {
    const share = n === 0 ? 0.1 : holdout.n / n;
    const needed = share > 0 && share < 1 ? neededUnits(p0, p1, share) : undefined;
    const need =
      needed === undefined
        ? 'and one group is empty, so no lift can be measured'
        : `and a change from ${p0} to ${p1} takes about ${needed} accounts`;
    const isOpen = Math.min(treated.buyers, holdout.buyers) >= minEvents;
    return {
      final: { n },
      refused: true,
      reasons: [
        isOpen
          ? `no interval: amounts need two accounts in each group, and must differ within one of them, ${need}`
          : `not enough data: ${treated.buyers} buyers among the treated and ${holdout.buyers} in the holdout, at least ${minEvents} each are needed, ${need}`,
      ],
      ...(needed === undefined ? {} : { needed }),
    };
  }
  return {
    final: { ...lookIn(last), excludesZero: excludesZero(last) },
    ...(firstExclusion === undefined ? {} : { firstExclusion: lookIn(firstExclusion) }),
    refused: false,
    reasons: [],
  };
}

function lookIn({ n, difference, radius }: LiftLook): Answer {
  return {
    n,
    d: difference,
    radius,
    low: difference - radius,
    high: difference + radius,
  };
}

function mistakeIn(
  units: readonly EnrolledUnit[],
  outcome: 'rate' | 'amount' | undefined,
  p0: number,
  p1: number,
): string | undefined {
  if (p1 === p0) {
    return 'p1: is p0 as well, and no number of accounts tells equal rates apart; write another';
  }
  const isAdjusted = units.some(({ covariate }) => covariate !== undefined);
  const groups = new Map<string, boolean>();
  for (const [at, one] of units.entries()) {
    if (outcome === 'rate' && one.outcome !== 0 && one.outcome !== 1) {
      return `rows[${at}].y: is ${one.outcome}; write 0 or 1, or outcome "amount"`;
    }
    if (isAdjusted && one.covariate === undefined) {
      return `rows[${at}].x: is missing; write x on every row or on none`;
    }
    if ((groups.get(one.unit) ?? one.isTreated) !== one.isTreated) {
      return `rows[${at}].treated: ${one.unit} stands in both groups; an account is in one of them for ever`;
    }
    groups.set(one.unit, one.isTreated);
  }
  return undefined;
}
