import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import type { Ledger, LedgerEntry } from '../../src/core/ports.ts';
import { createFeedbackRoad } from '../../src/inbox/feedback-road.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createRedis, type RedisConnection, whenReady } from '../../src/store/connection.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { createStateStore } from '../../src/store/state-store.ts';
import { startRedis, type TestRedis } from '../redis-server.ts';
import {
  accountOf,
  changeOf,
  decisionIdOf,
  noonMs,
  recordOf,
  requestOf,
} from '../store/samples.ts';
import { counted, MemoryInbox, startHub } from './hub.ts';
import { createPostHorn, sealed } from './post-horn.ts';

let server: TestRedis;
let redis: RedisConnection;
const acme = accountOf('acme');
const decisionId = decisionIdOf(acme, 1);

beforeAll(async () => {
  server = await startRedis();
  redis = createRedis(server, 'producer');
  await whenReady(redis, server);
  const store = createStateStore(redis, { nowMs: () => noonMs });
  const [loaded] = await store.load([requestOf(acme)]);
  await store.commit([changeOf(loaded, 's', { decisions: [recordOf(acme, 1)] })]);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

function startDoor(ledger: Pick<Ledger, 'read'> = createLedger(redis), urls: string[] = []) {
  const inbox = new MemoryInbox();
  const metrics = createMetrics();
  const { app } = startHub({
    inbox,
    metrics,
    connectors: [createPostHorn('sendgrid', urls)],
    road: createFeedbackRoad({ ledger, inbox, metrics }),
    publicUrl: () => 'https://hub.example.com/below/',
  });
  const post = (payload: string | Buffer, headers: Readonly<Record<string, string>> = {}) =>
    app.inject({ method: 'POST', url: '/webhooks/sendgrid', headers, payload });
  return { app, inbox, metrics, post };
}

const click = { id: 'sendgrid.c1', timeMs: noonMs, kind: 'clicked', decisionId };

describe('POST /webhooks/<vendor>', () => {
  it('tells account and person of a reaction to a decision of the ledger, and counts it', async () => {
    const { inbox, metrics, post } = startDoor();
    const response = await post(sealed([click]));
    expect([response.statusCode, response.json()]).toEqual([200, { success: true }]);
    expect(inbox.inputs).toMatchObject([
      { id: 'sendgrid.c1.account', to: 'account', accountId: 'acme', userId: 'lena', decisionId },
      { id: 'sendgrid.c1.person', to: 'person', accountId: 'acme', userId: 'lena', decisionId },
    ]);
    expect(await counted(metrics.feedback, { vendor: 'sendgrid', kind: 'clicked' })).toBe(1);
  });

  it('keeps the neighbours of an odd report, and the odd ones for the operator with their reasons', async () => {
    const { inbox, metrics, post } = startDoor();
    const response = await post(
      sealed([
        { nonsense: true },
        { id: 'sendgrid.n', timeMs: noonMs, kind: 'seen' },
        { id: 'sendgrid.o', timeMs: noonMs, kind: 'seen', decisionId: decisionIdOf(acme, 9) },
        { id: 'sendgrid.p', timeMs: noonMs, kind: 'seen', decisionId: 'of somebody else' },
        { id: 'sendgrid.e', timeMs: noonMs, kind: 'deleted', userId: 'mia' },
        click,
      ]),
    );
    expect(response.statusCode).toBe(200);
    expect(inbox.inputs.map(({ id, kind }) => [id, kind])).toEqual([
      ['sendgrid.e', 'erasure'],
      ['sendgrid.c1.account', 'feedback'],
      ['sendgrid.c1.person', 'feedback'],
    ]);
    expect(inbox.quarantined.map(({ reason, door }) => [reason, door])).toEqual([
      ['post_horn_unreadable', 'sendgrid_webhook'],
      ['feedback_of_nobody', 'sendgrid_webhook'],
      ['feedback_of_unknown_decision', 'sendgrid_webhook'],
      ['feedback_of_unknown_decision', 'sendgrid_webhook'],
    ]);
    expect(await counted(metrics.callsQuarantined, { reason: 'feedback_of_nobody' })).toBe(1);
    expect(await counted(metrics.feedback, { vendor: 'sendgrid', kind: 'erasure' })).toBe(1);
  });

  it('answers 401 to a body without the signature, in the words of the connector, and stores nothing', async () => {
    const { inbox, metrics, post } = startDoor();
    const response = await post(JSON.stringify([click]));
    expect([response.statusCode, response.json()]).toEqual([
      401,
      { message: 'The seal is missing; send the body as it was sealed.' },
    ]);
    expect(inbox.inputs).toEqual([]);
    const labels = { door: 'sendgrid_webhook', reason: 'bad_signature' };
    expect(await counted(metrics.requestsRefused, labels)).toBe(1);
  });

  it('gives the connector the bytes as they came, whatever the content type says', async () => {
    const { inbox, post } = startDoor();
    for (const type of ['text/plain', 'application/json; charset=latin1', 'nonsense']) {
      expect((await post(`${sealed([click])}\r\n`, { 'content-type': type })).statusCode).toBe(200);
    }
    expect(inbox.inputs).toHaveLength(6);
  });

  it('gives it the public address that the vendor called, query and all', async () => {
    const urls: string[] = [];
    const { app } = startDoor(undefined, urls);
    await app.inject({ method: 'POST', url: '/webhooks/sendgrid?x=1', payload: sealed([click]) });
    expect(urls).toEqual(['https://hub.example.com/below/webhooks/sendgrid?x=1']);
  });

  it('takes a body of 5 MB and answers 413 to a larger one', async () => {
    const { inbox, post } = startDoor();
    const filled = (bytes: number) => {
      const body = sealed([click]);
      return body + ' '.repeat(bytes - body.length);
    };
    expect((await post(filled(5 * 1024 * 1024))).statusCode).toBe(200);
    expect((await post(filled(5 * 1024 * 1024 + 1))).statusCode).toBe(413);
    expect(inbox.inputs).toHaveLength(2);
  });

  it('answers HEAD with 200, and 404 in a sentence for a vendor without a secret and for no vendor', async () => {
    const { app } = startDoor();
    const ask = async (method: 'HEAD' | 'POST', vendor: string) =>
      app.inject({ method, url: `/webhooks/${vendor}` });
    expect((await ask('HEAD', 'sendgrid')).statusCode).toBe(200);
    expect((await ask('HEAD', 'intercom')).statusCode).toBe(404);
    const closed = await ask('POST', 'hubspot');
    expect([closed.statusCode, closed.json()]).toEqual([
      404,
      {
        message:
          'The hub takes nothing from hubspot as long as HUBSPOT_CLIENT_SECRET is not set, because it could not tell a report from a forgery.',
      },
    ]);
    const unknown = await ask('POST', 'constructor');
    expect([unknown.statusCode, unknown.json()]).toEqual([
      404,
      { message: expect.stringContaining('/webhooks/intercom') },
    ]);
  });

  it('answers 503 with Retry-After and stores nothing while Redis is away, and takes the repetition', async () => {
    await using own = await startRedis();
    const away = createRedis(own, 'producer');
    await whenReady(away, own);
    const { inbox, post } = startDoor(createLedger(away));
    await own.kill('SIGKILL');
    const response = await post(sealed([click]));
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '5']);
    expect(inbox.inputs).toEqual([]);
    await own.restart();
    await whenReady(away, own);
    expect((await post(sealed([{ ...click, userId: 'lena' }]))).statusCode).toBe(200);
    away.disconnect();
  });

  it('answers 503 when the inbox stores nothing, and counts nothing as come in', async () => {
    const { inbox, metrics, post } = startDoor();
    inbox.answers = { kind: 'unavailable', retryAfterS: 1, why: 'inbox_full' };
    const response = await post(sealed([click]));
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '1']);
    expect(await counted(metrics.feedback, { vendor: 'sendgrid', kind: 'clicked' })).toBe(0);
  });

  it('looks every decision up once, however many reports name it', async () => {
    const asked: string[] = [];
    const entry = await createLedger(redis).read(decisionId);
    const { inbox, post } = startDoor({
      read: async (id): Promise<LedgerEntry | undefined> => {
        asked.push(id);
        return entry;
      },
    });
    const reports = Array.from({ length: 500 }, (_, at) => ({ ...click, id: `sendgrid.c${at}` }));
    expect((await post(sealed(reports))).statusCode).toBe(200);
    expect([asked, inbox.inputs.length]).toEqual([[decisionId], 1000]);
  });

  it('does not fail a batch for ever because one decision of it cannot be read', async () => {
    const broken = decisionIdOf(acme, 7);
    const ledger = createLedger(redis);
    const { inbox, post } = startDoor({
      read: async (id) => {
        if (id === broken) {
          throw new SyntaxError('an entry of another version');
        }
        return ledger.read(id);
      },
    });
    const odd = { ...click, id: 'sendgrid.odd', decisionId: broken };
    expect((await post(sealed([odd, click]))).statusCode).toBe(200);
    expect([inbox.inputs.length, inbox.quarantined.length]).toEqual([2, 1]);
  });
});

it('the road throws no Fault for a store that is away: it is an answer', async () => {
  const inbox = new MemoryInbox();
  const road = createFeedbackRoad({
    ledger: { read: () => Promise.reject(new Fault('store_unreachable', 'later', 'Away.')) },
    inbox,
    metrics: createMetrics(),
  });
  const { feedback } = createPostHorn().parse(Buffer.from(sealed([click])), noonMs);
  expect(await road.accept('sendgrid', { feedback, erased: [], quarantined: [] }, noonMs)).toEqual({
    kind: 'unavailable',
    retryAfterS: 5,
    why: 'store_unreachable',
  });
});
