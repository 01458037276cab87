// A real process for the kill test: tells HubSpot of what is due, ten accounts at a time, until it is killed.
import { createHubspotCrm, HubspotConfig } from '../../destinations/hubspot/index.ts';
import { startCrmSync } from '../../src/jobs/crm-sync.ts';
import { createRedis, whenReady } from '../../src/store/connection.ts';
import { createCrmBook } from '../../src/store/crm-book.ts';
import { createCrmQueue } from '../../src/store/crm-queue.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { createStateStore } from '../../src/store/state-store.ts';
import { crmPlaybook } from './crm-world.ts';
import { createCrmTraffic } from '../../src/jobs/crm-traffic.ts';
import { keepingLog } from './quiet.ts';

const [path = '', baseUrl = '', aheadMs = '0'] = process.argv.slice(2);
// The test's clock stands in another year; this one goes on from there.
const clock = { nowMs: () => Date.now() + Number(aheadMs) };
const redis = createRedis({ path }, 'producer');
await whenReady(redis, { path });
const config = HubspotConfig.parse({ accessToken: 'token', baseUrl, requestsPer10s: 250 });
startCrmSync({
  crm: { ...createHubspotCrm({ ...config, requestsPer10s: 1_000_000 }, { clock }), batchMax: 10 },
  queue: createCrmQueue(redis),
  book: createCrmBook(redis),
  store: createStateStore(redis, clock),
  ledger: createLedger(redis),
  playbook: crmPlaybook,
  clock,
  traffic: createCrmTraffic(clock),
  log: keepingLog(),
  createFor: 'all',
  settings: {
    requestsPerDay: 1_000_000,
    newsPerDay: 1_000_000,
    waits: { pollMs: 20, leaseMs: 60_000, turnMs: 500 },
  },
});
process.stdout.write('started\n');
