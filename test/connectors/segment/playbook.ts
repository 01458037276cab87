import { guardrailsOf, sequencing } from '../../core/guardrails.ts';
import type { Playbook } from '../../../src/core/playbook.ts';

const prior = { prompt: 0.05, hold: 0.01 };
const offerless = {
  limit: prior,
  power: prior,
  team: prior,
  explore: prior,
  adjacent: prior,
  none: prior,
};
const rho = { limit: 0.5, power: 0.3, team: 0.3, explore: 0.1, adjacent: 0.1, none: 0 };

const counter = {
  id: 1,
  key: 'reports|count|account|ever',
  signal: 'report',
  kind: 'count',
  subject: 'account',
  windowMs: undefined,
  by: undefined,
  value: undefined,
  limit: undefined,
  triggers: [],
} as const;

/** The places of the account in the order of vendors: Segment 5.4. */
const accountKeys = [
  'groupid',
  'accountid',
  'companyid',
  'organizationid',
  'orgid',
  'workspaceid',
  'teamid',
  'tenantid',
];

/**
 * A playbook that keeps what the sample events carry. Only the parts that the connector reads
 * matter here.
 */
export function playbookFor(changes: Partial<Playbook> = {}): Playbook {
  return {
    version: '0000000000000000',
    account: {
      paths: [
        ['context', 'groupid'],
        ['groupid'],
        ...accountKeys.map((key) => ['properties', key]),
        ['context', 'traits', 'groupid'],
        ['context', 'traits', 'company', 'id'],
        ['traits', 'company', 'id'],
      ],
      whenMissing: 'wait',
    },
    traits: {
      user: ['email', 'plan', 'role', 'company.name'],
      account: ['plan', 'employees', 'totalbilled'],
    },
    plan: { subject: 'account', trait: 'plan', fallback: undefined, mrrTrait: 'mrr' },
    plans: new Map(),
    signalsByEvent: new Map(),
    keptProperties: new Map([
      ['track:reportcreated', ['reportcount', 'planlimit']],
      ['track:workflowruncompleted', ['workflow.id', 'stepcount', 'firstrun']],
      [
        'track:customformsaved',
        [
          '2',
          'constructor',
          'tostring',
          'a.b',
          'zero',
          'neg',
          'sci',
          'bool',
          'emptylist',
          'set.plan',
        ],
      ],
      ['track:レポートを作成しました🚀', ['タイトル', 'ключспробелом']],
      ['track:x', ['a', 'isadmin', 'constructor', 'proto']],
      ['page:pricing', ['path']],
      ['screen:upgrade', ['paywallvariant']],
      ['group:', ['employees']],
    ]),
    counters: [counter],
    members: { joined: new Set(), left: new Set(), role: 'role', counters: [] },
    valueMoment: { counter, signal: 'report', atLeast: 1 },
    offers: new Map(),
    errors: undefined,
    sequencing,
    guardrails: guardrailsOf(),
    economics: {
      margin: 0.8,
      valueMonths: 12,
      lifeMonths: 24,
      monthlyChurn: 0.02,
      attributionDays: 7,
      fatigueHalfLifeDays: 7,
      fatigueLambda: 0.3,
      churnPerFatigue: 0.001,
      costDismiss: 0.5,
      costOptOut: 20,
      costTicket: 30,
      slotPrice: 0,
      slotShare: 0,
      rho,
      education: { prompt: 0.3, hold: 0.1, liftNext: 0.03, engage: 0.2 },
      priors: offerless,
    },
    learning: {
      mode: 'fixed',
      holdoutShare: 0,
      salt: 'connector',
      epsNone: 0,
      exploration: 1,
      epsArm: 0,
      draws: 16,
      halfLifeDays: 30,
      kappaRatio: 1,
      kappaCell: 1,
      prior: 'chances',
    },
    ...changes,
  };
}
