import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createHubSpotPoll, HubSpotPollConfig } from '../../connectors/hubspot/index.ts';
import { dayMs, dayOf } from '../../src/core/duration.ts';
import { reconcile } from '../../src/jobs/crm-reconcile.ts';
import { countedOwners, countedPoll, settleTraffic } from '../../src/jobs/crm-traffic.ts';
import { createMetrics } from '../../src/metrics.ts';
import { startRedis, type TestRedis } from '../redis-server.ts';
import { openCrmWorld } from './crm-world.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis({ appendFsync: 'no' });
});
afterEach(async () => {
  await using world = await openCrmWorld({ redis, isBare: true });
  await world.redis.flushall();
});
afterAll(() => redis.stop());

type World = Awaited<ReturnType<typeof openCrmWorld>>;

const { signal } = new AbortController();

function pollOf({ sandbox, deps }: World) {
  const config = HubSpotPollConfig.parse({ accessToken: 'token', baseUrl: sandbox.url });
  return countedPoll(createHubSpotPoll(config, { onRequest: deps.traffic.note }), deps);
}

describe('what is spent at HubSpot', () => {
  it('is every request, whoever asks: the sync, the news, look-ups of owners, polls, comparisons', async () => {
    await using world = await openCrmWorld({
      redis,
      newsPerDay: 50,
      deals: 'default/appointmentscheduled',
      fallbackOwnerId: '7',
    });
    const { sandbox, deps, clock } = world;
    const before = sandbox.requestCount();
    await world.take([world.report('acme', 10)]);
    await world.sync();
    const bySync = sandbox.requestCount() - before;
    expect(bySync).toBeGreaterThan(5);
    const [deal] = sandbox.portal.objects('deals');
    const owners = countedOwners(deps.crm, deps);
    await owners.owners([{ kind: 'deal', id: deal?.id ?? '' }], signal);
    expect(sandbox.requestCount() - before - bySync).toBe(3);
    await pollOf(world).ask(undefined, clock.nowMs(), signal);
    await reconcile(deps, { mend: false, recreate: false }, signal);
    expect(sandbox.requestCount() - before - bySync).toBe(5);
    expect(await deps.book.spend(dayOf(clock.nowMs()), 0)).toBe(sandbox.requestCount() - before);
  });

  it('rests the poll until midnight UTC when the day is used up, and asks for owners all the same', async () => {
    await using world = await openCrmWorld({ redis, requestsPerDay: 1 });
    const { sandbox, deps, clock } = world;
    const poll = pollOf(world);
    expect((await poll.ask(undefined, clock.nowMs(), signal)).kind).toBe('page');
    const before = sandbox.requestCount();
    const day = dayOf(clock.nowMs());
    expect(await poll.ask(undefined, clock.nowMs(), signal)).toEqual({
      kind: 'unavailable',
      retryAfterMs: (day + 1) * dayMs - clock.nowMs(),
      trouble: undefined,
    });
    expect(sandbox.requestCount()).toBe(before);
    const contact = { kind: 'contact', id: '5' } as const;
    expect((await countedOwners(deps.crm, deps).owners([contact], signal)).kind).toBe('known');
    expect(sandbox.requestCount()).toBe(before + 1);
    world.pass(dayMs);
    expect((await poll.ask(undefined, clock.nowMs(), signal)).kind).toBe('page');
  });

  it('is shown with what is left of the day, what was refused by the limit, and when it last failed by kind', async () => {
    await using world = await openCrmWorld({ redis, requestsPerDay: 100 });
    const { sandbox, clock } = world;
    const metrics = createMetrics();
    const deps = { ...world.deps, metrics };
    const owners = countedOwners(deps.crm, deps);
    const contact = { kind: 'contact', id: '5' } as const;
    const firstS = clock.nowMs() / 1000;
    await owners.owners([contact], signal);
    world.pass(5000);
    sandbox.script('read', [{ status: 429 }, { status: 503 }, { status: 401 }, 'reset']);
    for (let asked = 0; asked < 4; asked += 1) {
      await owners.owners([contact], signal);
    }
    const text = await metrics.registry.metrics();
    expect(text).toContain('motisig_crm_requests_total 5');
    expect(text).toContain('motisig_crm_requests_limited_total 1');
    expect(text).toContain('motisig_crm_requests_left 95');
    expect(text).toContain(`motisig_crm_last_success_timestamp_seconds ${firstS}`);
    for (const kind of ['limited', 'away', 'not_allowed', 'silent']) {
      expect(text).toContain(
        `motisig_crm_last_failure_timestamp_seconds{kind="${kind}"} ${firstS + 5}`,
      );
    }
  });

  it('waits in memory while Redis is away, and is counted once', async () => {
    await using world = await openCrmWorld({ redis });
    const { deps, clock } = world;
    await settleTraffic(deps);
    const day = dayOf(clock.nowMs());
    const before = await deps.book.spend(day, 0);
    deps.traffic.note('done');
    const away = { spend: () => Promise.reject(new Error('away')) };
    await expect(settleTraffic({ ...deps, book: away })).rejects.toThrow('away');
    deps.traffic.note('limited');
    await settleTraffic(deps);
    await settleTraffic(deps);
    expect(await deps.book.spend(day, 0)).toBe(before + 2);
  });
});
