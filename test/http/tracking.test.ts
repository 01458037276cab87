import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  type CapturedRequest,
  capturedRequests,
  hasCaptures,
} from '../connectors/segment/captures.ts';
import { counted, startHub } from './hub.ts';

const basic = (pair: string): { authorization: string } => ({
  authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
});
const key = basic('wk_test:');
const call = { type: 'track', event: 'X', userId: 'u', messageId: 'm', properties: { a: 1 } };
const batch = JSON.stringify({ batch: [call] });

describe.skipIf(!hasCaptures)('real requests of the SDKs (skipped without ../shared)', () => {
  const replay = async (
    file: string,
    toBody: (body: Buffer) => Buffer = (body) => body,
  ): Promise<readonly string[]> => {
    const { app, inbox } = startHub();
    for (const { path, headers, body } of capturedRequests(file)) {
      const { 'content-length': _length, host: _host, ...sent } = headers;
      const response = await app.inject({
        method: 'POST',
        url: path,
        headers: sent,
        payload: toBody(body),
      });
      expect(response.statusCode).toBe(200);
      expect(response.body).toBe('{"success":true}');
    }
    expect(inbox.quarantined).toEqual([]);
    return inbox.inputs.map((input) =>
      input.kind === 'event' ? `${input.event.call} ${input.event.name}`.trim() : input.kind,
    );
  };

  it('are taken from @segment/analytics-node', async () => {
    const calls = await replay('analytics-node-3.1.0.batch.json');
    expect(calls).toEqual([
      'track Report Created',
      'identify',
      'group',
      'page Pricing',
      'screen Home',
      'identity_linked',
      'track Pricing Viewed',
    ]);
  });

  it('are taken from the browser SDK: one-letter paths and text/plain; its alias to oneself is ignored', async () => {
    const calls = await replay('analytics-next-1.84.3.browser.json');
    expect(calls.slice(0, 4)).toEqual(['page', 'identify', 'group', 'track Report Created']);
    expect(calls.length).toBeGreaterThan(6);
  });

  it('are taken from RudderStack: gzip under a form content type', async () => {
    const calls = await replay('rudderstack-node-3.0.13.json', (body) => gzipSync(body));
    expect(calls.slice(0, 3)).toEqual(['identify', 'track Report Created', 'group']);
  });

  it('are taken from Jitsu: X-Write-Key and /api/s/<type>', async () => {
    expect(await replay('jitsu-js-1.11.0.json')).toEqual([
      'identify',
      'track Report Created',
      'group',
      'page Pricing',
    ]);
  });

  it('are stored once more when repeated, with the same ids', async () => {
    const { app, inbox } = startHub();
    const [first]: readonly (CapturedRequest | undefined)[] = capturedRequests(
      'analytics-node-3.1.0.retry.json',
    );
    for (const url of ['/v1/batch', '/v1/batch']) {
      await app.inject({ method: 'POST', url, headers: key, payload: first?.body ?? '' });
    }
    expect(inbox.inputs.map(({ id }) => id)).toEqual(['m-s429_ra1', 'm-s429_ra1']);
  });
});

describe('the Tracking API', () => {
  it.each([
    ['track', 'event'],
    ['t', 'event'],
    ['identify', 'event'],
    ['i', 'event'],
    ['group', 'event'],
    ['g', 'event'],
    ['page', 'event'],
    ['p', 'event'],
    ['screen', 'event'],
    ['s', 'event'],
    ['alias', 'identity_linked'],
    ['a', 'identity_linked'],
  ])('takes one call at /v1/%s, typed by the path', async (path, kind) => {
    const { app, inbox } = startHub();
    const payload = { userId: 'u', event: 'X', groupId: 'g', previousId: 'p' };
    for (const url of [`/v1/${path}`, `/v1/${path}/`]) {
      const response = await app.inject({ method: 'POST', url, headers: key, payload });
      expect(response.statusCode).toBe(200);
    }
    expect(inbox.inputs.map((input) => input.kind)).toEqual([kind, kind]);
    const [input] = inbox.inputs;
    expect(input?.kind === 'event' ? input.event.call.charAt(0) : 'a').toBe(path.charAt(0));
  });

  it('corrects a wrong clock on /v1/batch but not on /v1/import, where calls are old', async () => {
    const { app, inbox } = startHub();
    const old = {
      batch: [{ ...call, timestamp: '2022-01-01T00:00:00Z' }],
      sentAt: '2022-01-01T00:00:00Z',
    };
    for (const url of ['/v1/batch', '/v1/b', '/v1/import']) {
      await app.inject({ method: 'POST', url, headers: key, payload: old });
    }
    const nowMs = Date.UTC(2026, 10, 23, 12, 45);
    expect(inbox.inputs.map((input) => (input.kind === 'event' ? input.event.timeMs : 0))).toEqual([
      nowMs,
      nowMs,
      Date.UTC(2022, 0, 1),
    ]);
  });

  it.each([
    ['Basic', key],
    ['Basic without the colon', basic('wk_test')],
    ['Basic of a key that holds a colon', basic('keyid:secret')],
    ['Basic of such a key with the colon', basic('keyid:secret:')],
    ['X-Write-Key', { 'x-write-key': 'keyid:secret' }],
  ])('lets a write key in by %s', async (_how, headers) => {
    const { app } = startHub();
    expect(
      (await app.inject({ method: 'POST', url: '/v1/batch', headers, payload: batch })).statusCode,
    ).toBe(200);
  });

  it('lets a write key in that stands in the body, and one that stands beside an OAuth token', async () => {
    const { app } = startHub();
    const payload = { batch: [call], writeKey: 'wk_browser' };
    for (const headers of [{}, { authorization: 'Bearer oauth' }]) {
      expect(
        (await app.inject({ method: 'POST', url: '/v1/b', headers, payload })).statusCode,
      ).toBe(200);
    }
  });

  it.each([
    ['none', {}, undefined],
    ['an unknown one', basic('wk_other:'), undefined],
    ['an empty one', basic(':'), undefined],
    ['half of one', { 'x-write-key': 'keyid' }, undefined],
    ['a wrong one in the body', {}, 'wk_other'],
    ['a wrong one in the header and a right one in the body', basic('wk_other:'), 'wk_test'],
    ['an empty one in the body', {}, ''],
  ])('answers 401 to %s', async (_what, headers, writeKey) => {
    const { app, inbox, metrics } = startHub();
    const response = await app.inject({
      method: 'POST',
      url: '/v1/batch',
      headers,
      payload: { batch: [call], writeKey },
    });
    expect(response.statusCode).toBe(401);
    expect(response.json()).toEqual({ message: expect.stringContaining('SEGMENT_WRITE_KEYS') });
    expect(inbox.inputs).toEqual([]);
    expect(
      await counted(metrics.requestsRefused, { door: 'tracking_api', reason: 'unknown_key' }),
    ).toBe(1);
  });

  it('lets nobody in when no write key is set', async () => {
    const { app } = startHub({ writeKeys: [''] });
    expect(
      (await app.inject({ method: 'POST', url: '/v1/batch', headers: basic(':'), payload: batch }))
        .statusCode,
    ).toBe(401);
    expect(
      (
        await app.inject({
          method: 'POST',
          url: '/v1/batch',
          payload: { batch: [call], writeKey: '' },
        })
      ).statusCode,
    ).toBe(401);
  });

  it('answers 429 when the inbox is full, which SDKs wait out, and 503 when the store is gone', async () => {
    const { app, inbox } = startHub();
    inbox.answers = { kind: 'unavailable', retryAfterS: 0, why: 'inbox_full' };
    const full = await app.inject({
      method: 'POST',
      url: '/v1/batch',
      headers: key,
      payload: batch,
    });
    expect([full.statusCode, full.headers['retry-after']]).toEqual([429, '1']);
    inbox.answers = { kind: 'unavailable', retryAfterS: 3, why: 'store_unreachable' };
    const gone = await app.inject({
      method: 'POST',
      url: '/v1/batch',
      headers: key,
      payload: batch,
    });
    expect([gone.statusCode, gone.headers['retry-after']]).toEqual([503, '3']);
  });

  it.each([
    'application/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/octet-stream',
    'garbage',
    'a/b; c',
    '',
  ])('reads JSON whatever the content type says: %j', async (type) => {
    const { app, inbox } = startHub();
    const response = await app.inject({
      method: 'POST',
      url: '/v1/batch',
      headers: { ...key, 'content-type': type },
      payload: batch,
    });
    expect(response.statusCode).toBe(200);
    expect(inbox.inputs).toHaveLength(1);
  });

  it.each([
    ['gzip', gzipSync(batch)],
    ['x-gzip', gzipSync(batch)],
    ['GZIP', gzipSync(batch)],
    ['deflate', deflateSync(batch)],
    ['br', brotliCompressSync(batch)],
    ['identity', Buffer.from(batch)],
  ])('opens a body of Content-Encoding %s', async (encoding, payload) => {
    const { app, inbox } = startHub();
    const headers = {
      ...key,
      'content-type': 'application/x-www-form-urlencoded',
      'content-encoding': encoding,
    };
    expect(
      (await app.inject({ method: 'POST', url: '/v1/batch', headers, payload })).statusCode,
    ).toBe(200);
    expect(inbox.inputs).toHaveLength(1);
  });

  it.each([
    ['gzip', Buffer.from(batch), 400],
    ['gzip', gzipSync(batch).subarray(0, 20), 400],
    ['gzip', gzipSync(''), 400],
    ['zstd', Buffer.from(batch), 415],
    ['toString', Buffer.from(batch), 415],
  ])(
    'answers one sentence to a body that is not what its Content-Encoding %s says',
    async (encoding, payload, status) => {
      const { app } = startHub();
      const response = await app.inject({
        method: 'POST',
        url: '/v1/batch',
        headers: { ...key, 'content-encoding': encoding },
        payload,
      });
      expect(response.statusCode).toBe(status);
      expect(response.json()).toEqual({ message: expect.stringMatching(/^[A-Z].*; .*\.$/u) });
    },
  );

  it('answers a browser’s preflight, and says on every answer that other origins may read it', async () => {
    const { app } = startHub();
    const preflight = await app.inject({
      method: 'OPTIONS',
      url: '/v1/t',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers['access-control-allow-headers']).toContain(
      'authorization, content-type',
    );
    expect(preflight.headers['access-control-allow-headers']).toContain('x-retry-count');
    for (const headers of [key, {}]) {
      const response = await app.inject({ method: 'POST', url: '/v1/t', headers, payload: call });
      expect(response.headers['access-control-allow-origin']).toBe('*');
    }
    expect(
      (await app.inject({ method: 'POST', url: '/segment/webhook', payload: call })).headers[
        'access-control-allow-origin'
      ],
    ).toBeUndefined();
  });
});
