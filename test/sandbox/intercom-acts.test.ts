import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type IntercomSandbox,
  type IntercomSandboxOptions,
  startIntercomSandbox,
} from '../../src/sandbox/intercom.ts';
import { until } from '../until.ts';

const clientSecret = 'client-secret-of-the-sandbox';

const Notification = z.object({
  type: z.literal('notification_event'),
  topic: z.string(),
  id: z.string(),
  created_at: z.int(),
  delivery_attempts: z.int(),
  data: z.object({ item: z.record(z.string(), z.unknown()) }),
});

/** What stands for the hub: keeps what comes, answers as it is told. */
interface Listener {
  readonly url: string;
  readonly got: { readonly signature: string; readonly body: string }[];
  answers: number[];
  server: Server;
}

let dataDir: string;
let hub: Listener;
let sandbox: IntercomSandbox;

async function listen(): Promise<Listener> {
  const got: Listener['got'] = [];
  const listener: { answers: number[] } = { answers: [] };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      got.push({
        signature: String(request.headers['x-hub-signature']),
        body: Buffer.concat(chunks).toString(),
      });
      response.writeHead(listener.answers.shift() ?? 200).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return Object.assign(listener, {
    url: `http://127.0.0.1:${port}/webhooks/intercom`,
    got,
    server,
  });
}

async function start(differs: Partial<IntercomSandboxOptions> = {}): Promise<void> {
  sandbox = await startIntercomSandbox({
    host: '127.0.0.1',
    port: 0,
    dataDir,
    log: { info: () => {} },
    webhooks: { clientSecret, url: () => hub.url, retryMs: 20 },
    ...differs,
  });
}

async function ask(path: string, body: unknown): Promise<unknown> {
  const answer = await fetch(`${sandbox.url}${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer abc', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.status === 202 ? undefined : await answer.json();
}

async function prompt(): Promise<void> {
  await ask('/events', {
    user_id: 'u_lena',
    event_name: 'upsell-offer-ready',
    created_at: 1_793_966_400,
    metadata: { headline: 'You have used 10 of 10 reports' },
  });
}

async function message(body: string): Promise<void> {
  const found = await ask('/contacts/search', {
    query: { field: 'external_id', operator: '=', value: 'u_lena' },
  });
  const { data } = z.object({ data: z.array(z.object({ id: z.string() })) }).parse(found);
  await ask('/messages', {
    message_type: 'inapp',
    body,
    from: { type: 'admin', id: 814_860 },
    to: { type: 'user', id: data[0]?.id },
  });
}

async function does(act: string, headers: Record<string, string> = {}): Promise<number> {
  const answer = await fetch(`${sandbox.url}/users/u_lena/do`, {
    method: 'POST',
    redirect: 'manual',
    headers,
    body: new URLSearchParams({ act }),
  });
  return answer.status;
}

function heard() {
  return hub.got.map(({ body }) => Notification.parse(JSON.parse(body)));
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'motisig-acts-'));
  hub = await listen();
  await start();
  await ask('/contacts', { external_id: 'u_lena', name: 'Lena Ortiz' });
});

afterEach(async () => {
  await sandbox.close();
  hub.server.closeAllConnections();
  hub.server.close();
  await rm(dataDir, { recursive: true });
});

describe('what a person does', () => {
  it('reaches the hub signed with the client secret over the bytes of the body', async () => {
    await prompt();
    expect(await does('see')).toBe(303);
    const [got] = hub.got;
    const expected = createHmac('sha1', clientSecret)
      .update(got?.body ?? '')
      .digest('hex');
    expect(got?.signature).toBe(`sha1=${expected}`);
    expect(heard()).toMatchObject([
      {
        topic: 'content_stat.banner',
        delivery_attempts: 1,
        data: {
          item: {
            content_stat: { stat_type: 'receipt', content_type: 'banner' },
            contact: { external_id: 'u_lena' },
          },
        },
      },
    ]);
  });

  it('is the same stat of the same prompt, however often the button is pressed', async () => {
    await prompt();
    await does('click');
    await does('click');
    await does('see');
    const stats = heard().map(({ data }) =>
      z.object({ content_stat: z.object({ id: z.int(), stat_type: z.string() }) }).parse(data.item),
    );
    expect(stats[1]).toEqual(stats[0]);
    expect(stats[2]?.content_stat.stat_type).toBe('receipt');
    expect(new Set(heard().map(({ id }) => id)).size).toBe(3);
  });

  it('is told as Intercom tells it: support, its end, tickets in and out of their wrapping, an opt-out', async () => {
    for (const act of [
      'write_to_support',
      'write_to_support',
      'close_conversation',
      'open_ticket',
      'close_ticket',
      'unsubscribe',
    ]) {
      expect(await does(act)).toBe(303);
    }
    expect(heard().map(({ topic }) => topic)).toEqual([
      'conversation.user.created',
      'conversation.user.replied',
      'conversation.admin.closed',
      'ticket.created',
      'ticket.closed',
      'contact.unsubscribed',
    ]);
    const items = heard().map(({ data }) => data.item);
    expect(items[0]).toMatchObject({ source: { delivered_as: 'customer_initiated' } });
    expect(items[1]?.['id']).toBe(items[0]?.['id']);
    expect(items[2]).toMatchObject({ state: 'closed' });
    expect(items[4]).toMatchObject({ ticket: { open: false, category: 'Customer' } });
  });

  it('to a message makes it a conversation that the teammate began', async () => {
    await message('<p>Hello <a href="https://hub.example.com/go/x">See Pro</a></p>');
    await does('reply');
    expect(heard()).toMatchObject([
      {
        topic: 'conversation.user.replied',
        data: { item: { source: { delivered_as: 'admin_initiated' } } },
      },
    ]);
  });

  it.each(['see', 'click', 'reply', 'close_conversation', 'close_ticket', 'fly', ''])(
    'is refused where there is nothing to do it to: %j',
    async (act) => {
      expect(await does(act)).toBe(409);
      expect(hub.got).toEqual([]);
    },
  );

  it('is not done for a page from elsewhere, nor for nobody', async () => {
    expect(await does('open_ticket', { 'sec-fetch-site': 'cross-site' })).toBe(403);
    const nobody = await fetch(`${sandbox.url}/users/nobody/do`, {
      method: 'POST',
      body: new URLSearchParams({ act: 'open_ticket' }),
    });
    expect(nobody.status).toBe(404);
    expect(hub.got).toEqual([]);
  });

  it('is nothing by looking: opening the pages tells the hub nothing', async () => {
    await prompt();
    await fetch(sandbox.url);
    await fetch(`${sandbox.url}/users/u_lena`);
    expect(sandbox.webhooks()).toEqual([]);
  });

  it('outlives a restart: the open conversation is the one that is closed', async () => {
    await does('write_to_support');
    await sandbox.close();
    await start();
    expect(await does('close_conversation')).toBe(303);
    const [opened, closed] = heard().map(({ data }) => data.item['id']);
    expect(closed).toBe(opened);
  });
});

describe('a webhook that the hub does not take', () => {
  it('is sent once more with the same id, and then never again', async () => {
    hub.answers = [503, 500, 200];
    await does('open_ticket');
    await until('the second try', () => sandbox.webhooks().length === 2);
    expect(heard().map(({ delivery_attempts }) => delivery_attempts)).toEqual([1, 2]);
    expect(new Set(heard().map(({ id }) => id)).size).toBe(1);
    expect(sandbox.webhooks().map(({ answer }) => answer)).toEqual([
      'answered 500',
      'answered 503',
    ]);
    await does('close_ticket');
    expect(hub.got).toHaveLength(3);
  });

  it('holds up neither the person nor the end of the sandbox', async () => {
    hub.server.closeAllConnections();
    hub.server.close();
    expect(await does('open_ticket')).toBe(303);
    expect(sandbox.webhooks()[0]?.answer).toBe('no answer');
  });

  it('is not sent where there is no hub, and the page says so', async () => {
    await sandbox.close();
    await start({ webhooks: { clientSecret, url: () => undefined } });
    await does('open_ticket');
    const page = await (await fetch(`${sandbox.url}/users/u_lena`)).text();
    expect(page).toContain('not sent: this sandbox knows no hub');
  });
});

describe('a message on the page', () => {
  it('is shown as text and links, whatever its HTML holds', async () => {
    await message(
      '<p><b>10 &lt; 11</b></p><p><script>alert(1)</script>Hi</p><p><a href="https://hub.example.com/go/x">See Pro</a></p><p><a href="javascript:alert(1)">Bad</a></p>',
    );
    const page = await (await fetch(`${sandbox.url}/users/u_lena`)).text();
    expect(page).toContain('<p>10 &lt; 11</p>');
    expect(page).toContain(
      '<a href="https://hub.example.com/go/x" rel="noopener noreferrer">See Pro</a>',
    );
    expect(page).not.toContain('<script>alert');
    expect(page).not.toMatch(/href="javascript/u);
  });
});
