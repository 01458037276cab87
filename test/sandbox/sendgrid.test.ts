import { createServer } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createSendgridConnector,
  SendgridConnectorConfig,
} from '../../connectors/sendgrid/index.ts';
import { Fault } from '../../src/core/fault.ts';
import type { FeedbackConnector } from '../../src/core/ports.ts';
import { webhookKeyOf } from '../../src/sandbox/sendgrid-key.ts';
import {
  type SendgridSandbox,
  type SendgridSandboxOptions,
  startSendgridSandbox,
} from '../../src/sandbox/sendgrid.ts';
import { until } from '../until.ts';

let dataDir: string;
let sandbox: SendgridSandbox;
let webhookUrl: string | undefined;
const said: string[] = [];

async function start(differs: Partial<SendgridSandboxOptions> = {}): Promise<SendgridSandbox> {
  return await startSendgridSandbox({
    host: '127.0.0.1',
    port: 0,
    dataDir,
    webhookUrl: () => webhookUrl,
    log: { info: (sentence) => said.push(sentence) },
    ...differs,
  });
}

const mail = (differs: object = {}): object => ({
  from: { email: 'growth@mail.example.com', name: 'Acme' },
  subject: 'Hello',
  personalizations: [
    { to: [{ email: 'lena@example.com' }], custom_args: { decision_id: 'd_1', offer_id: 'pro' } },
  ],
  content: [
    { type: 'text/plain', value: 'text' },
    { type: 'text/html', value: '<p>html</p>' },
  ],
  ...differs,
});

function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${sandbox.url}${path}`, {
    method,
    headers: { authorization: 'Bearer SG.abc', 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

const send = (differs: object = {}): Promise<Response> =>
  ask('POST', '/v3/mail/send', mail(differs));

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'motisig-sandbox-'));
  webhookUrl = undefined;
  said.length = 0;
  sandbox = await start();
});

afterEach(async () => {
  await sandbox.close();
  await rm(dataDir, { recursive: true });
});

describe('the sandbox of SendGrid', () => {
  it('says at the start that it is a stand-in', () => {
    expect(said.join()).toContain('stand-in of SendGrid');
  });

  it('takes a message with 202 and its id, and a repeated one is a second e-mail', async () => {
    const answers = [await send(), await send()];
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    const ids = answers.map(({ headers }) => headers.get('x-message-id'));
    expect(sandbox.emails().map(({ messageId }) => messageId)).toEqual(ids);
    expect(new Set(ids).size).toBe(2);
    expect(sandbox.requestsOf('d_1')).toBe(2);
  });

  it('in sandbox mode answers 200 and keeps nothing', async () => {
    const answer = await send({ mail_settings: { sandbox_mode: { enable: true } } });
    expect([answer.status, answer.headers.get('x-message-id'), await answer.text()]).toEqual([
      200,
      null,
      '',
    ]);
    expect(sandbox.emails()).toEqual([]);
  });

  const inHours = (hours: number): number => Math.floor(Date.now() / 1000) + hours * 3600;
  const args = (custom_args: object): object => ({
    personalizations: [{ to: [{ email: 'a@example.com' }], custom_args }],
  });

  it.each([
    ['neither content nor template', { content: undefined }],
    ['no subject and no template', { subject: undefined }],
    ['no personalization', { personalizations: [] }],
    ['a bad address', { personalizations: [{ to: [{ email: 'lena' }] }] }],
    ['a number as custom argument', args({ n: 7 })],
    ['custom arguments of more than 10,000 bytes', args({ long: 'é'.repeat(5_000) })],
    ['a custom argument of the whole message that is no text', { custom_args: { n: 7 } }],
    [
      'HTML before plain text',
      {
        content: [
          { type: 'text/html', value: 'h' },
          { type: 'text/plain', value: 't' },
        ],
      },
    ],
    ['a time beyond 72 hours', { send_at: inHours(73) }],
    ['eleven categories', { categories: Array.from({ length: 11 }, (_, n) => `c${n}`) }],
    ['a category twice', { categories: ['a', 'a'] }],
    ['a header that SendGrid sets', { headers: { 'Reply-To': 'x@example.com' } }],
    ['a sandbox mode in text', { mail_settings: { sandbox_mode: { enable: 'true' } } }],
  ])('answers 400 to a message with %s', async (_what, differs) => {
    const answer = await send(differs);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ message: expect.any(String) }] });
    expect(sandbox.emails()).toEqual([]);
  });

  it.each([
    ['a template and no words', { content: undefined, subject: undefined, template_id: 'd-1' }],
    ['custom arguments of 9,900 bytes', args({ long: 'x'.repeat(9_900) })],
    ['a time within 72 hours', { send_at: inHours(71) }],
  ])('takes a message with %s', async (_what, differs) => {
    expect((await send(differs)).status).toBe(202);
  });

  it('answers 401 without a key, 400 to what is no JSON, 404 to what it does not know', async () => {
    const wrong = [
      await ask('POST', '/v3/mail/send', mail(), { authorization: 'Basic abc' }),
      await ask('POST', '/v3/mail/send', '{'),
      await ask('GET', '/v3/templates'),
    ];
    expect(wrong.map(({ status }) => status)).toEqual([401, 400, 404]);
  });

  it('plays what it is told for the next calls, then is itself again', async () => {
    sandbox.script('send_mail', [{ status: 429, headers: { 'x-ratelimit-reset': '1' } }, 'reset']);
    expect((await send()).status).toBe(429);
    await expect(send()).rejects.toThrow();
    expect((await send()).status).toBe(202);
    expect([sandbox.requestsOf('d_1'), sandbox.emails().length]).toEqual([3, 1]);
  });

  it('lists by address and time, newest first, and tells the custom arguments of one', async () => {
    const sentMs = Date.now();
    await send();
    await send({ personalizations: [{ to: [{ email: 'max@example.com' }] }] });
    const list = async (query: string): Promise<{ messages: { sg_message_id: string }[] }> =>
      (await (await ask('POST', '/v3/logs', { query })).json()) as {
        messages: { sg_message_id: string }[];
      };
    const since = (ms: number): string =>
      `sg_message_id_created_at > TIMESTAMP "${new Date(ms).toISOString()}"`;
    expect((await list('')).messages).toHaveLength(2);
    expect((await list(since(sentMs + 3_600_000))).messages).toHaveLength(0);
    const { messages } = await list(`to_email = 'lena@example.com' AND ${since(sentMs - 1000)}`);
    expect(messages).toHaveLength(1);
    const one = await ask('GET', `/v3/logs/${messages[0]?.sg_message_id}`);
    expect(await one.json()).toMatchObject({
      to_email: 'lena@example.com',
      custom_args: { decision_id: 'd_1' },
    });
    expect((await ask('POST', '/v3/logs', { query: "subject = 'x'" })).status).toBe(400);
  });

  it('finds its e-mails and its key again after a restart, readable by the owner only', async () => {
    await send();
    const before = sandbox.emails();
    const { publicKey } = sandbox;
    await sandbox.close();
    sandbox = await start();
    expect(sandbox.emails()).toEqual(before);
    expect(sandbox.publicKey).toBe(publicKey);
    expect(webhookKeyOf(dataDir).publicKey).toBe(publicKey);
    for (const file of ['sandbox-sendgrid.ndjson', 'sandbox-sendgrid-key.pem']) {
      expect((await stat(join(dataDir, file))).mode & 0o077).toBe(0);
    }
  });

  it('says in one sentence that its address is taken', async () => {
    const port = Number(new URL(sandbox.url).port);
    await expect(start({ port })).rejects.toThrow(Fault);
  });
});

describe('what it reports', () => {
  let connector: FeedbackConnector;
  let server: ReturnType<typeof createServer>;
  let status: number;
  const kinds: string[] = [];
  const refused: string[] = [];

  beforeEach(async () => {
    connector = createSendgridConnector(
      SendgridConnectorConfig.parse({ publicKey: sandbox.publicKey }),
    );
    kinds.length = 0;
    refused.length = 0;
    status = 200;
    // A hub as far as the webhook goes: it verifies what comes and reads it.
    server = createServer((request, response) => {
      void buffer(request).then((body) => {
        const { headers } = request;
        const nowMs = Date.now();
        const verified = connector.verify({ body, headers, method: 'POST', url: '', nowMs });
        if (verified.ok) {
          const { feedback } = connector.parse(body, nowMs);
          kinds.push(feedback.map((one) => `${one.about.decisionId} ${one.body.kind}`).join(', '));
        } else {
          refused.push(verified.why);
        }
        response.writeHead(status).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    webhookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/sendgrid`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('is processed and delivered at once, signed as the real one signs', async () => {
    await send();
    await until('the report', () => kinds.length === 1);
    expect(kinds).toEqual(['d_1 accepted, d_1 accepted']);
    expect(refused).toEqual([]);
  });

  it('is what somebody presses', async () => {
    await send();
    const id = sandbox.emails()[0]?.messageId ?? '';
    await until('the first report', () => kinds.length === 1);
    for (const reaction of ['open', 'machine_open', 'bounce', 'dropped', 'unsubscribe'] as const) {
      expect(await sandbox.report(id, reaction)).toBe(true);
    }
    expect(kinds.slice(1)).toEqual([
      'd_1 seen',
      '',
      'd_1 bounced',
      'd_1 dropped, d_1 unsubscribed',
      'd_1 unsubscribed',
    ]);
    expect(await sandbox.report('unknown', 'open')).toBe(false);
  });

  it('is repeated when the hub does not take it', async () => {
    status = 503;
    await send();
    await until('the first try', () => kinds.length === 1);
    status = 200;
    await until('the repetition', () => kinds.length === 2);
    expect(kinds[1]).toBe(kinds[0]);
  });
});
