import { z } from 'zod';
import { ofLastMax } from '../../src/core/counter/elapsed.ts';
import { weeksMax } from '../../src/core/counter/weekly.ts';
import { dayMs, minuteMs } from '../../src/core/duration.ts';
import { duration, HeightValue, Id, Percentage, PropertyPath, Test } from './quantity.ts';

/** One or several events, as the product sends them. */
export const EventNames = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .transform((names) => (typeof names === 'string' ? [names] : names))
  .meta({
    description:
      'an event or a list of events: the name of a track event, page:Name, screen:Name, $page or $screen (without a name), $identify or $group',
  });

/** What one use of the product means. */
export const Signal = z
  .strictObject({
    events: EventNames,
    where: z.record(PropertyPath, Test).optional().meta({
      description:
        'tests on properties of the event, all of which must hold, such as { tier: enterprise }',
    }),
    value: PropertyPath.optional().meta({
      description:
        'the property that holds the number (gauge, sum, last) or the thing (distinct, first) of the event',
    }),
    limit: z
      .strictObject({
        property: PropertyPath.optional().meta({
          description: 'the property of the event that holds the limit; read first',
        }),
        trait: PropertyPath.optional().meta({
          description:
            'the trait of the account that holds the limit; read when the event does not say',
        }),
        plan: z.string().min(1).optional().meta({
          description: 'the name of a limit under plans; read when neither event nor trait say',
        }),
        fixed: z.number().gt(0).optional().meta({
          description: 'a number above 0; used when nothing else says',
        }),
      })
      .optional()
      .meta({
        description:
          'where the limit of the value, or of how often it happens, is found: { property, trait, plan, fixed }, the first that is known',
      }),
  })
  .meta({
    description: 'a meaning that events have: { events, where, value, limit }',
  });

/** The ways to measure, each naming the signal it measures. */
export const measures = [
  'count',
  'sum',
  'distinct',
  'gauge',
  'first',
  'last',
  'sessions',
  'sequence',
  'elapsed',
  'weekly',
  'trend',
  'ratio',
  'pace',
  'seats',
  'roleShare',
] as const;

/** One of the ways to measure. */
export type Measure = (typeof measures)[number];

const Heights = z
  .union([HeightValue, z.array(HeightValue).min(1).max(16)])
  .transform((heights) => (Array.isArray(heights) ? heights : [heights]))
  .meta({
    description: 'the height at which it fires, or a list of them, such as 3, 80% or [80%, 100%]',
  });

/** The roles of members, in lower case: roles are compared without case. */
const Roles = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1).max(8)])
  .transform((roles) =>
    (typeof roles === 'string' ? [roles] : roles).map((role) => role.trim().toLowerCase()),
  );

/** What a trigger may say beside `when` and `strength`: one measurement, and what follows from it. */
const Measured = z.strictObject({
  count: Id.optional().meta({
    description: 'the signal whose events are counted',
  }),
  sum: Id.optional().meta({
    description: 'the signal whose values are added up',
  }),
  distinct: Id.optional().meta({
    description: 'the signal whose different values are counted, at most 256',
  }),
  gauge: Id.optional().meta({
    description: 'the signal whose newest value is read, on its own or against its limit',
  }),
  first: Id.optional().meta({
    description: 'the signal whose very first event fires',
  }),
  last: Id.optional().meta({
    description: 'the signal whose newest value is compared with atLeast',
  }),
  sessions: Id.optional().meta({
    description: 'the signal whose sessions are counted',
  }),
  sequence: z.array(Id).min(2).max(5).optional().meta({
    description: 'a list of 2 to 5 signals that must happen in this order',
  }),
  elapsed: z
    .strictObject({
      from: Id.meta({ description: 'the signal that starts the watch' }),
      to: Id.meta({ description: 'the signal that stops it' }),
    })
    .optional()
    .meta({
      description: 'the time from one signal to the next of another: { from, to }',
    }),
  weekly: Id.optional().meta({
    description: 'the signal that is looked for in each of the last weeks (Monday to Sunday, UTC)',
  }),
  trend: Id.optional().meta({
    description: 'the signal whose events now are held against those of some time ago',
  }),
  ratio: z
    .strictObject({
      part: Id.meta({ description: 'the signal that is held against the other' }),
      whole: Id.meta({ description: 'the signal that it is held against' }),
    })
    .optional()
    .meta({
      description: 'how often one signal happens for each time of another: { part, whole }',
    }),
  pace: Id.optional().meta({
    description:
      'the signal whose newest value nears its limit; fires when few days are left until then',
  }),
  seats: Roles.optional().meta({
    description: 'all, a role or a list of roles: how many members the account has',
  }),
  roleShare: Roles.optional().meta({
    description: 'a role or a list of roles: the share of the members who have it',
  }),
  of: PropertyPath.optional().meta({
    description:
      "the property to add up (sum) or to tell apart (distinct), or $day for the UTC day, or $user for who did it; otherwise the signal's value",
  }),
  by: PropertyPath.optional().meta({
    description: 'a property: counted apart for each of its values (count and sum)',
  }),
  per: z
    .enum(['account', 'user'])
    .default('account')
    .meta({ description: 'account or user: whose use is measured' }),
  within: duration('the length of the sliding window').optional(),
  gap: duration('the pause that ends a session, 30m by default', minuteMs, dayMs).optional(),
  sessionId: PropertyPath.optional().meta({
    description: "the property that holds the client's own session id, instead of gap",
  }),
  atMost: duration(
    'elapsed: the longest time that is fast; pace: the time until the limit at which it fires',
  ).optional(),
  share: Percentage.refine((share) => share.amount > 0 && share.amount <= 1, {
    error: 'is no part of a whole',
    params: { mend: 'Write a percentage above 0% and up to 100%, such as 80%' },
  })
    .optional()
    .meta({
      description: 'elapsed: how many of the times must be fast, such as 80% (the default)',
    }),
  ofLast: z
    .int()
    .min(2)
    .max(ofLastMax)
    .optional()
    .meta({
      description: `elapsed: how many of the newest times are looked at, a whole number from 2 to ${ofLastMax}; 5 by default`,
    }),
  against: duration('trend: how long ago the window before ended, 14d by default').optional(),
  min: z.int().min(2).max(100_000).optional().meta({
    description:
      'with fewer there is no growth (trend: events, 10 by default), no ratio (of the whole, 10) or no share (roleShare: members, 5): a whole number from 2 to 100000',
  }),
  weeks: z
    .int()
    .min(2)
    .max(weeksMax)
    .optional()
    .meta({
      description: `how many weeks weekly looks back, the current one included: a whole number from 2 to ${weeksMax}; by default as many as atLeast asks for`,
    }),
  atLeast: Heights.optional(),
  rearmBelow: HeightValue.optional().meta({
    description:
      'the height under which a gauge must fall before it fires again, such as 60%; by default 25 points under the threshold',
  }),
  period: PropertyPath.optional().meta({
    description:
      "the property that names the limit's period (gauge), such as 2026-11; by default the calendar month, UTC",
  }),
  kind: z.enum(['limit', 'power', 'team', 'explore', 'adjacent', 'none']).default('none').meta({
    description:
      'limit, power, team, explore, adjacent or none: chooses the chances of buying under economics.priors',
  }),
  where: z.record(z.string().min(1), Test).optional().meta({
    description:
      'what must hold: plan, user.<trait> or account.<trait>, such as { plan: [starter, pro] }',
  }),
  quotes: z.array(PropertyPath).min(1).optional().meta({
    description: 'a list of properties of the event that copy may quote by their names',
  }),
  reopens: z.boolean().default(false).meta({
    description:
      'true: strong enough to name a price again although prices were dismissed, such as a hard limit',
  }),
  offers: z.array(Id).min(1).meta({ description: 'a list of the offers that become candidates' }),
  maxAge: duration('the greatest age of an event that may still fire', 60_000, 30 * dayMs).prefault(
    '24h',
  ),
});

/** One measurement of several: what a trigger measures, without what follows from it. */
export const Condition = Measured.omit({
  by: true,
  kind: true,
  where: true,
  quotes: true,
  reopens: true,
  offers: true,
  maxAge: true,
})
  .extend({
    per: z
      .enum(['account', 'user'])
      .optional()
      .meta({ description: 'account or user: whose use is measured; by default as the trigger' }),
    atLeast: HeightValue.transform((height) => [height])
      .optional()
      .meta({ description: 'the one height that must be reached, such as 3 or 80%' }),
  })
  .meta({
    description: `a measurement: one of ${measures.join(', ')}, such as { count: invite_sent, within: 7d, atLeast: 2 }`,
  });

function conditions(what: string) {
  return z
    .array(Condition)
    .min(1)
    .max(8)
    .optional()
    .meta({ description: `a list of at most 8 measurements, ${what}` });
}

/** Several measurements at once. */
const When = z
  .strictObject({
    all: conditions('all of which must be reached'),
    any: conditions('of which at least one must be reached'),
    not: conditions('of which none may be reached'),
  })
  .meta({ description: 'several measurements at once: { all, any, not }' });

const Strength = z.number().min(0).max(1);

/** A rule: when this much of a signal was seen, or of several, these offers are candidates. */
export const Trigger = Measured.extend({
  when: When.optional(),
  strength: z
    .union([Strength, z.array(Strength).min(1).max(16)])
    .transform((strengths) => (Array.isArray(strengths) ? strengths : [strengths]))
    .optional()
    .meta({
      description:
        'how strong a sign it is: a number from 0 to 1, or a list of one for each height; by default the share that is reached, and of several numbers from 0.5 for the lowest to 1 for the highest',
    }),
}).meta({
  description: `a rule: one of ${measures.join(', ')} with atLeast, or when with several of them, and offers`,
});

/** Usage events of the product with the properties each carries. */
export const Events = z.record(z.string().min(1), z.array(PropertyPath)).default({}).meta({
  description:
    "your product's usage events, each with the list of its properties, such as { Report Created: [report_count] }",
});

/** What must have happened before anything is offered. */
export const ValueMoment = z
  .strictObject({
    signal: Id.meta({
      description: 'the signal that shows that the account got value from the product',
    }),
    atLeast: z
      .int()
      .min(1)
      .max(1_000)
      .default(1)
      .meta({ description: 'how often, ever: a whole number from 1 to 1000' }),
  })
  .meta({
    description: 'the value moment { signal, atLeast }: nothing is offered to an account before it',
  });
