import { describe, expect, it } from 'vitest';
import { adminToken, counted, startHub } from './hub.ts';

const away = { remoteAddress: '203.0.113.9' };

describe('/healthz and /readyz', () => {
  it('say in one sentence that the hub runs and takes events', async () => {
    const { app, metrics } = startHub();
    expect((await app.inject({ url: '/healthz', ...away })).json()).toEqual({
      status: 'ok',
      message: 'The hub is running.',
    });
    const ready = await app.inject({ url: '/readyz', ...away });
    expect([ready.statusCode, ready.json()]).toEqual([
      200,
      { status: 'ready', message: 'The hub takes events.' },
    ]);
    expect((await metrics.ready.get()).values).toMatchObject([{ value: 1 }]);
  });

  it('answers 503 and why when the hub cannot take events, while it still runs', async () => {
    const why = 'Redis does not answer.';
    const { app, metrics } = startHub({ readiness: async () => ({ ready: false, why }) });
    const response = await app.inject({ url: '/readyz' });
    expect([response.statusCode, response.json()]).toEqual([
      503,
      { status: 'not_ready', message: why },
    ]);
    expect((await metrics.ready.get()).values).toMatchObject([{ value: 0 }]);
    expect((await app.inject({ url: '/healthz' })).statusCode).toBe(200);
  });

  it('is not ready when it cannot find out, and keeps the error to itself', async () => {
    const { app } = startHub({
      readiness: () => Promise.reject(new Error('redis://:password@host')),
    });
    const response = await app.inject({ url: '/readyz' });
    expect(response.statusCode).toBe(503);
    expect(response.body).not.toContain('password');
  });
});

describe('/metrics', () => {
  it('are read on this machine, or elsewhere with the admin token', async () => {
    const { app } = startHub();
    const authorization = `Bearer ${adminToken}`;
    for (const from of [
      { remoteAddress: '127.0.0.1' },
      { remoteAddress: '::1' },
      { remoteAddress: '::ffff:127.0.0.1' },
      { ...away, headers: { authorization } },
    ]) {
      const response = await app.inject({ url: '/metrics', ...from });
      expect(response.statusCode).toBe(200);
      expect(response.headers['content-type']).toContain('text/plain');
      expect(response.body).toContain('# TYPE motisig_calls_received_total counter');
    }
  });

  it.each([
    ['elsewhere', away],
    ['elsewhere with a wrong token', { ...away, headers: { authorization: 'Bearer other' } }],
    ['elsewhere with an empty token', { ...away, headers: { authorization: 'Bearer ' } }],
    ['behind a proxy on this machine', { headers: { 'x-forwarded-for': '203.0.113.9' } }],
    ['behind a proxy that says so in the newer way', { headers: { forwarded: 'for=203.0.113.9' } }],
  ])('are refused with 401 %s', async (_where, from) => {
    const { app, metrics } = startHub();
    const response = await app.inject({ url: '/metrics', ...from });
    expect(response.statusCode).toBe(401);
    expect(response.body).not.toContain('motisig_');
    expect(
      await counted(metrics.requestsRefused, { door: 'metrics', reason: 'no_admin_token' }),
    ).toBe(1);
  });

  it('are refused to an empty token when no admin token is set', async () => {
    const { app } = startHub({ adminToken: '' });
    expect(
      (await app.inject({ url: '/metrics', ...away, headers: { authorization: 'Bearer ' } }))
        .statusCode,
    ).toBe(401);
  });
});

describe('other addresses', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/v1/batch'],
    ['POST', '/v1/unknown'],
    ['PUT', '/segment/webhook'],
  ] as const)('answer 404 in one sentence: %s %s', async (method, url) => {
    const { app } = startHub();
    const response = await app.inject({ method, url });
    expect(response.statusCode).toBe(404);
    expect(response.json()).toEqual({
      message: expect.stringMatching(/^There is nothing at this address; .*\.$/u),
    });
  });

  it('may be added by whoever composes the hub, with JSON bodies as usual', async () => {
    const { app } = startHub();
    app.post('/api/echo', async (request) => request.body);
    expect(
      (await app.inject({ method: 'POST', url: '/api/echo', payload: { a: 1 } })).json(),
    ).toEqual({ a: 1 });
    const broken = await app.inject({
      method: 'POST',
      url: '/api/echo',
      headers: { 'content-type': 'application/json' },
      payload: '{"lena',
    });
    expect(broken.statusCode).toBe(400);
    expect(broken.body).not.toContain('lena');
  });
});
