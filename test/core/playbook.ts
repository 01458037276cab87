import type { Playbook } from '../../src/core/playbook.ts';
import { dayMs } from '../../src/core/duration.ts';
import { economics } from './decision/economics.ts';
import { guardrailsOf, sequencing } from './guardrails.ts';

/** A playbook without any rule: guardrails and economics only. */
export const barePlaybook: Playbook = {
  version: 'bare',
  account: { paths: [['context', 'groupid']], whenMissing: 'wait' },
  traits: { user: [], account: [] },
  plan: { subject: 'account', trait: 'plan', fallback: undefined, mrrTrait: 'mrr' },
  plans: new Map(),
  signalsByEvent: new Map(),
  keptProperties: new Map(),
  counters: [],
  members: { joined: new Set(), left: new Set(), role: 'role', counters: [] },
  valueMoment: {
    counter: {
      id: 1,
      key: 'value|count|account|ever',
      signal: 'value',
      kind: 'count',
      subject: 'account',
      windowMs: undefined,
      by: undefined,
      value: undefined,
      limit: undefined,
      triggers: [],
    },
    signal: 'value',
    atLeast: 1,
  },
  offers: new Map(),
  errors: undefined,
  sequencing,
  guardrails: guardrailsOf({
    caps: [{ per: 'user', max: 2, withinMs: 30 * dayMs }],
    cooldownMs: { user: 7 * dayMs, account: 7 * dayMs },
  }),
  economics,
  learning: {
    mode: 'fixed',
    holdoutShare: undefined,
    salt: 'holdout:v1',
    epsNone: 0.1,
    epsArm: 0.02,
    draws: 128,
    exploration: 1,
    halfLifeDays: 180,
    kappaRatio: 10,
    kappaCell: 40,
    prior: 'chances',
  },
};
