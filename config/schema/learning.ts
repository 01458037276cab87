import { z } from 'zod';

/** Arms that one decision may weigh: what the floors of all of them together leave must be enough for the best. */
const arms = 8;
const greatestFloor = 0.5;

function floor(what: string, byDefault: number) {
  return z
    .number()
    .min(0)
    .lt(greatestFloor)
    .default(byDefault)
    .meta({ description: `${what}: a number from 0 to below ${greatestFloor}` });
}

function pseudo(what: string, byDefault: number) {
  return z
    .number()
    .gt(0)
    .max(10_000)
    .default(byDefault)
    .meta({ description: `${what}: a number above 0, at most 10000` });
}

function border(what: string) {
  return z
    .number()
    .gt(0)
    .max(1e9)
    .meta({ description: `what is paid a month ${what}: a number above 0` });
}

/** How the hub learns from outcomes, and what it leaves to chance for it. Defaults: decision model dm1, section 2. */
export const Learning = z
  .strictObject({
    mode: z.enum(['fixed', 'learn']).default('fixed').meta({
      description:
        'fixed (the offer worth most by the numbers of this file is always made, to every account) or learn (the numbers follow the outcomes; a holdout and some moments stay silent on purpose)',
    }),
    holdoutShare: z.number().min(0).max(0.5).optional().meta({
      description:
        'the share of accounts that are never prompted, from 0 to 0.5; by default 0.1, and 0.2 below 1000 accounts',
    }),
    salt: z.string().min(1).max(64).default('holdout:v1').meta({
      description: 'a word that deals the accounts out; a new one begins a new experiment',
    }),
    epsNone: floor('the least probability of silence', 0.1),
    epsArm: floor('the least probability of each offer that is safe to make', 0.02),
    exploration: z.number().min(0).max(1).default(1).meta({
      description:
        'how much of the doubt takes part in the choice: from 0 (the best guess wins) to 1 (an offer wins as often as it is likely to be worth most)',
    }),
    M: z.int().min(16).max(4_096).default(128).meta({
      description: 'the draws of a decision: a whole number from 16 to 4096',
    }),
    halfLifeDays: z.number().min(1).max(36_500).default(180).meta({
      description: 'the days after which evidence weighs half: a number from 1 to 36500',
    }),
    kappaRatio: pseudo('the pseudo conversions of each level of pooling', 10),
    kappaCell: pseudo('the pseudo episodes that a prior is worth', 40),
    prior: z.enum(['chances', 'uplift']).default('chances').meta({
      description:
        'what the chances of this file hold for until there are outcomes: chances (of buying when asked and when not, each by itself) or uplift (only their difference, on top of what is learned of buying when not asked)',
    }),
    sizes: z
      .strictObject({
        midFrom: border('from which an account is mid-sized'),
        largeFrom: border('from which it is large'),
      })
      .refine(({ midFrom, largeFrom }) => midFrom < largeFrom, {
        error: 'leaves no mid-sized account: midFrom is not below largeFrom',
        params: {
          mend: 'Write a midFrom below largeFrom, such as { midFrom: 100, largeFrom: 500 }',
        },
      })
      .optional()
      .meta({
        description:
          'accounts of like size are compared: { midFrom, largeFrom }, what they pay a month; without it all together',
      }),
  })
  .refine(({ epsNone, epsArm }) => epsNone + arms * epsArm < greatestFloor, {
    error: `leaves too much to chance: epsNone plus ${arms} times epsArm is ${greatestFloor} or more`,
    params: { mend: 'Lower epsNone or epsArm, such as { epsNone: 0.1, epsArm: 0.02 }' },
  })
  .prefault({})
  .meta({
    description:
      'how the hub learns: { mode, holdoutShare, salt, epsNone, epsArm, exploration, M, halfLifeDays, kappaRatio, kappaCell, prior, sizes }',
  });
