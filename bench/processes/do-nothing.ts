import fastify from 'fastify';
import { answer } from '../harness/answer.ts';

/*
 * The ceiling for accepting: Fastify reads the request, parses its JSON and answers. No signature, no check, nothing stored.
 */

const app = fastify({ logger: false, bodyLimit: 8 * 1024 * 1024 });
for (const path of ['/segment/webhook', '/v1/batch']) {
  app.post(path, async () => ({ success: true }));
}

answer({
  async start() {
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    return Number(new URL(url).port);
  },
});
