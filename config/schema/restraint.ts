import { z } from 'zod';
import { dayMs, hourMs } from '../../src/core/duration.ts';
import { duration, probability } from './quantity.ts';
import { Priors } from './offers.ts';

const Cap = z
  .strictObject({
    per: z.enum(['user', 'account']).meta({ description: 'user or account' }),
    max: z.int().min(1).max(60).meta({ description: 'a whole number of prompts from 1 to 60' }),
    within: duration('the length of time that the cap looks back'),
  })
  .meta({ description: 'a cap, such as { per: user, max: 3, within: 30d }' });

/** When a prompt may not go out. Defaults: decision model dm1, section 2. */
export const Guardrails = z
  .strictObject({
    caps: z
      .array(Cap)
      .min(1)
      .max(10)
      .prefault([
        { per: 'user', max: 1, within: '7d' },
        { per: 'user', max: 3, within: '30d' },
        { per: 'account', max: 3, within: '30d' },
      ])
      .meta({
        description: 'a list of frequency caps, such as [{ per: user, max: 3, within: 30d }]',
      }),
    cooldown: z
      .strictObject({
        user: duration('the least time between two prompts of one user').prefault('7d'),
        account: duration('the least time between two prompts of one account').prefault('7d'),
      })
      .prefault({})
      .meta({
        description: 'the least time between two prompts: { user, account }',
      }),
    promptOpenFor: duration(
      'how long an unanswered prompt is open; meanwhile the account gets no other',
    ).prefault('72h'),
    afterSignup: duration('how long nothing is offered after a sign-up', hourMs).prefault('24h'),
    maxPromptAge: duration(
      'how long after its moment a prompt may still be sent',
      60_000,
      7 * dayMs,
    ).prefault('1h'),
  })
  .prefault({})
  .meta({
    description:
      'when a prompt may not go out: { caps, cooldown, promptOpenFor, afterSignup, maxPromptAge }',
  });

function amount(what: string, byDefault: number) {
  return z
    .number()
    .min(0)
    .max(1_000_000)
    .default(byDefault)
    .meta({ description: `${what}: a number from 0, in your currency` });
}

function share(what: string, byDefault: number) {
  return z
    .number()
    .min(0)
    .max(1)
    .default(byDefault)
    .meta({ description: `${what}: a number from 0 to 1` });
}

function rho(kind: string, byDefault: number) {
  return share(
    `the share of churn risk that buying removes, for signals of kind ${kind}`,
    byDefault,
  );
}

function months(what: string, byDefault: number) {
  return z
    .int()
    .min(1)
    .max(120)
    .default(byDefault)
    .meta({ description: `${what}: a whole number of months from 1 to 120` });
}

/** The numbers of the choice between offers and silence. Defaults: decision model dm1, section 2. */
export const Economics = z
  .strictObject({
    margin: z
      .number()
      .gt(0)
      .max(1)
      .default(0.8)
      .meta({ description: 'the gross margin: a number above 0, at most 1' }),
    valueMonths: months('the months of income that a sale is worth', 12),
    lifeMonths: months('the months of income that an account is worth', 24),
    monthlyChurn: probability('the share of accounts that leave in a month').default(0.02),
    attributionDays: z.int().min(1).max(60).default(14).meta({
      description: 'the days within which a purchase counts as answer: a whole number from 1 to 60',
    }),
    fatigueHalfLifeDays: z.number().gt(0).max(365).default(21).meta({
      description:
        'the days after which half of the fatigue of a prompt is gone: above 0, at most 365',
    }),
    fatigueLambda: z.number().min(0).max(10).default(0.5).meta({
      description: 'how strongly fatigue weakens a prompt: a number from 0 to 10',
    }),
    churnPerFatigue: share('the relative rise of churn for each unit of fatigue', 0.15),
    costDismiss: amount('the cost of a dismissal', 0.4),
    costOptOut: amount('the cost of an opt-out', 60),
    costTicket: amount('the cost of a support ticket', 25),
    slotPrice: amount('the price of the one place on the screen', 0.25),
    rho: z
      .strictObject({
        limit: rho('limit', 0.4),
        power: rho('power', 0.1),
        team: rho('team', 0.1),
        explore: rho('explore', 0.1),
        adjacent: rho('adjacent', 0.1),
        none: rho('none', 0.1),
      })
      .prefault({})
      .meta({
        description: 'the share of churn risk that buying removes, by kind of signal',
      }),
    priors: z
      .strictObject({
        limit: Priors.default({ prompt: 0.11, hold: 0.05 }),
        power: Priors.default({ prompt: 0.05, hold: 0.02 }),
        team: Priors.default({ prompt: 0.07, hold: 0.03 }),
        explore: Priors.default({ prompt: 0.03, hold: 0.01 }),
        adjacent: Priors.default({ prompt: 0.04, hold: 0.01 }),
        none: Priors.default({ prompt: 0.006, hold: 0.003 }),
      })
      .prefault({})
      .meta({
        description:
          'the chances of buying by kind of signal, such as { limit: { prompt: 0.11, hold: 0.05 } }',
      }),
  })
  .prefault({})
  .meta({
    description: 'the numbers of the choice between an offer and silence',
  });
