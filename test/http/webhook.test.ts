import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { capturedRequests, hasCaptures, sampleLines } from '../connectors/segment/captures.ts';
import { bearerToken, counted, sharedSecret, startHub } from './hub.ts';

const url = '/segment/webhook';
const bearer = { authorization: `Bearer ${bearerToken}` };
const call = { type: 'track', event: 'X', userId: 'u', messageId: 'm', properties: { a: 1 } };

function sign(text: string): string {
  return createHmac('sha1', sharedSecret).update(text).digest('hex');
}

describe.skipIf(!hasCaptures)(
  'real webhook requests, byte for byte (skipped without ../shared)',
  () => {
    const requests = hasCaptures ? capturedRequests('webhook-actions.json') : [];

    it('are stored when signed, by all their calls, and refused with 401 when they carry no secret', async () => {
      for (const { headers, body } of requests) {
        const { app, inbox } = startHub();
        const { 'content-length': _length, host: _host, ...sent } = headers;
        const response = await app.inject({ method: 'POST', url, headers: sent, payload: body });
        const isSigned = headers['x-signature'] !== undefined;
        expect(response.statusCode).toBe(isSigned ? 200 : 401);
        const calls: unknown = JSON.parse(body.toString());
        expect(inbox.inputs).toHaveLength(isSigned ? (Array.isArray(calls) ? calls.length : 1) : 0);
      }
      expect(requests.length).toBeGreaterThanOrEqual(8);
    });

    it('take all sample calls in one batch, good and wrong', async () => {
      const { app, inbox, metrics } = startHub();
      const lines = [...sampleLines('samples.ndjson'), ...sampleLines('samples-invalid.ndjson')];
      const response = await app.inject({
        method: 'POST',
        url,
        headers: bearer,
        payload: `[${lines.join(',')}]`,
      });
      expect(response.json()).toEqual({ success: true, accepted: 43, quarantined: 9, ignored: 0 });
      expect(inbox.inputs).toHaveLength(43);
      expect(inbox.quarantined).toHaveLength(9);
      expect(await counted(metrics.callsReceived, { door: 'segment_webhook' })).toBe(52);
      expect(await counted(metrics.callsQuarantined, { reason: 'no_id' })).toBe(2);
    });
  },
);

describe('POST /segment/webhook', () => {
  it('answers 200 with the counts when the store has all calls', async () => {
    const { app, inbox } = startHub();
    const response = await app.inject({
      method: 'POST',
      url,
      headers: bearer,
      payload: [call, { ...call, type: 'x' }],
    });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ success: true, accepted: 1, quarantined: 1, ignored: 0 });
    expect(inbox.inputs).toMatchObject([{ id: 'm', kind: 'event' }]);
  });

  it.each([
    ['no secret', {}, 'no_secret'],
    ['a wrong bearer', { authorization: 'Bearer other' }, 'bad_bearer'],
    ['a wrong signature', { 'x-signature': sign('other') }, 'bad_signature'],
  ])('answers 401 to %s, counts it and stores nothing', async (_what, headers, reason) => {
    const { app, inbox, metrics } = startHub();
    const response = await app.inject({
      method: 'POST',
      url,
      headers,
      payload: JSON.stringify(call),
    });
    expect(response.statusCode).toBe(401);
    expect(response.json()).toEqual({ message: expect.stringMatching(/^[A-Z].*\.$/u) });
    expect(inbox.inputs).toEqual([]);
    expect(await counted(metrics.requestsRefused, { door: 'segment_webhook', reason })).toBe(1);
    expect(await counted(metrics.callsReceived, { door: 'segment_webhook' })).toBe(0);
  });

  it.each(['/segment/webhook/', '//segment/webhook', '/segment/webhook?k=1'])(
    'never redirects: %s is the same door',
    async (path) => {
      const { app } = startHub();
      expect(
        (await app.inject({ method: 'POST', url: path, headers: bearer, payload: [call] }))
          .statusCode,
      ).toBe(200);
    },
  );

  it('answers 400 to what is not JSON and to an empty body, without quoting it', async () => {
    const { app, metrics } = startHub();
    const broken = await app.inject({
      method: 'POST',
      url,
      headers: bearer,
      payload: '{"email":"lena@harbor.example"',
    });
    expect(broken.statusCode).toBe(400);
    expect(broken.body).not.toContain('lena');
    expect((await app.inject({ method: 'POST', url, headers: bearer })).statusCode).toBe(400);
    const empty = await app.inject({
      method: 'POST',
      url,
      headers: { ...bearer, 'content-type': 'application/json' },
      payload: '',
    });
    expect(empty.statusCode).toBe(400);
    expect(await counted(metrics.requestsRefused, { reason: 'unreadable_body' })).toBe(1);
    expect(await counted(metrics.requestsRefused, { reason: 'empty_body' })).toBe(2);
  });

  it('checks the signature before it looks at the JSON', async () => {
    const { app } = startHub();
    expect((await app.inject({ method: 'POST', url, payload: '{' })).statusCode).toBe(401);
    expect(
      (
        await app.inject({
          method: 'POST',
          url,
          headers: { 'x-signature': sign('{') },
          payload: '{',
        })
      ).statusCode,
    ).toBe(400);
  });

  it('answers 503 with whole seconds to wait when the store takes nothing', async () => {
    const { app, inbox, metrics } = startHub();
    for (const why of ['store_unreachable', 'inbox_full'] as const) {
      inbox.answers = { kind: 'unavailable', retryAfterS: 1.2, why };
      const response = await app.inject({ method: 'POST', url, headers: bearer, payload: [call] });
      expect(response.statusCode).toBe(503);
      expect(response.headers['retry-after']).toBe('2');
      expect(response.json()).toEqual({ message: expect.any(String) });
      expect(await counted(metrics.requestsRefused, { door: 'segment_webhook', reason: why })).toBe(
        1,
      );
    }
    inbox.answers = { kind: 'stored' };
    expect(
      (await app.inject({ method: 'POST', url, headers: bearer, payload: [call] })).statusCode,
    ).toBe(200);
  });

  it('answers 503 when the store does not answer in time, or throws', async () => {
    const { app, inbox } = startHub({ limits: { answerMsMax: 20 } });
    for (const answers of ['never', new Error('SET lena@harbor.example')] as const) {
      inbox.answers = answers;
      const response = await app.inject({ method: 'POST', url, headers: bearer, payload: [call] });
      expect(response.statusCode).toBe(503);
      expect(response.headers['retry-after']).toBe('5');
      expect(response.body).not.toContain('lena');
    }
  });

  it('takes a batch of 7 MB and refuses 9 MB with 413', async () => {
    const { app, inbox, metrics } = startHub();
    const large = (megabytes: number): string =>
      JSON.stringify([{ ...call, properties: { a: 'x'.repeat(megabytes * 1024 * 1024) } }, call]);
    expect(
      (await app.inject({ method: 'POST', url, headers: bearer, payload: large(7) })).statusCode,
    ).toBe(200);
    expect(inbox.inputs).toHaveLength(2);
    const refused = await app.inject({ method: 'POST', url, headers: bearer, payload: large(9) });
    expect(refused.statusCode).toBe(413);
    expect(refused.json()).toEqual({
      message: 'The body is larger than 8388608 bytes; send smaller batches.',
    });
    expect(
      await counted(metrics.requestsRefused, { door: 'segment_webhook', reason: 'body_too_large' }),
    ).toBe(1);
  });
});
