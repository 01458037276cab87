import { z } from 'zod';
import { Context } from './schema/context.ts';
import { Crm } from './schema/crm.ts';
import { Learning } from './schema/learning.ts';
import { Offers, Plan } from './schema/offers.ts';
import { Comparable, Id, PropertyPath } from './schema/quantity.ts';
import { Economics, Guardrails } from './schema/restraint.ts';
import { Upgrade } from './schema/upgrade.ts';
import { EventNames, Events, Signal, Trigger, ValueMoment } from './schema/rules.ts';

/**
 * Where Segment's customers put the account id, most telling first. Counted over the mappings of all destinations of
 * Segment's own catalogue: there is no one place (vendors: Segment, "Where the account id lives").
 */
const accountPaths = [
  'context.groupId',
  'groupId',
  'properties.groupId',
  'properties.accountId',
  'properties.companyId',
  'properties.organizationId',
  'properties.orgId',
  'properties.workspaceId',
  'properties.teamId',
  'properties.tenantId',
  'context.traits.groupId',
  'context.traits.companyId',
  'context.traits.company.id',
  'traits.company.id',
];

const Account = z
  .strictObject({
    paths: z
      .array(z.string().regex(/^(context|properties|traits)\.\S.*$|^[gG]roup_?[iI]d$/u))
      .min(1)
      .default(accountPaths)
      .meta({
        description:
          'a list of places of the account id, first hit wins: groupId, or a path that begins with properties., traits. or context.',
      }),
    whenMissing: z.enum(['wait', 'user']).default('wait').meta({
      description:
        'wait (the event waits until the account of its user is known) or user (each user is an account)',
    }),
  })
  .prefault({})
  .meta({ description: 'who pays: { paths, whenMissing }' });

const PlanSource = z
  .strictObject({
    from: z
      .enum(['account', 'user'])
      .default('account')
      .meta({ description: 'account or user: whose trait names the plan' }),
    trait: z
      .string()
      .min(1)
      .default('plan')
      .meta({ description: 'the trait that names the plan in force' }),
    default: z.string().min(1).optional().meta({
      description: 'the plan of accounts whose plan is not known, one of plans',
    }),
    mrr: z.string().min(1).default('mrr').meta({
      description:
        'the trait that says what is really paid a month (seats, discounts); without it the price of the plan counts',
    }),
  })
  .prefault({})
  .meta({
    description: 'where the plan in force is read: { from, trait, default, mrr }',
  });

const Traits = z
  .strictObject({
    user: z.array(z.string().min(1)).default([]).meta({
      description: 'a list of user traits that copy and conditions read',
    }),
    account: z.array(z.string().min(1)).default([]).meta({
      description: 'a list of account traits that copy and conditions read',
    }),
  })
  .prefault({})
  .meta({
    description: 'the traits to keep: { user, account }; others are never stored',
  });

const Buyers = z
  .strictObject({
    trait: z.string().min(1).default('role').meta({
      description:
        'the user trait that tells the role, role by default; Account Added User and group calls may carry it as well',
    }),
    values: z.array(Comparable).min(1).max(32).default(['owner', 'admin', 'billing']).meta({
      description:
        'a list of the values with which a user may buy, such as [owner, admin, billing]; text is compared without case',
    }),
  })
  .meta({
    description:
      'who may buy, by a trait of users: { trait, values }; without it, whoever acts may',
  });

const Members = z
  .strictObject({
    joined: EventNames.default(['Account Added User', '$group']).meta({
      description:
        'an event or a list of events by which their user becomes a member of the account',
    }),
    left: EventNames.default(['Account Removed User']).meta({
      description: 'an event or a list of events by which their user leaves the account',
    }),
    role: PropertyPath.default('role').meta({
      description: "the trait that holds a member's role, or the property of an event of joining",
    }),
  })
  .prefault({})
  .meta({
    description:
      'how the members of an account are known, for seats and roleShare: { joined, left, role }',
  });

/** Lower case, because the plan that a trait names is compared without case. */
const PlanId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9 _.-]{0,63}$/u)
  .meta({
    description: 'the name of a plan in lower case, as your traits say it',
  });

/** The playbook as people write it: YAML, version 1. Every field says what it means and in which unit. */
export const PlaybookSchema = z
  .strictObject({
    version: z.literal(1).meta({ description: '1, the version of this format' }),
    account: Account,
    plan: PlanSource,
    traits: Traits,
    buyers: Buyers.optional(),
    members: Members,
    events: Events,
    plans: z.record(PlanId, Plan).meta({ description: 'a map of the plans by their names' }),
    signals: z.record(Id, Signal).meta({
      description: 'a map of signals by their names: what events mean',
    }),
    valueMoment: ValueMoment,
    context: Context,
    triggers: z.record(Id, Trigger).meta({
      description: 'a map of triggers by their names: when an offer is raised',
    }),
    offers: Offers,
    guardrails: Guardrails,
    economics: Economics,
    upgrade: Upgrade.optional(),
    crm: Crm,
    learning: Learning,
  })
  .meta({
    title: 'Motisig playbook',
    description: 'a playbook: what the hub watches, offers and refrains from',
  });

/** A playbook whose shape is right: lengths in ms, money in cents, defaults filled in. */
export type PlaybookSource = z.output<typeof PlaybookSchema>;

/** One signal, trigger or offer of it. */
export type SignalSource = PlaybookSource['signals'][string];
export type TriggerSource = PlaybookSource['triggers'][string];
export type OfferSource = PlaybookSource['offers'][string];
