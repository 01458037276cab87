import pino from 'pino';
import { expect, it } from 'vitest';
import { bearerToken, startHub } from './hub.ts';

function startLogged() {
  const lines: string[] = [];
  let nowMs = Date.UTC(2026, 10, 23);
  const hub = startHub({
    log: pino({ base: null, timestamp: false }, { write: (line: string) => lines.push(line) }),
    clock: { nowMs: () => nowMs },
  });
  return { ...hub, lines, wait: (ms: number) => (nowMs += ms) };
}

const payload = JSON.stringify([{ type: 'track', event: 'X', userId: 'lena@harbor.example' }]);

it('tells of refused requests once, then at most once a minute with their number', async () => {
  const { app, lines, wait } = startLogged();
  const refused = () =>
    app.inject({
      method: 'POST',
      url: '/segment/webhook',
      headers: { authorization: 'Bearer wrong-token' },
      payload,
    });
  await refused();
  await refused();
  await refused();
  wait(60_000);
  await refused();
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 40, door: 'segment_webhook', reason: 'bad_bearer', status: 401, requests: 1 },
    { level: 40, reason: 'bad_bearer', requests: 3 },
  ]);
});

it('tells where the store failed but never what it was given: no body, key or address is in the log', async () => {
  const { app, inbox, lines } = startLogged();
  inbox.answers = Object.assign(new Error('ERR SET lena@harbor.example'), {
    code: 'ECONNRESET',
    command: { args: ['lena@harbor.example'] },
  });
  const headers = { authorization: `Bearer ${bearerToken}` };
  expect(
    (await app.inject({ method: 'POST', url: '/segment/webhook', headers, payload })).statusCode,
  ).toBe(503);
  await app.inject({
    method: 'POST',
    url: '/v1/batch',
    headers: { 'x-write-key': 'wk_wrong' },
    payload,
  });
  await app.inject({ method: 'POST', url: '/segment/webhook', headers, payload: payload.slice(1) });
  expect(lines.map((line) => JSON.parse(line))[0]).toMatchObject({
    level: 50,
    door: 'segment_webhook',
    error: { name: 'Error', code: 'ECONNRESET' },
  });
  expect(lines.length).toBeGreaterThanOrEqual(4);
  expect(lines.join('')).not.toMatch(/lena|wk_wrong|BTOK/u);
});
