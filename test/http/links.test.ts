import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UpgradeOrder } from '../../src/links/upgrade-webhook.ts';
import { createUpgradeWebhook } from '../../src/links/upgrade-webhook.ts';
import { createRedis, type RedisConnection, whenReady } from '../../src/store/connection.ts';
import { type Receiver, startReceiver, upgradeSecret } from '../links/receiver.ts';
import { startRedis, type TestRedis } from '../redis-server.ts';
import { decisionIdOf, noonMs } from '../store/samples.ts';
import { counted } from './hub.ts';
import {
  acme,
  type LinkedHub,
  pathWith,
  sellingPlaybook,
  startLinkedHub,
  words,
} from './linked-hub.ts';

let server: TestRedis;
let redis: RedisConnection;
const day = 86_400_000;
const form = { 'content-type': 'application/x-www-form-urlencoded' };

beforeAll(async () => {
  server = await startRedis();
  redis = createRedis(server, 'producer');
  await whenReady(redis, server);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const get = (hub: LinkedHub, url: string, headers = {}) => hub.app.inject({ url, headers });
/** Async, because a request that is only made and not awaited is not sent. */
const post = async (hub: LinkedHub, url: string, payload?: string, headers: object = form) =>
  hub.app.inject({
    method: 'POST',
    url,
    ...(payload === undefined ? {} : { payload, headers: { ...headers } }),
  });
/** What was put on the road, without the person's copies. */
const told = (hub: LinkedHub) =>
  hub.inbox.inputs.flatMap((input) =>
    input.kind === 'feedback' && input.to === 'account' ? [[input.id, input.body]] : [],
  );
const boughtOf = (hub: LinkedHub) =>
  told(hub).filter(([id]) => String(id).startsWith('link.bought.'));
/** Everything that Redis holds, to see that nothing changed. */
async function held(): Promise<string> {
  const keys = (await redis.keys('*')).toSorted();
  return JSON.stringify(await Promise.all(keys.map(async (key) => [key, await redis.dump(key)])));
}

describe('opening a link', () => {
  it('changes nothing, by whatever method and with whatever a scanner or a prefetch sends', async () => {
    const hub = startLinkedHub(redis, { upgrade: async () => 'done' });
    const id = await hub.decide();
    const before = await held();
    for (const action of ['go', 'dismiss', 'unsubscribe'] as const) {
      const url = hub.pathOf(action, id);
      for (const headers of [
        {},
        { 'sec-purpose': 'prefetch' },
        { 'sec-purpose': 'prefetch;prerender' },
      ]) {
        expect((await get(hub, url, headers)).statusCode).toBe(200);
      }
      const head = await hub.app.inject({ method: 'HEAD', url });
      expect([head.statusCode, head.body]).toEqual([200, '']);
    }
    expect([hub.inbox.inputs, await held()]).toEqual([[], before]);
  });

  it('gives a page that nobody keeps, frames, finds or learns the address of', async () => {
    const hub = startLinkedHub(redis);
    const { headers } = await get(hub, hub.pathOf('dismiss', await hub.decide()));
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow',
    });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
  });

  it('gives a friendly page for a token that is forged, of another action, or cut', async () => {
    const hub = startLinkedHub(redis);
    const id = await hub.decide();
    const go = hub.pathOf('go', id);
    const wrong = [
      pathWith('go', id, noonMs + day, 'another secret'),
      go.replace('/go/', '/dismiss/'),
      go.replace('/go/', '/unsubscribe/'),
      go.slice(0, -3),
      `${go}${'x'.repeat(300)}`,
      '/unsubscribe/x',
    ];
    for (const url of wrong) {
      for (const response of [await get(hub, url), await post(hub, url, 'of=all&until=never')]) {
        expect(response.statusCode).toBe(404);
        expect(response.body).toContain('<h1>This link does not work</h1>');
      }
    }
    expect(hub.inbox.inputs).toEqual([]);
  });

  it('says that an offer has ended, and lets nobody act on it', async () => {
    const hub = startLinkedHub(redis);
    const id = await hub.decide();
    for (const action of ['go', 'dismiss'] as const) {
      const url = pathWith(action, id, noonMs - 1000);
      for (const response of [await get(hub, url), await post(hub, url, 'until=never')]) {
        expect([response.statusCode, response.body]).toEqual([
          410,
          expect.stringContaining('<h1>This offer has ended</h1>'),
        ]);
      }
    }
    expect(hub.inbox.inputs).toEqual([]);
  });

  it('says that a link is too old when the ledger no longer has its decision', async () => {
    const hub = startLinkedHub(redis);
    const response = await get(hub, hub.pathOf('go', decisionIdOf(acme, 999_999)));
    expect([response.statusCode, response.body]).toEqual([
      410,
      expect.stringContaining('<h1>This link is too old</h1>'),
    ]);
  });

  it('asks to try again while Redis is away', async () => {
    await using own = await startRedis();
    const away = createRedis(own, 'producer');
    await whenReady(away, own);
    const hub = startLinkedHub(away);
    const id = await hub.decide();
    await own.kill('SIGKILL');
    for (const response of [
      await get(hub, hub.pathOf('go', id)),
      await post(hub, hub.pathOf('dismiss', id), 'until=never'),
    ]) {
      expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '5']);
      expect(response.body).toContain('Please try again in a moment');
    }
    away.disconnect();
  });
});

describe('/go', () => {
  it('leads to the billing page with plan, account and decision', async () => {
    const hub = startLinkedHub(redis);
    const id = await hub.decide();
    const { body } = await get(hub, hub.pathOf('go', id));
    const target = `https://app.example.com/billing?from=hub&amp;motisig_plan=pro&amp;motisig_offer=pro&amp;motisig_account=acme&amp;motisig_decision=${id}`;
    expect(body).toContain(`<a id="go" data-now href="${target}">`);
    expect(body).toContain(
      `<noscript><meta http-equiv="refresh" content="0;url=${target}"></noscript>`,
    );
  });

  it('counts the visit that the page tells of once, with the time of the first', async () => {
    const hub = startLinkedHub(redis);
    const id = await hub.decide();
    const url = hub.pathOf('go', id);
    expect((await post(hub, url, 'act=open')).statusCode).toBe(204);
    hub.clock.nowMs += 9 * day;
    expect((await post(hub, url, 'act=open')).statusCode).toBe(204);
    expect((await post(hub, url)).statusCode).toBe(204);
    expect(hub.inbox.inputs).toMatchObject([
      { id: `link.go.${id}.account`, timeMs: noonMs, body: { kind: 'clicked' } },
      { id: `link.go.${id}.person`, userId: 'lena', decisionId: id },
    ]);
    expect(await counted(hub.metrics.feedback, { vendor: 'links', kind: 'clicked' })).toBe(1);
  });

  it('tells of it again, as the same reaction, when the inbox did not take the first', async () => {
    const hub = startLinkedHub(redis);
    const id = await hub.decide();
    const url = hub.pathOf('go', id);
    hub.inbox.answers = { kind: 'unavailable', retryAfterS: 5, why: 'store_unreachable' };
    expect((await post(hub, url, 'act=open')).statusCode).toBe(503);
    hub.inbox.answers = { kind: 'stored' };
    hub.clock.nowMs += 2 * day;
    expect((await post(hub, url, 'act=open')).statusCode).toBe(204);
    expect(hub.inbox.inputs).toMatchObject([{ timeMs: noonMs }, { timeMs: noonMs }]);
  });

  it('does nothing for a POST that a browser only prepares', async () => {
    const hub = startLinkedHub(redis);
    const url = hub.pathOf('go', await hub.decide());
    const response = await post(hub, url, 'act=open', { ...form, 'sec-purpose': 'prefetch' });
    expect([response.statusCode, hub.inbox.inputs]).toEqual([204, []]);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', ''])('never leads to "%s"', async (cta) => {
    const hub = startLinkedHub(redis);
    const id = await hub.decide({ words: { ...words, cta_url: cta } });
    const response = await get(hub, hub.pathOf('go', id));
    expect([response.statusCode, response.body]).toEqual([
      410,
      expect.stringContaining('This offer leads nowhere'),
    ]);
  });

  it('escapes whatever the words of a prompt hold', async () => {
    const nasty = '"><script>alert(1)</script>';
    const hub = startLinkedHub(redis, { upgrade: async () => 'done' });
    const id = await hub.decide({
      words: { ...words, headline: nasty, cta_url: `https://a.example/?x=${nasty}` },
    });
    for (const action of ['go', 'dismiss'] as const) {
      const { body } = await get(hub, hub.pathOf(action, id));
      expect(body).toContain('&lt;script&gt;');
      expect(body).not.toContain('<script>alert');
    }
  });
});

describe('/go with an upgrade webhook', () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await startReceiver();
  });
  afterAll(() => receiver[Symbol.asyncDispose]());

  const confirm = 'act=confirm&price=9900';
  const start = () =>
    startLinkedHub(redis, {
      upgrade: createUpgradeWebhook({ url: receiver.url, secret: upgradeSecret, timeoutMs: 300 }),
    });
  const callsOf = (id: string) => receiver.calls.filter((call) => call.idempotencyKey === id);

  it('shows what is bought at what price, and that nothing is before the button', async () => {
    const hub = start();
    const id = await hub.decide();
    const { body } = await get(hub, hub.pathOf('go', id));
    expect(body).toContain('<dd>Pro plan</dd>');
    expect(body).toContain('<dd>$99 a month</dd>');
    expect(body).toContain('Confirm: Pro plan for $99 a month');
    expect(body).toContain('Nothing is bought until you confirm.');
    expect(body).not.toContain('data-now href');
    await post(hub, hub.pathOf('go', id), 'act=open');
    expect(callsOf(id)).toEqual([]);
  });

  it('names an add-on and a price with cents', async () => {
    const hub = start();
    const { body } = await get(
      hub,
      hub.pathOf('go', await hub.decide({ chosen: 'salesforce_sync' })),
    );
    expect(body).toContain('<dd>Salesforce sync</dd>');
    expect(body).toContain('<dd>$19.50 a month</dd>');
  });

  it('calls the webhook once for one confirmation, however often and by how many it is sent', async () => {
    receiver.answers(200);
    const hub = start();
    const id = await hub.decide();
    const url = hub.pathOf('go', id);
    const racing = await Promise.all(Array.from({ length: 12 }, () => post(hub, url, confirm)));
    const later = [await post(hub, url, confirm), await get(hub, url)];
    expect(callsOf(id)).toHaveLength(1);
    const order: UpgradeOrder = JSON.parse(callsOf(id)[0]?.body ?? '{}');
    expect(order).toMatchObject({
      decisionId: id,
      accountId: 'acme',
      userId: 'lena',
      offerId: 'pro',
      plan: 'pro',
      monthlyPriceCents: 9900,
      currency: 'USD',
      confirmedMs: noonMs,
    });
    expect(racing.filter(({ body }) => body.includes('<h1>Done, thank you</h1>'))).not.toEqual([]);
    for (const { statusCode, body } of later) {
      expect([statusCode, body]).toEqual([
        200,
        expect.stringContaining('<h1>Done, thank you</h1>'),
      ]);
    }
    expect(told(hub).at(0)).toEqual([`link.go.${id}.account`, { kind: 'clicked' }]);
    // The account learns of the purchase, once.
    expect(boughtOf(hub)).toEqual([
      [`link.bought.${id}.account`, { kind: 'bought', offerId: 'pro' }],
    ]);
    expect(await counted(hub.metrics.upgrades, { outcome: 'done' })).toBe(1);
  });

  it('lets the person try again after a clear no', async () => {
    receiver.answers(500);
    const hub = start();
    const id = await hub.decide();
    const url = hub.pathOf('go', id);
    const failed = await post(hub, url, confirm);
    expect(failed.body).toContain('<h1>That did not work</h1>');
    expect(failed.body).toContain('Nothing was bought.');
    expect(boughtOf(hub)).toEqual([]);
    receiver.answers(200);
    hub.clock.nowMs += 1000;
    expect((await post(hub, url, confirm)).body).toContain('<h1>Done, thank you</h1>');
    const bodies = callsOf(id).map(({ body }) => body);
    expect([bodies.length, new Set(bodies).size]).toEqual([2, 1]);
  });

  it('never asks again when the answer was lost, and says so', async () => {
    receiver.answers('never');
    const hub = start();
    const id = await hub.decide();
    const url = hub.pathOf('go', id);
    for (const response of [
      await post(hub, url, confirm),
      await post(hub, url, confirm),
      await get(hub, url),
    ]) {
      expect(response.body).toContain('<h1>We do not know yet</h1>');
      expect(response.body).not.toContain('<button');
    }
    expect(boughtOf(hub)).toEqual([]);
    expect(callsOf(id)).toHaveLength(1);
  });

  it('takes a call whose caller died for unknown after a minute', async () => {
    const called = Promise.withResolvers<void>();
    const never = Promise.withResolvers<'done'>();
    const hub = startLinkedHub(redis, {
      upgrade: () => {
        called.resolve();
        return never.promise;
      },
    });
    const url = hub.pathOf('go', await hub.decide());
    const first = post(hub, url, confirm);
    await called.promise;
    const second = await post(hub, url, confirm);
    expect(second.body).toContain('<h1>One moment</h1>');
    hub.clock.nowMs += 61_000;
    expect((await get(hub, url)).body).toContain('<h1>We do not know yet</h1>');
    never.resolve('done');
    expect((await first).body).toContain('<h1>Done, thank you</h1>');
  });

  it('tells the truth about an upgrade that was made when Redis went away meanwhile', async () => {
    await using own = await startRedis();
    const away = createRedis(own, 'producer');
    await whenReady(away, own);
    let calls = 0;
    const hub = startLinkedHub(away, {
      upgrade: async () => {
        calls += 1;
        await own.kill('SIGKILL');
        return 'done';
      },
    });
    const url = hub.pathOf('go', await hub.decide());
    expect((await post(hub, url, confirm)).body).toContain('<h1>Done, thank you</h1>');
    await own.restart();
    await whenReady(away, own);
    await post(hub, url, confirm);
    expect(calls).toBe(1);
    away.disconnect();
  });

  it('asks anew when the price is not the one that the person saw', async () => {
    const hub = start();
    const id = await hub.decide();
    const response = await post(hub, hub.pathOf('go', id), 'act=confirm&price=4900');
    expect(response.body).toContain('The price has changed since you opened this page.');
    expect(response.body).toContain('$99 a month');
    expect(callsOf(id)).toEqual([]);
  });

  it('leads to the billing page when the playbook no longer sells the offer', async () => {
    const hub = startLinkedHub(redis, {
      upgrade: async () => 'done',
      playbook: { ...sellingPlaybook, plans: new Map() },
    });
    const url = hub.pathOf('go', await hub.decide());
    expect((await get(hub, url)).body).toContain('data-now href');
    expect((await post(hub, url, confirm)).body).toContain('This is not sold by a click any more');
  });
});

describe('/dismiss', () => {
  it('asks for how long, in the words of the prompt', async () => {
    const hub = startLinkedHub(redis);
    const { body } = await get(hub, hub.pathOf('dismiss', await hub.decide()));
    expect(body).toContain('You’re at 10/10 reports');
    expect([...body.matchAll(/name="until" value="(\w+)"/gu)].map(([, until]) => until)).toEqual([
      'cooldown',
      'next_period',
      'never',
    ]);
  });

  it.each(['cooldown', 'next_period', 'never'])('tells of %s once', async (until) => {
    const hub = startLinkedHub(redis);
    const id = await hub.decide();
    const url = hub.pathOf('dismiss', id);
    for (let times = 0; times < 3; times += 1) {
      const response = await post(hub, url, `until=${until}`);
      expect([response.statusCode, response.body]).toEqual([
        200,
        expect.stringContaining('<h1>Your choice is saved</h1>'),
      ]);
      hub.clock.nowMs += 8 * day;
    }
    expect(told(hub)).toEqual([
      [`link.dismiss.${id}.${until}.account`, { kind: 'dismissed', until }],
    ]);
  });

  it('takes a stronger wish afterwards, and no weaker one', async () => {
    const hub = startLinkedHub(redis);
    const id = await hub.decide();
    const url = hub.pathOf('dismiss', id);
    for (const until of ['cooldown', 'never', 'next_period', 'cooldown']) {
      await post(hub, url, `until=${until}`);
    }
    expect(told(hub).map(([, body]) => body)).toEqual([
      { kind: 'dismissed', until: 'cooldown' },
      { kind: 'dismissed', until: 'never' },
    ]);
    const { body } = await get(hub, url);
    expect(body).toContain('You will not be shown this offer again.');
    expect(body).not.toContain('<button');
  });

  it('asks to choose again for anything else', async () => {
    const hub = startLinkedHub(redis);
    const url = hub.pathOf('dismiss', await hub.decide());
    for (const payload of ['until=tomorrow', 'x', undefined]) {
      expect((await post(hub, url, payload)).statusCode).toBe(400);
    }
    expect(hub.inbox.inputs).toEqual([]);
  });
});

describe('/unsubscribe', () => {
  const boundary = 'b0undary';
  const multipart = `--${boundary}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--${boundary}--\r\n`;

  it.each([
    ['as a form', 'List-Unsubscribe=One-Click', form],
    ['as multipart', multipart, { 'content-type': `multipart/form-data; boundary=${boundary}` }],
    [
      'without a content type that fits',
      'List-Unsubscribe=One-Click',
      { 'content-type': 'text/plain' },
    ],
  ])('opts out at once, without a cookie or a page, %s', async (_, payload, headers) => {
    const hub = startLinkedHub(redis);
    const id = await hub.decide();
    const response = await post(hub, hub.pathOf('unsubscribe', id), payload, headers);
    expect([response.statusCode, response.body, response.headers['set-cookie']]).toEqual([
      200,
      '',
      undefined,
    ]);
    expect(told(hub)).toEqual([
      [`link.unsubscribe.${id}.email.account`, { kind: 'unsubscribed', of: 'email' }],
    ]);
  });

  it('asks which on its page, and confirms what was chosen', async () => {
    const hub = startLinkedHub(redis);
    const id = await hub.decide();
    const url = hub.pathOf('unsubscribe', id);
    expect((await get(hub, url)).body).toContain('<h1>Stop these messages?</h1>');
    const email = await post(hub, url, 'of=email');
    expect(email.body).toContain('You will get no more suggestions by e-mail.');
    const all = await post(hub, url, 'of=all');
    expect(all.body).toContain('neither by e-mail nor inside the product');
    // A mail program's click afterwards takes nothing of it back.
    expect((await post(hub, url, 'List-Unsubscribe=One-Click')).statusCode).toBe(200);
    expect((await post(hub, url, 'of=email')).body).toContain('neither by e-mail nor inside');
    expect(told(hub).map(([, body]) => body)).toEqual([
      { kind: 'unsubscribed', of: 'email' },
      { kind: 'unsubscribed', of: 'all' },
    ]);
    expect((await get(hub, url)).body).toContain('<h1>You are unsubscribed</h1>');
  });

  it('is never too late while the signature is right', async () => {
    const hub = startLinkedHub(redis);
    const url = pathWith('unsubscribe', await hub.decide(), noonMs - 400 * day);
    expect((await get(hub, url)).statusCode).toBe(200);
    expect((await post(hub, url, 'List-Unsubscribe=One-Click')).statusCode).toBe(200);
    expect(told(hub)).toHaveLength(1);
  });

  it('is repeated by the mail program when Redis did not take it', async () => {
    const hub = startLinkedHub(redis);
    const url = hub.pathOf('unsubscribe', await hub.decide());
    hub.inbox.answers = { kind: 'unavailable', retryAfterS: 5, why: 'store_unreachable' };
    const response = await post(hub, url, 'List-Unsubscribe=One-Click');
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '5']);
  });

  it('does nothing for a POST that says nothing', async () => {
    const hub = startLinkedHub(redis);
    const url = hub.pathOf('unsubscribe', await hub.decide());
    for (const payload of [undefined, 'List-Unsubscribe=Maybe', 'of=everything']) {
      expect((await post(hub, url, payload)).statusCode).toBe(400);
    }
    expect(hub.inbox.inputs).toEqual([]);
  });
});

it('no log line holds a token, a person or an account, whatever goes wrong with a link', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'trace', base: null }, { write: (line: string) => lines.push(line) });
  const hub = startLinkedHub(redis, {
    log,
    upgrade: (order) => Promise.reject(Object.assign(new Error('no answer'), { order })),
  });
  const id = await hub.decide();
  const go = hub.pathOf('go', id);
  expect((await post(hub, go, 'act=confirm&price=9900')).statusCode).toBe(500);
  hub.inbox.answers = Object.assign(new Error(`cannot store for lena`), { path: go });
  expect((await post(hub, hub.pathOf('dismiss', id), 'until=never')).statusCode).toBe(500);
  await get(hub, `${go}x`);
  await post(hub, go, 'x'.repeat(20_000));
  await get(hub, '/go/%E0%A4%A');
  expect(lines.length).toBeGreaterThanOrEqual(2);
  const all = lines.join('');
  expect(all).toContain('"door":"links"');
  expect(all).not.toContain(go.split('.')[2]);
  expect(all).not.toMatch(/\/go\/|lena|acme/u);
});
