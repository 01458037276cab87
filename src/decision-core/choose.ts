import { z } from 'zod';
import { type Arm, chooseArm, maxArms, noneKey } from '../core/model/choose.ts';
import type { Answer } from './answer.ts';
import { chance, fromZero, name, parseFields, wholeFrom } from './field.ts';

/** A number of an arm: what is missing or no number makes the arm unsafe (dm1 section 13), not the line wrong. */
const loose = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'number' ? value : Number.NaN));

const ArmFields = z.strictObject({
  key: name,
  offer: name.optional(),
  holdKey: name.optional(),
  alpha1: loose,
  beta1: loose,
  alpha0: loose,
  beta0: loose,
  V: loose,
  churnTerm: loose,
  cost: loose,
  phi: loose,
});

const ChooseLine = z.strictObject({
  op: z.literal('choose'),
  decisionId: name,
  arms: z.array(ArmFields, { error: 'is missing or no list; write a list of arms' }),
  epsNone: fromZero.default(0.1),
  epsArm: fromZero.default(0.02),
  M: wholeFrom(1, 100_000).default(128),
  exploration: chance.default(1),
});

/** `choose`: the exact probability of every arm and of silence, and which of them it is. */
export function choose(line: unknown): Answer {
  const parsed = parseFields(ChooseLine, line);
  if (parsed.kind === 'wrong') {
    return { error: parsed.error };
  }
  const { decisionId, arms, epsNone, epsArm, exploration, M } = parsed.value;
  const error = mistakeIn(arms, epsNone, epsArm);
  if (error !== undefined) {
    return { error };
  }
  const settings = { epsNone, epsArm, exploration, draws: M };
  const choice = chooseArm(decisionId, arms.map(armOf), settings);
  const bad = choice.arms.filter(({ isBadInput }) => isBadInput).map(({ key }) => key);
  return {
    op: 'choose',
    pi: Object.fromEntries([
      ...choice.arms.map(({ key, pi }) => [key, pi] as const),
      [noneKey, choice.piNone],
    ]),
    chosen: choice.chosen,
    u01: choice.u01,
    arms: choice.arms.map(({ key, meanValue, pPlus, win, isSafe, pi }) => ({
      key,
      ...(meanValue === undefined ? {} : { meanEv: meanValue }),
      pPlus,
      win,
      safe: isSafe,
      pi,
    })),
    ...(bad.length === 0 ? {} : { badInput: bad }),
    refused: false,
  };
}

type ArmRow = z.output<typeof ArmFields>;

function armOf(row: ArmRow): Arm {
  return {
    key: row.key,
    // A key is `offer|channel`; of one without a bar it is the offer itself.
    offer: row.offer ?? row.key.split('|')[0] ?? row.key,
    holdKey: row.holdKey ?? row.key,
    prompt: { alpha: row.alpha1, beta: row.beta1 },
    hold: { alpha: row.alpha0, beta: row.beta0 },
    saleValue: row.V,
    churnAvoided: row.churnTerm,
    cost: row.cost,
    fatigueFactor: row.phi,
  };
}

function mistakeIn(arms: readonly ArmRow[], epsNone: number, epsArm: number): string | undefined {
  if (!(epsNone + maxArms * epsArm < 0.5)) {
    return `epsNone: epsNone plus ${maxArms} times epsArm is 0.5 or more; lower one of them`;
  }
  const firstOf = new Map<string, ArmRow>();
  const keys = new Set<string>();
  for (const [at, arm] of arms.entries()) {
    if (arm.key === noneKey || keys.has(arm.key)) {
      const why = arm.key === noneKey ? 'is kept for silence' : 'stands twice';
      return `arms[${at}].key: "${arm.key}" ${why}; give every arm a key of its own`;
    }
    keys.add(arm.key);
    const holdKey = arm.holdKey ?? arm.key;
    const first = firstOf.get(holdKey) ?? arm;
    firstOf.set(holdKey, first);
    for (const field of ['alpha0', 'beta0'] as const) {
      if (
        Number.isFinite(arm[field]) &&
        Number.isFinite(first[field]) &&
        arm[field] !== first[field]
      ) {
        return `arms[${at}].${field}: differs from that of ${first.key}, which has the same holdKey; write the same, or another holdKey`;
      }
    }
  }
  return undefined;
}
