import { z } from 'zod';

/** What happens in a product on a day, and what it can mean. `none`: nothing happened (a calendar asks all the same). */
export const signals = ['limit', 'power', 'team', 'explore', 'adjacent', 'none'] as const;
export type Signal = (typeof signals)[number];

function share(byDefault: number, most = 1) {
  return z.number().min(0).max(most).default(byDefault);
}

function truth(p0: number, tau: number) {
  return z
    .strictObject({ p0: z.number().min(0).max(1), tau: z.number().min(-1).max(1) })
    .default({ p0, tau });
}

/**
 * A world with a known truth (dm1 section 17): what accounts do, buy, bear and leave over. `p0` is the chance of buying within
 * 14 days when left alone, `tau` what asking adds at sensitivity 1 for somebody who was not asked lately.
 */
export const World = z.strictObject({
  name: z.string().regex(/^[\w. -]{1,40}$/u),
  description: z.string().max(200).default(''),
  signals: z
    .strictObject({
      limit: truth(0.06, 0.1),
      power: truth(0.01, 0.035),
      team: truth(0.07, 0.015),
      explore: truth(0.004, 0.025),
      adjacent: truth(0.008, 0.05),
      none: truth(0.003, 0.006),
    })
    .prefault({}),
  /** Multiplies every tau. */
  effect: z.number().min(-10).max(10).default(1),
  /** From this day on tau is multiplied by `driftEffect`; undefined: nothing changes. */
  driftDay: z.int().min(0).optional(),
  driftEffect: z.number().min(-10).max(10).default(1),
  /** Mean of the days from decision to purchase beyond the first. */
  delayDays: z.number().gt(0).max(60).default(3.5),
  monthlyChurn: share(0.02),
  /** Relative rise of the churn per unit of fatigue; how strongly fatigue weakens a prompt; days after which half is gone. */
  churnPerFatigue: share(0.35, 10),
  fatigueLambda: share(0.55, 10),
  fatigueHalfLifeDays: z.number().gt(0).max(365).default(20),
  /** Of those who do not buy: dismissed, and complained, when fresh. */
  dismissed: share(0.4, 0.9),
  complained: share(0.003),
  medianMrr: z.number().gt(0).max(1e6).default(150),
  mrrSigma: share(0.9, 3),
  /** Shares of accounts that grow and that explore; the others stay as they are. */
  growing: share(0.3),
  exploring: share(0.35),
  /** Chance a day of a signal that means little. */
  falseSignals: share(0.015),
});
export type World = z.output<typeof World>;

const HarmfulPower = { power: { p0: 0.01, tau: -0.01 } };

/** The worlds that come along. */
export const shippedWorlds: readonly World[] = [
  { name: 'base', description: 'as guessed from what is published' },
  { name: 'small', description: 'effects of three tenths', effect: 0.3 },
  { name: 'null', description: 'asking adds nothing', effect: 0 },
  {
    name: 'harmful',
    description: 'asking after a power signal puts people off',
    signals: HarmfulPower,
  },
  {
    name: 'misprior',
    description: 'the priors are the wrong way round: what is believed strong is weak',
    signals: {
      limit: { p0: 0.06, tau: 0.01 },
      team: { p0: 0.03, tau: 0.08 },
      explore: { p0: 0.004, tau: 0.06 },
    },
  },
  {
    name: 'drift',
    description: 'from day 180 asking works half as well',
    driftDay: 180,
    driftEffect: 0.5,
  },
  { name: 'delay', description: 'purchases take 9 days', delayDays: 9 },
  { name: 'touchy', description: 'fatigue makes twice as many leave', churnPerFatigue: 0.7 },
].map((world) => World.parse(world));
