import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { DecisionRecord } from '../../src/core/decision/record.ts';
import type { Playbook } from '../../src/core/playbook.ts';
import { createFeedbackRoad } from '../../src/inbox/feedback-road.ts';
import { createLinkDesk } from '../../src/links/desk.ts';
import { createLinkMaker, type LinkAction, signToken } from '../../src/links/token.ts';
import type { UpgradeWebhook } from '../../src/links/upgrade-webhook.ts';
import { createMetrics, type Metrics } from '../../src/metrics.ts';
import type { RedisConnection } from '../../src/store/connection.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { createLinkActs } from '../../src/store/link-acts.ts';
import { createStateStore } from '../../src/store/state-store.ts';
import { offerOf } from '../core/offer.ts';
import { barePlaybook } from '../core/playbook.ts';
import { accountOf, changeOf, noonMs, promptOf, recordOf, requestOf } from '../store/samples.ts';
import { MemoryInbox, startHub } from './hub.ts';

export const linkSecret = 'secret-of-the-links';
export const acme = accountOf('acme');

const offer = offerOf();

/** A playbook that sells Pro for 99 dollars, and an add-on. */
export const sellingPlaybook: Playbook = {
  ...barePlaybook,
  plans: new Map([['pro', { id: 'pro', monthlyPriceCents: 9900, limits: new Map() }]]),
  offers: new Map([
    ['pro', offer],
    [
      'salesforce_sync',
      { ...offer, id: 'salesforce_sync', sells: { kind: 'addon', monthlyPriceCents: 1950 } },
    ],
  ]),
  upgrade: { webhook: 'https://app.example.com/upgrades', currency: 'USD' },
};

/** The words of the prompts of these tests. */
export const words = {
  headline: 'You’re at 10/10 reports',
  body: 'Pro has no limit.',
  cta_label: 'See Pro',
  cta_url: 'https://app.example.com/billing?from=hub',
};

/** A hub with the doors of links over a real Redis, an inbox in memory, and a clock that a test moves. */
export interface LinkedHub {
  readonly app: FastifyInstance;
  readonly inbox: MemoryInbox;
  readonly metrics: Metrics;
  readonly clock: { nowMs: number };
  /** Writes a decision of `acme` into the ledger; gives its id. */
  decide(changes?: Partial<DecisionRecord>): Promise<string>;
  /** The path of a link of a decision, as its prompt carries it. */
  pathOf(action: LinkAction, decisionId: string): string;
}

let decided = 0;

export function startLinkedHub(
  redis: RedisConnection,
  options: {
    readonly upgrade?: UpgradeWebhook;
    readonly playbook?: Playbook;
    readonly log?: Logger;
  } = {},
): LinkedHub {
  const inbox = new MemoryInbox();
  const metrics = createMetrics();
  const clock = { nowMs: noonMs };
  const ledger = createLedger(redis);
  const hubClock = { nowMs: () => clock.nowMs };
  const links = createLinkDesk({
    ledger,
    acts: createLinkActs(redis),
    road: createFeedbackRoad({ ledger, inbox, metrics }),
    playbook: options.playbook ?? sellingPlaybook,
    secret: linkSecret,
    clock: hubClock,
    upgrade: options.upgrade,
    onUpgrade: (outcome) => metrics.upgrades.inc({ outcome }),
  });
  const { app } = startHub({
    inbox,
    metrics,
    links,
    clock: hubClock,
    ...(options.log === undefined ? {} : { log: options.log }),
  });
  const store = createStateStore(redis, { nowMs: () => noonMs });
  return {
    app,
    inbox,
    metrics,
    clock,
    async decide(changes = {}) {
      decided += 1;
      const record = { ...recordOf(acme, decided), words, ...changes };
      const [loaded] = await store.load([requestOf(acme)]);
      await store.commit([changeOf(loaded, 's', { decisions: [record] })]);
      return record.decisionId;
    },
    pathOf(action, decisionId) {
      const prompt = { ...promptOf(acme), decisionId };
      return new URL(createLinkMaker('https://hub.example.com', linkSecret)(prompt)[action])
        .pathname;
    },
  };
}

/** A link that is over, or was made by a key of somebody else. */
export function pathWith(
  action: LinkAction,
  decisionId: string,
  expiresMs: number,
  secret = linkSecret,
): string {
  return `/${action}/${signToken(action, { decisionId, expiresMs }, secret)}`;
}
