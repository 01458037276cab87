import { expect, it } from 'vitest';
import { adminToken, startHub } from './hub.ts';

const events = [{ event: 'Song Played', count: 3, suggestion: 'Leave it.' }];

it('GET /api/unmapped tells the events that no rule knows to whoever has the admin token, from this machine too', async () => {
  const { app } = startHub({ unmapped: async () => events });
  const url = '/api/unmapped';
  const open = await app.inject({ url, headers: { authorization: `Bearer ${adminToken}` } });
  expect([open.statusCode, open.json()]).toEqual([200, { events }]);
  for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
    const shut = await app.inject({ url, headers, remoteAddress: '127.0.0.1' });
    expect(shut.statusCode).toBe(401);
    expect(shut.body).not.toContain('Song Played');
  }
});
