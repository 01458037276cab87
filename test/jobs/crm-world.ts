import {
  createHubspotCrm,
  HubspotConfig,
  provisionHubspot,
} from '../../destinations/hubspot/index.ts';
import { allOn } from '../../src/core/controls.ts';
import type { EventInput, Input } from '../../src/core/input.ts';
import type { Playbook } from '../../src/core/playbook.ts';
import type { CreateFor } from '../../src/jobs/crm-accounts.ts';
import { createCrmMarks } from '../../src/jobs/crm-marks.ts';
import type { CrmSyncWaits } from '../../src/jobs/crm-settings.ts';
import { createCrmSync, type CrmSyncDeps } from '../../src/jobs/crm-sync.ts';
import { createCrmTraffic } from '../../src/jobs/crm-traffic.ts';
import { processBatch } from '../../src/jobs/process-batch.ts';
import { createMetrics } from '../../src/metrics.ts';
import { type HubspotSandboxOptions, startHubspotSandbox } from '../../src/sandbox/hubspot.ts';
import { createCrmBook } from '../../src/store/crm-book.ts';
import { createCrmQueue } from '../../src/store/crm-queue.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { createStateStore } from '../../src/store/state-store.ts';
import { event, noon, playbookOf } from '../core/account/world.ts';
import type { TestRedis } from '../redis-server.ts';
import { openRedis } from '../store/open-redis.ts';
import { keepingLog } from './quiet.ts';

/** One limit of ten reports, and a plan to move to; nothing is offered by itself, so accounts stay ready. */
export const crmPlaybook: Playbook = playbookOf(`
version: 1
events: { Report Created: [report_count, plan_limit] }
plan: { from: account, trait: plan, default: starter }
traits: { user: [email, name], account: [name, domain, website] }
plans: { starter: { monthlyPrice: 49 }, pro: { monthlyPrice: 149 } }
signals:
  work: { events: Report Created }
  reports: { events: Report Created, value: report_count, limit: { property: plan_limit } }
valueMoment: { signal: work, atLeast: 1 }
triggers:
  full: { gauge: reports, atLeast: 100%, kind: limit, offers: [pro] }
offers:
  pro:
    plan: pro
    copy: { headline: "{{ used }} of {{ limit }}", body: Go on, cta_label: Go, cta_url: https://app.example/go }
`);

/** What a test may choose. */
export interface CrmWorldOptions {
  readonly redis: TestRedis;
  readonly sandbox?: Partial<HubspotSandboxOptions>;
  readonly waits?: Partial<CrmSyncWaits>;
  readonly createFor?: CreateFor;
  readonly requestsPerDay?: number;
  readonly newsPerDay?: number;
  readonly deals?: string;
  readonly fallbackOwnerId?: string;
  /** Makes no properties: the portal is as it came. */
  readonly isBare?: boolean;
  /** Uses this portal instead of a new one. */
  readonly at?: string;
}

/** The sync of one test: a real Redis, a portal of its own, and a clock that the test moves. */
export async function openCrmWorld(options: CrmWorldOptions) {
  await using opening = new AsyncDisposableStack();
  const connection = opening.use(await openRedis({ path: options.redis.path }));
  let nowMs = noon;
  const clock = { nowMs: () => nowMs };
  const sandbox = await startHubspotSandbox({
    host: '127.0.0.1',
    port: 0,
    dataDir: undefined,
    log: { info: () => {} },
    clock,
    callsPerWindow: 100_000,
    searchesPerSecond: 1000,
    searchLagMs: 0,
    ...options.sandbox,
  });
  opening.defer(() => sandbox.close());
  const log = keepingLog();
  const config = HubspotConfig.parse({
    accessToken: 'world-token-of-hubspot',
    baseUrl: options.at ?? sandbox.url,
    timeoutMs: 2000,
    requestsPer10s: 250,
    ...(options.deals === undefined ? {} : { deals: options.deals }),
    ...(options.fallbackOwnerId === undefined ? {} : { fallbackOwnerId: options.fallbackOwnerId }),
  });
  const troubles: string[] = [];
  // The limit of 250 in 10 s is for production; tests ask a portal without one.
  const unpaced = { ...config, requestsPer10s: 1_000_000 };
  if (options.isBare !== true) {
    const { problems } = await provisionHubspot(
      unpaced,
      { dryRun: false },
      AbortSignal.timeout(9000),
    );
    if (problems.length > 0) {
      throw new Error(problems.join('\n'));
    }
  }
  const store = createStateStore(connection.redis, clock);
  const queue = createCrmQueue(connection.redis);
  const book = createCrmBook(connection.redis);
  const traffic = createCrmTraffic(clock);
  const deps: CrmSyncDeps = {
    traffic,
    crm: createHubspotCrm(unpaced, {
      clock,
      onTrouble: (sentence) => void troubles.push(sentence),
      onRequest: traffic.note,
    }),
    queue,
    book,
    store,
    ledger: createLedger(connection.redis),
    playbook: crmPlaybook,
    clock,
    log,
    createFor: options.createFor ?? 'all',
    settings: {
      requestsPerDay: options.requestsPerDay ?? 100_000,
      newsPerDay: options.newsPerDay ?? 0,
      ...(options.waits === undefined ? {} : { waits: options.waits }),
    },
  };
  const changing = createCrmMarks(queue, clock, 60_000);
  let messages = 0;
  const take = (inputs: readonly Input[]): Promise<void> =>
    processBatch(inputs, {
      store,
      // Shadow: decided and claimed, and nothing is sent, so prompts stay on their way.
      rules: () => ({ playbook: crmPlaybook, mode: 'shadow', controls: allOn }),
      clock,
      metrics: createMetrics(),
      relay: async () => {},
      quarantine: async () => {},
      changing,
    });
  const told = (accountId: string, more: Partial<EventInput['event']>): EventInput => {
    messages += 1;
    const input = event({ id: `m${messages}`, timeMs: nowMs });
    return { ...input, event: { ...input.event, accountId, ...more } };
  };
  const all = opening.move();
  return {
    sandbox,
    deps,
    log,
    troubles,
    clock,
    redis: connection.redis,
    take,
    /** A report of an account: so many of ten are used. */
    report: (accountId: string, used: number): EventInput =>
      told(accountId, { properties: { reportcount: used, planlimit: 10 } }),
    /** A group call: traits of an account. */
    group: (accountId: string, traits: Readonly<Record<string, string>>): EventInput =>
      told(accountId, { call: 'group', name: '', traits }),
    pass(ms: number): void {
      nowMs += ms;
    },
    /** One run of the sync, a minute later: what was marked is due. */
    async sync(): Promise<boolean> {
      nowMs += 61_000;
      return createCrmSync(deps).syncDue(new AbortController().signal);
    },
    /** The company of an account, by our own id. */
    company: (accountId: string) =>
      sandbox.portal.byUnique('companies', 'product_account_id', accountId),
    /** Requests to objects of one kind since the start. */
    asked: (path: string) =>
      sandbox
        .requests()
        .filter((one) => one.path.startsWith('/crm/objects/') && one.path.endsWith(path)),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
