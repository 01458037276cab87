import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpDeps } from '../../src/http/create-http.ts';
import { bearerToken, counted, startHub } from './hub.ts';

const running: FastifyInstance[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
});

async function listen(changes: Partial<HttpDeps> = {}) {
  const hub = startHub(changes);
  running.push(hub.app);
  const url = await hub.app.listen({ host: '127.0.0.1', port: 0 });
  return { ...hub, url, port: Number(new URL(url).port) };
}

const authorization = `Bearer ${bearerToken}`;
const call = { type: 'track', event: 'X', userId: 'u', messageId: 'm' };

describe('over a real socket', () => {
  it('refuses a gzip bomb with 413 and goes on taking events', async () => {
    const { url, inbox, metrics } = await listen();
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20));
    expect(bomb.length).toBeLessThan(100 * 1024);
    const headers = { authorization, 'content-encoding': 'gzip' };
    const refused = await fetch(`${url}/segment/webhook`, {
      method: 'POST',
      headers,
      body: new Uint8Array(bomb),
    });
    expect(refused.status).toBe(413);
    expect(await refused.json()).toEqual({ message: expect.stringContaining('once opened') });
    expect(await counted(metrics.requestsRefused, { reason: 'body_too_large' })).toBe(1);

    const good = new Uint8Array(gzipSync(JSON.stringify([call])));
    expect(
      (await fetch(`${url}/segment/webhook`, { method: 'POST', headers, body: good })).status,
    ).toBe(200);
    expect(inbox.inputs).toHaveLength(1);
  });

  it('puts a body together that comes byte by byte without a length', async () => {
    const { port, inbox } = await listen();
    const answered = Promise.withResolvers<number | undefined>();
    const sent = httpRequest(
      {
        port,
        host: '127.0.0.1',
        path: '/segment/webhook',
        method: 'POST',
        headers: { authorization },
      },
      (response) => {
        response.resume();
        answered.resolve(response.statusCode);
      },
    );
    for (const char of JSON.stringify([{ ...call, event: 'Ünïcödé ✓' }])) {
      sent.write(char);
    }
    sent.end();
    expect(await answered.promise).toBe(200);
    expect(inbox.inputs).toMatchObject([{ event: { name: 'Ünïcödé ✓' } }]);
  });

  it('cuts a sender off with 408, which Segment repeats, when the request never ends', async () => {
    const { port } = await listen({ limits: { requestMsMax: 100 } });
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `POST /segment/webhook HTTP/1.1\r\nHost: hub\r\nAuthorization: ${authorization}\r\nContent-Length: 1000\r\n\r\n[`,
    );
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /u);
  });

  it('refuses a body that is announced too large without waiting for it', async () => {
    const { port } = await listen();
    const socket = connect(port, '127.0.0.1');
    socket.write(`POST /v1/batch HTTP/1.1\r\nHost: hub\r\nContent-Length: 9000000000\r\n\r\n{`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 413 /u);
  });
});
