import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../src/core/duration.ts';
import { reconcileOfDay } from '../../src/jobs/crm-nightly.ts';
import { reconcile } from '../../src/jobs/crm-reconcile.ts';
import { createCrmSync, startCrmSync } from '../../src/jobs/crm-sync.ts';
import { createMetrics } from '../../src/metrics.ts';
import { startRedis, type TestRedis } from '../redis-server.ts';
import { until } from '../until.ts';
import { openCrmWorld } from './crm-world.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis({ appendFsync: 'no' });
});
afterEach(async () => {
  // Every test begins with an empty hub; the server is this file's own.
  await using world = await openCrmWorld({ redis, isBare: true });
  await world.redis.flushall();
});
afterAll(() => redis.stop());

const accounts = (count: number) =>
  Array.from({ length: count }, (_, at) => `account-${String(at).padStart(4, '0')}`);
const signal = new AbortController().signal;
const ready = { properties: { expansion_stage: 'ready', expansion_score: '70' } };

describe('telling the CRM', () => {
  it('shows an account that reached its limit as ready, with the numbers and the offer', async () => {
    await using world = await openCrmWorld({ redis });
    await world.take([world.group('acme', { name: 'Acme' }), world.report('acme', 10)]);
    await world.sync();
    expect(world.company('acme')?.properties).toMatchObject({
      product_account_id: 'acme',
      name: 'Acme',
      expansion_stage: 'ready',
      expansion_score: '70',
      expansion_recommended_offer: 'pro (plan pro)',
      expansion_monthly_potential: '100',
      expansion_why_now: 'reports 10 of 10 (100 %)',
      expansion_limit_used: '10',
      expansion_plan: 'starter',
    });
    expect(world.sandbox.listed('Expansion: ready')).toEqual(['Acme']);
  });

  it('writes an account once per interval, however many events it has', async () => {
    await using world = await openCrmWorld({ redis });
    for (let used = 1; used <= 10; used += 1) {
      await world.take([world.report('acme', used)]);
    }
    await world.sync();
    await world.sync();
    expect(world.asked('/batch/create')).toHaveLength(1);
    expect(world.asked('/batch/update')).toHaveLength(0);
  });

  it('writes only what changed, and noisy numbers alone only after six hours', async () => {
    await using world = await openCrmWorld({ redis });
    await world.take([world.report('acme', 10)]);
    await world.sync();
    await world.take([world.report('acme', 11)]);
    await world.sync();
    expect(world.asked('/batch/update')).toHaveLength(0);
    world.pass(6 * hourMs);
    await world.sync();
    expect(world.asked('/batch/update').map(({ body }) => body)).toEqual([
      {
        inputs: [
          {
            id: world.company('acme')?.id,
            objectWriteTraceId: 'acme@2',
            properties: {
              expansion_why_now: 'reports 11 of 10 (110 %)',
              expansion_signals: 'reports 11 of 10 (110 %)',
              expansion_usage_summary: 'reports 11 of 10',
              expansion_limit_used: '11',
              expansion_usage_percent: '110',
              expansion_owner_todo: 'Call about pro (plan pro): reports 11 of 10 (110 %)',
              expansion_last_signal_at: expect.any(String),
            },
          },
        ],
      },
    ]);
  });

  it('makes no company for a quiet account, and none for anybody where that is switched off', async () => {
    await using world = await openCrmWorld({ redis, createFor: 'none' });
    await world.take([world.report('busy', 10), world.report('quiet', 2)]);
    await world.sync();
    expect(world.sandbox.portal.objects('companies')).toEqual([]);
    await using open = await openCrmWorld({ redis });
    await open.take([open.report('calm', 2)]);
    await open.sync();
    expect(open.company('calm')).toBeUndefined();
  });

  it('goes from ready to resting to ready by time alone, without any event', async () => {
    await using world = await openCrmWorld({ redis });
    await world.take([world.report('acme', 10)]);
    const [decisionId] = await world.deps.ledger.newestOf('acme');
    await world.take([
      {
        kind: 'prompt_settled',
        id: 'settled.1',
        dedupeDay: undefined,
        receivedMs: world.clock.nowMs(),
        to: 'account',
        decisionId: decisionId ?? '',
        userId: 'lena',
        accountId: 'acme',
        outcome: 'sent',
      },
    ]);
    await world.sync();
    const stage = () => world.company('acme')?.properties['expansion_stage'];
    expect(stage()).toBe('prompted');
    world.pass(3 * dayMs);
    await world.sync();
    expect(stage()).toBe('resting');
    world.pass(5 * dayMs);
    await world.sync();
    expect(stage()).toBe('ready');
    await world.take([world.group('acme', { plan: 'pro' })]);
    await world.sync();
    expect(stage()).toBe('won');
  });
});

describe('finding the company', () => {
  it('adopts the one company of a business domain, writes its id there and nothing that sales owns', async () => {
    await using world = await openCrmWorld({ redis });
    const theirs = {
      name: 'ACME Inc.',
      domain: 'acme.io',
      hubspot_owner_id: '7',
      lifecyclestage: 'customer',
    };
    const company = world.sandbox.portal.put('companies', undefined, theirs, 0);
    await world.take([
      world.group('acme', { name: 'acme-workspace', website: 'https://www.acme.io/start' }),
      world.report('acme', 10),
    ]);
    await world.sync();
    expect(world.company('acme')).toMatchObject({
      id: company.id,
      properties: { ...theirs, ...ready.properties },
    });
    expect(world.sandbox.portal.objects('companies')).toHaveLength(1);
  });

  it.each([
    ['two companies have the domain', [{}, {}]],
    ['the company is another account’s', [{ product_account_id: 'globex' }]],
  ])('writes nothing and tells the operator when %s', async (_case, companies) => {
    await using world = await openCrmWorld({ redis });
    for (const more of companies) {
      world.sandbox.portal.put('companies', undefined, { domain: 'acme.io', ...more }, 0);
    }
    await world.take([world.group('acme', { domain: 'acme.io' }), world.report('acme', 10)]);
    await world.sync();
    expect(world.company('acme')).toBeUndefined();
    expect(world.sandbox.portal.objects('companies')).toHaveLength(companies.length);
    expect((await world.deps.book.read(['acme']))[0]?.standing).toBe('ambiguous');
    expect(world.log.lines.join()).toContain('somebody must look at it');
  });

  it('gives a domain to the first of two accounts, and makes no second company of it', async () => {
    await using world = await openCrmWorld({ redis, sandbox: { searchLagMs: 60_000 } });
    await world.take([world.group('first', { domain: 'acme.io' }), world.report('first', 10)]);
    await world.sync();
    await world.take([world.group('second', { domain: 'acme.io' }), world.report('second', 10)]);
    await world.sync();
    expect(
      world.sandbox.portal
        .objects('companies')
        .map(({ properties }) => properties['product_account_id']),
    ).toEqual(['first']);
  });

  it('does not take gmail.com for the domain of a company', async () => {
    await using world = await openCrmWorld({ redis });
    world.sandbox.portal.put('companies', undefined, { name: 'Somebody', domain: 'gmail.com' }, 0);
    await world.take([world.group('acme', { domain: 'gmail.com' }), world.report('acme', 10)]);
    await world.sync();
    expect(world.asked('/search')).toEqual([]);
    expect(world.company('acme')?.properties['domain']).toBeUndefined();
  });

  it('does not make a company again that a person removed, until it is asked to', async () => {
    await using world = await openCrmWorld({ redis });
    await world.take([world.report('acme', 10)]);
    await world.sync();
    world.sandbox.portal.archive('companies', world.company('acme')?.id ?? '');
    world.pass(7 * hourMs);
    await world.take([world.report('acme', 3)]);
    await world.sync();
    await world.take([world.report('acme', 10)]);
    await world.sync();
    expect(world.company('acme')).toBeUndefined();
    expect(world.log.lines.join()).toContain('--recreate');
    await reconcile(world.deps, { mend: true, recreate: true }, signal);
    await world.sync();
    expect(world.company('acme')).toMatchObject(ready);
  });

  it('follows a merged company to the one that has its id now', async () => {
    await using world = await openCrmWorld({ redis });
    await world.take([world.report('acme', 8)]);
    await world.sync();
    world.sandbox.portal.archive('companies', world.company('acme')?.id ?? '');
    const survivor = world.sandbox.portal.put(
      'companies',
      undefined,
      { product_account_id: 'acme' },
      0,
    );
    await world.take([world.report('acme', 10)]);
    await world.sync();
    expect(world.company('acme')).toMatchObject({ id: survivor.id });
    expect(world.company('acme')?.properties['expansion_stage']).toBe('ready');
  });

  it('takes names of 70 KB, markup and emoji as plain text', async () => {
    await using world = await openCrmWorld({ redis });
    await world.take([
      world.group('html', { name: '<img src=x onerror=alert(1)> \u{1F680} \ud800' }),
      world.group('long', { name: 'x'.repeat(70_000) }),
      world.report('html', 10),
      world.report('long', 10),
    ]);
    await world.sync();
    expect(world.company('html')?.properties['name']).toBe(
      '<img src=x onerror=alert(1)> \u{1F680} \ufffd',
    );
    expect(world.company('long')?.properties['name']).toHaveLength(200);
    const page = await (await fetch(world.sandbox.url)).text();
    expect(page).toContain('&lt;img src=x');
  });
});

describe('when HubSpot refuses', () => {
  it('writes 99 of 100 when one of them makes the whole batch a conflict', async () => {
    await using world = await openCrmWorld({ redis });
    await world.take(accounts(100).map((id) => world.report(id, 8)));
    await world.sync();
    // Somebody gave the id of account-0042 to another company by hand and the record lost its own.
    const guilty = world.company('account-0042');
    world.sandbox.portal.putProperty('companies', {
      name: 'expansion_plan',
      type: 'string',
      fieldType: 'text',
      hasUniqueValue: true,
    });
    world.sandbox.portal.put('companies', undefined, { expansion_plan: 'guilty' }, 0);
    await world.take([world.group('account-0042', { plan: 'guilty' })]);
    await world.take(accounts(100).map((id) => world.report(id, 10)));
    await world.sync();
    const written = accounts(100).filter(
      (id) => world.company(id)?.properties['expansion_stage'] === 'ready',
    );
    expect(written).toHaveLength(99);
    expect(guilty?.id).toBe(world.company('account-0042')?.id);
    expect((await world.deps.book.read(['account-0042']))[0]).toMatchObject({
      standing: 'refused',
      why: expect.stringContaining('409'),
    });
    const before = world.asked('/batch/update').length;
    await world.take([world.report('account-0042', 12)]);
    await world.sync();
    expect(world.asked('/batch/update')).toHaveLength(before);
  });

  it('writes the rest when an option is missing, and says so', async () => {
    await using world = await openCrmWorld({ redis });
    const stage = world.sandbox.portal.property('companies', 'expansion_stage')?.definition;
    const options = stage?.options?.filter(({ value }) => value !== 'ready') ?? [];
    world.sandbox.portal.putProperty('companies', {
      ...stage,
      name: 'expansion_stage',
      type: 'enumeration',
      fieldType: 'select',
      options,
    });
    await world.take([world.report('acme', 10), world.report('near', 8)]);
    await world.sync();
    expect(world.company('acme')?.properties).toMatchObject({ expansion_score: '70' });
    expect(world.company('acme')?.properties['expansion_stage']).toBeUndefined();
    expect(world.company('near')?.properties['expansion_stage']).toBe('warming');
    expect(world.troubles.join()).toContain('motisig hubspot provision');
  });

  it('writes the rest when an admin deleted a property, and all of it when it is back', async () => {
    await using world = await openCrmWorld({ redis });
    const score = world.sandbox.portal.property('companies', 'expansion_score')?.definition;
    world.sandbox.portal.putProperty(
      'companies',
      score ?? { name: '', type: '', fieldType: '' },
      true,
    );
    await world.take([world.report('acme', 10)]);
    await world.sync();
    expect(world.company('acme')?.properties).not.toHaveProperty('expansion_score');
    expect(world.company('acme')?.properties['expansion_stage']).toBe('ready');
    expect(world.troubles.join()).toContain('no property expansion_score');
    world.sandbox.portal.putProperty('companies', score ?? { name: '', type: '', fieldType: '' });
    world.pass(hourMs);
    await world.take([world.report('acme', 8)]);
    await world.sync();
    expect(world.company('acme')?.properties['expansion_score']).toBe('55');
  });

  it.each([
    ['401', 401, 'refuses the access token (401)'],
    ['403', 403, 'lacks the scope crm.objects.companies.write'],
  ])(
    'stops at a %s, says so, asks nothing more, and goes on when the hold has ended',
    async (_name, status, words) => {
      await using world = await openCrmWorld({ redis });
      await world.take(accounts(150).map((id) => world.report(id, 10)));
      world.sandbox.script('create', [{ status }]);
      const before = world.sandbox.requestCount();
      await world.sync();
      await world.sync();
      expect(world.sandbox.requestCount() - before).toBe(1);
      expect(world.log.lines.join()).toContain(words);
      expect(world.log.lines.join()).not.toContain('world-token');
      // Events are taken meanwhile; this is what an operator who mended the token waits for.
      await world.take([world.report('later', 10)]);
      await world.deps.book.unhold();
      world.pass(hourMs);
      await world.sync();
      expect(world.sandbox.portal.objects('companies')).toHaveLength(151);
    },
  );

  it.each([
    ['429', { status: 429, headers: { 'retry-after': '7' } }],
    ['500', { status: 500 }],
    ['502 in HTML', { status: 502, body: '<html>Bad gateway</html>' }],
    ['broken connection', 'reset'],
    ['lost answer', 'done_then_reset'],
    ['silence', 'stall'],
  ] as const)('ends with every company right after a storm of: %s', async (_name, answer) => {
    await using world = await openCrmWorld({ redis });
    await world.take(accounts(20).map((id) => world.report(id, 10)));
    world.sandbox.script('create', answer === 'stall' ? [answer] : [answer, answer, answer]);
    for (let round = 0; round < 6; round += 1) {
      await world.sync();
      await world.deps.book.unhold();
      world.pass(hourMs);
    }
    const companies = world.sandbox.portal.objects('companies');
    expect(companies).toHaveLength(20);
    expect(companies.every(({ properties }) => properties['expansion_stage'] === 'ready')).toBe(
      true,
    );
    expect((await reconcile(world.deps, { mend: false, recreate: false }, signal)).same).toBe(20);
  });

  it('asks nobody after a 429 until the time it named is over', async () => {
    await using world = await openCrmWorld({ redis });
    await world.take([world.report('acme', 10)]);
    world.sandbox.script('create', [{ status: 429, headers: { 'retry-after': '70' } }]);
    await world.sync();
    const held = await world.deps.book.held();
    expect(held?.kind).toBe('busy');
    expect(held?.forMs).toBeGreaterThan(65_000);
  });

  it('stays within the requests of a day and says when they are used up', async () => {
    await using world = await openCrmWorld({ redis, requestsPerDay: 2 });
    await world.take(accounts(400).map((id) => world.report(id, 10)));
    await world.sync();
    expect(world.asked('/batch/create')).toHaveLength(2);
    expect(world.log.lines.join()).toContain('The 2 requests of this day are used up');
  });
});

describe('several at once, and nobody left', () => {
  it('lets one process at a time talk to HubSpot', async () => {
    await using world = await openCrmWorld({ redis });
    await world.take(accounts(300).map((id) => world.report(id, 10)));
    world.pass(61_000);
    const runs = Array.from({ length: 4 }, () => createCrmSync(world.deps).syncDue(signal));
    expect((await Promise.all(runs)).filter(Boolean)).toHaveLength(1);
    expect(world.asked('/batch/create')).toHaveLength(3);
  });

  it('tells of accounts again whose process died, once the lease is over', async () => {
    await using world = await openCrmWorld({ redis });
    await world.take([world.report('acme', 10)]);
    world.pass(61_000);
    const [taken] = await world.deps.queue.take(10, world.clock.nowMs(), 30_000);
    expect(taken?.accountId).toBe('acme');
    expect(await world.deps.queue.take(10, world.clock.nowMs() + 1000, 30_000)).toEqual([]);
    await world.sync();
    expect(world.company('acme')).toMatchObject(ready);
  });

  it('writes an account whole again when a process that stood still may have overwritten it', async () => {
    await using world = await openCrmWorld({ redis });
    await world.take([world.report('acme', 8)]);
    await world.sync();
    await world.take([world.report('acme', 10)]);
    world.pass(61_000);
    const [slow] = await world.deps.queue.take(1, world.clock.nowMs(), 1000);
    await world.sync();
    expect(world.company('acme')).toMatchObject(ready);
    // The slow one's request arrives late, with an older state, and then it says that it is done.
    world.sandbox.portal.put(
      'companies',
      world.company('acme')?.id,
      { expansion_stage: 'warming', expansion_score: '55' },
      0,
    );
    const lost = slow === undefined ? [] : [{ taken: slow, nextDueMs: undefined }];
    expect(await world.deps.book.finish(lost, world.clock.nowMs())).toEqual([false]);
    await world.sync();
    expect(world.company('acme')).toMatchObject(ready);
  });

  it('finds companies again when the hub lost its memory, and doubles none', async () => {
    await using world = await openCrmWorld({ redis });
    const inputs = () => [
      world.group(`account-0000`, { domain: 'acme.io', name: 'Acme' }),
      ...accounts(150).map((id) => world.report(id, 10)),
    ];
    await world.take(inputs());
    await world.sync();
    world.sandbox.portal.put(
      'companies',
      world.company('account-0001')?.id,
      { name: 'Named by sales' },
      0,
    );
    await world.redis.flushall();
    await using again = await openCrmWorld({ redis, at: world.sandbox.url });
    await again.take(inputs());
    const before = world.sandbox.requestCount();
    await again.sync();
    expect(world.sandbox.portal.objects('companies')).toHaveLength(150);
    expect(world.company('account-0001')?.properties['name']).toBe('Named by sales');
    expect(world.sandbox.requestCount() - before).toBeLessThan(12);
  });
});

describe('kill -9 in the middle of a sync', () => {
  it('leaves HubSpot, in the end, with exactly what the hub knows, and nothing twice', async () => {
    await using world = await openCrmWorld({ redis });
    const { portal } = world.sandbox;
    const ids = accounts(80);
    await world.take(ids.map((id) => world.report(id, 10)));
    world.pass(61_000);
    let aheadMs = world.clock.nowMs() - Date.now();
    const start = () =>
      spawn(
        process.execPath,
        [
          fileURLToPath(new URL('killed-crm-sync.ts', import.meta.url)),
          redis.path,
          world.sandbox.url,
          String(aheadMs),
        ],
        { stdio: 'ignore' },
      );
    const companies = () => portal.objects('companies').length;
    for (let kill = 1; kill <= 3; kill += 1) {
      const child = start();
      await until('some companies to be written', async () => companies() >= kill * 15, 40_000);
      child.kill('SIGKILL');
      await once(child, 'exit');
      // What changes while nobody tells of it is told with the rest.
      await world.take([world.report(ids[kill] ?? '', 8)]);
      // The leases of the dead end in their own time, which the clock of the next one has passed.
      aheadMs += 160_000;
    }
    expect(companies()).toBeLessThan(80);
    const last = start();
    const isRight = (id: string, at: number): boolean => {
      const company = world.company(id);
      const stage = company?.properties['expansion_stage'];
      const notes = portal.linkedTo('companies', company?.id ?? '', 'notes').length;
      // One that became less than ready may have been told of before.
      return at >= 1 && at <= 3
        ? stage === 'warming' && notes <= 1
        : stage === 'ready' && notes === 1;
    };
    await until('the last process to tell of all', async () => ids.every(isRight), 60_000).finally(
      () => last.kill('SIGKILL'),
    );
    await once(last, 'exit');
    expect(companies()).toBe(80);
  }, 120_000);
});

describe('reconcile', () => {
  it('finds what people changed or removed, and mends what was only changed', async () => {
    await using world = await openCrmWorld({ redis });
    await world.take(accounts(130).map((id) => world.report(id, 10)));
    await world.sync();
    const id = (account: string) => world.company(account)?.id ?? '';
    world.sandbox.portal.put('companies', id('account-0003'), { expansion_stage: 'won' }, 0);
    world.sandbox.portal.archive('companies', id('account-0004'));
    const looked = await reconcile(world.deps, { mend: false, recreate: false }, signal);
    expect(looked).toMatchObject({
      same: 128,
      drifted: [{ accountId: 'account-0003', names: ['stage'] }],
      absent: ['account-0004'],
    });
    await world.sync();
    expect(world.company('account-0003')?.properties['expansion_stage']).toBe('won');
    await reconcile(world.deps, { mend: true, recreate: false }, signal);
    await world.sync();
    expect(world.company('account-0003')?.properties['expansion_stage']).toBe('ready');
    expect(world.company('account-0004')).toBeUndefined();
    expect((await reconcile(world.deps, { mend: false, recreate: false }, signal)).same).toBe(129);
  });
});

describe('the nightly comparison', () => {
  it('mends what somebody changed, once a day, and after three in the morning', async () => {
    await using world = await openCrmWorld({ redis });
    await world.take([world.report('acme', 10)]);
    await world.sync();
    const id = world.company('acme')?.id;
    const byHand = () =>
      world.sandbox.portal.put('companies', id, { expansion_score: '1' }, world.clock.nowMs());
    byHand();
    const [first, second] = await Promise.all([
      reconcileOfDay(world.deps, signal),
      reconcileOfDay(world.deps, signal),
    ]);
    expect([first, second].filter((one) => one !== undefined)).toMatchObject([
      { drifted: [{ accountId: 'acme', names: ['score'] }], hold: undefined },
    ]);
    await world.sync();
    expect(world.company('acme')?.properties).toMatchObject(ready.properties);
    byHand();
    world.pass(13 * hourMs);
    expect(await reconcileOfDay(world.deps, signal)).toBeUndefined();
    world.pass(2 * hourMs);
    expect(await reconcileOfDay(world.deps, signal)).toMatchObject({ drifted: [{}] });
  });

  it('is tried again when HubSpot could not be asked', async () => {
    await using world = await openCrmWorld({ redis });
    await world.take([world.report('acme', 10)]);
    await world.sync();
    world.sandbox.script('read', [{ status: 503 }]);
    expect(await reconcileOfDay(world.deps, signal)).toMatchObject({ hold: { kind: 'busy' } });
    expect(await reconcileOfDay(world.deps, signal)).toBeUndefined();
    await world.deps.book.unhold();
    expect(await reconcileOfDay(world.deps, signal)).toMatchObject({ same: 1, hold: undefined });
  });
});

describe('the metrics of the sync', () => {
  it('tell what became of accounts, how many wait and that it must wait', async () => {
    await using world = await openCrmWorld({ redis });
    const metrics = createMetrics();
    const deps = { ...world.deps, metrics };
    await world.take([world.report('acme', 10)]);
    world.pass(120_000);
    const running = startCrmSync(deps);
    await until('the write', async () => world.company('acme') !== undefined);
    world.sandbox.script('create', [{ status: 401 }]);
    await world.take([world.report('globex', 10)]);
    world.pass(120_000);
    await until('the hold', async () => (await deps.book.held()) !== undefined);
    await running.stop();
    const text = await metrics.registry.metrics();
    expect(text).toContain('motisig_crm_writes_total{outcome="written"} 1');
    expect(text).toContain('motisig_crm_holds_total{kind="stopped"} 1');
    expect(text).toMatch(/motisig_crm_requests_total [2-9]/u);
    expect(text).toMatch(/motisig_crm_waiting [1-9]/u);
    expect(text).toMatch(/motisig_crm_due \d/u);
    expect(text).toMatch(/motisig_crm_requests_left 99\d\d\d/u);
    expect(text).toMatch(/motisig_crm_last_success_timestamp_seconds \d{10}/u);
    expect(text).toMatch(
      /motisig_crm_last_failure_timestamp_seconds\{kind="not_allowed"\} \d{10}/u,
    );
  });
});
