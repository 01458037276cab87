import { z } from 'zod';
import { dayMs, hourMs } from '../../src/core/duration.ts';
import { duration, Id, probability } from './quantity.ts';
import { Priors } from './offers.ts';

const Cap = z
  .strictObject({
    per: z.enum(['user', 'account']).meta({ description: 'user or account' }),
    max: z.int().min(1).max(60).meta({ description: 'a whole number of prompts from 1 to 60' }),
    within: duration('the length of time that the cap looks back'),
  })
  .meta({ description: 'a cap, such as { per: user, max: 3, within: 30d }' });

function gate(whose: string, max: number) {
  return z
    .strictObject({
      max: z
        .int()
        .min(1)
        .max(60)
        .default(max)
        .meta({ description: `how many dismissed prices ${whose} close the gate, 1 to 60` }),
      within: duration('how long a dismissal counts').prefault('60d'),
    })
    .prefault({})
    .meta({ description: `dismissed prices ${whose}: { max, within }` });
}

const ClockTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/u)
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)))
  .meta({ description: 'a time of day, such as "20:00"' });

const TimeZone = z
  .string()
  .refine((zone) => Intl.supportedValuesOf('timeZone').includes(zone) || zone === 'UTC', {
    error: 'is no time zone',
    params: { mend: 'Write an IANA name, such as Europe/Berlin or UTC' },
  })
  .meta({ description: 'an IANA time zone, such as Europe/Berlin' });

/** When no e-mail leaves, in the time zone of the person. */
const QuietHours = z
  .strictObject({
    from: ClockTime.prefault('20:00'),
    until: ClockTime.prefault('08:00'),
    weekends: z
      .boolean()
      .default(true)
      .meta({ description: 'true: Saturday and Sunday are quiet as well' }),
    trait: z
      .string()
      .min(1)
      .default('timezone')
      .meta({ description: "the user trait that names the person's time zone" }),
    timezone: TimeZone.default('UTC'),
  })
  .prefault({})
  .meta({ description: 'when no e-mail leaves: { from, until, weekends, trait, timezone }' });

/** When a cross-sell waits for an upgrade, or for what was bought to be in use (dm1 section 7, rule 7). */
const Sequencing = z
  .strictObject({
    afterUpgrade: duration('how long nothing is cross-sold after an upgrade').prefault('21d'),
    steadyFor: duration('how long after an upgrade usage must be steady for a cross-sell').prefault(
      '60d',
    ),
    maxVariation: z.number().gt(0).max(10).default(0.35).meta({
      description:
        'the coefficient of variation of the last four weekly totals that is still steady: a number above 0',
    }),
    limitPressure: z.number().gt(0).max(1).default(0.8).meta({
      description: 'the used share of a limit from which an upgrade is the bigger need, 0 to 1',
    }),
    usage: Id.optional().meta({
      description: 'the signal whose weekly totals show usage; without it only time is waited for',
    }),
  })
  .prefault({})
  .meta({
    description:
      'when a cross-sell waits: { afterUpgrade, steadyFor, maxVariation, limitPressure, usage }',
  });

/** When a prompt may not go out. Defaults: decision model dm1, section 2. */
export const Guardrails = z
  .strictObject({
    caps: z
      .array(Cap)
      .min(1)
      .max(10)
      .prefault([
        { per: 'user', max: 2, within: '7d' },
        { per: 'user', max: 3, within: '30d' },
        { per: 'account', max: 3, within: '30d' },
      ])
      .meta({
        description:
          'a list of frequency caps over in-app prompts and e-mails together, such as [{ per: user, max: 3, within: 30d }]',
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
    maxEmailAge: duration(
      'how long after its time an e-mail may still be sent',
      hourMs,
      7 * dayMs,
    ).prefault('12h'),
    afterTicket: duration(
      'how long nothing is offered to an account after a support ticket',
      dayMs,
    ).prefault('24h'),
    afterDismissal: z
      .strictObject({
        offer: duration('how long a dismissed offer is not made again').prefault('30d'),
        family: duration(
          'how long nothing of its kind (upgrades, the same add-on) is offered',
        ).prefault('14d'),
      })
      .prefault({})
      .meta({ description: 'the quiet after a dismissal: { offer, family }' }),
    afterPurchase: z
      .strictObject({
        upgrade: duration('how long no upgrade is offered after one was bought').prefault('60d'),
        crosssell: duration('how long an add-on is not offered after it was bought').prefault(
          '30d',
        ),
      })
      .prefault({})
      .meta({ description: 'the quiet after a purchase: { upgrade, crosssell }' }),
    dismissalGate: z
      .strictObject({
        user: gate('of a user', 2),
        account: gate('of an account', 5),
        askAgainAfter: duration(
          'how long after a person engaged with the education prices may be named again',
        ).prefault('7d'),
      })
      .prefault({})
      .meta({
        description:
          'so many dismissed prices and education comes first: { user, account, askAgainAfter }',
      }),
    quietHours: QuietHours,
    followUpAfter: duration(
      'how long after a dismissal, or after a prompt that was ignored, the e-mail follows',
      hourMs,
      14 * dayMs,
    ).prefault('20h'),
    whenNotSeen: z.enum(['drop', 'email']).default('drop').meta({
      description:
        'drop or email: what follows a prompt of which nothing says that the person saw it',
    }),
    presumeSeen: z.boolean().default(false).meta({
      description:
        "true or false: the person's own activity after delivery counts as having seen the prompt (for workspaces whose Intercom sends no receipts)",
    }),
    testUsers: z
      .strictObject({
        ids: z.array(z.string().min(1)).default([]).meta({ description: 'a list of user ids' }),
        emailDomains: z
          .array(z.string().regex(/^[a-z0-9.-]+\.[a-z]+$/u))
          .default([])
          .meta({ description: 'a list of e-mail domains in lower case, such as [example.com]' }),
        trait: z.string().min(1).optional().meta({
          description: 'a user trait that is true for people of your own',
        }),
      })
      .prefault({})
      .meta({ description: 'who is never prompted: { ids, emailDomains, trait }' }),
    perMinute: z.int().min(1).max(10_000).default(1_000).meta({
      description:
        'the most prompts a minute over the whole workspace: a whole number from 1 to 10000',
    }),
    sequencing: Sequencing,
  })
  .prefault({})
  .meta({
    description: 'when a prompt may not go out: caps, cooldowns, quiet times, gates',
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
    slotShare: share(
      'what the place on the screen costs a price besides, as a share of the sale',
      0,
    ),
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
    education: z
      .strictObject({
        prompt: probability('the chance that the feature is used once it was taught').default(0.3),
        hold: probability('the chance that the feature is used without the lesson').default(0.1),
        liftNext: share('how much likelier a user of the feature buys next', 0.03),
        engage: share('the chance that a person engages with a lesson', 0.2),
      })
      .prefault({})
      .meta({ description: 'what a lesson does: { prompt, hold, liftNext, engage }' }),
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
