import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import {
  type IntercomSandbox,
  type IntercomSandboxOptions,
  startIntercomSandbox,
} from '../../src/sandbox/intercom.ts';

let dataDir: string;
let sandbox: IntercomSandbox;
const said: string[] = [];
const event = {
  user_id: 'u_1',
  event_name: 'upsell-offer-ready',
  created_at: 1_793_966_400,
  metadata: { decision_id: 'd_1' },
};

async function start(differs: Partial<IntercomSandboxOptions> = {}): Promise<IntercomSandbox> {
  return await startIntercomSandbox({
    host: '127.0.0.1',
    port: 0,
    dataDir,
    log: { info: (sentence) => said.push(sentence) },
    ...differs,
  });
}

function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${sandbox.url}${path}`, {
    method,
    headers: { authorization: 'Bearer abc', 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

async function codeOf(response: Response): Promise<string> {
  const body: unknown = await response.json();
  const text = JSON.stringify(body);
  return `${response.status} ${text.match(/"code":"(\w+)"/u)?.[1]}`;
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'motisig-sandbox-'));
  said.length = 0;
  sandbox = await start();
});

afterEach(async () => {
  await sandbox.close();
  await rm(dataDir, { recursive: true });
});

describe('the sandbox of Intercom', () => {
  it('says at the start that it is a stand-in', () => {
    expect(said.join()).toContain('stand-in of Intercom');
  });

  it('shows an event once per person, name and second, and counts every request of its decision', async () => {
    await ask('POST', '/contacts', { external_id: 'u_1' });
    for (let n = 0; n < 3; n += 1) {
      const answer = await ask('POST', '/events', event);
      expect([answer.status, await answer.text()]).toEqual([202, '']);
    }
    await ask('POST', '/events', {
      ...event,
      metadata: { decision_id: 'd_1', headline: 'Another' },
    });
    await ask('POST', '/events', { ...event, created_at: event.created_at + 1 });
    expect(sandbox.requestsOf('d_1')).toBe(5);
    expect(sandbox.prompts()[0]?.metadata).toEqual(event.metadata);
    expect(
      sandbox
        .prompts()
        .map(({ externalId, eventName, createdAt }) => [externalId, eventName, createdAt]),
    ).toEqual([
      ['u_1', 'upsell-offer-ready', 1_793_966_400],
      ['u_1', 'upsell-offer-ready', 1_793_966_401],
    ]);
  });

  it('keeps the first 10 metadata keys, as Intercom does', async () => {
    await ask('POST', '/contacts', { external_id: 'u_1' });
    const metadata = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`key_${n}`, 'x']));
    await ask('POST', '/events', { ...event, metadata });
    expect(Object.keys(sandbox.prompts()[0]?.metadata ?? {})).toEqual(
      Object.keys(metadata).slice(0, 10),
    );
  });

  it('answers 401 without a bearer token, whatever is asked', async () => {
    for (const path of ['/contacts/find_by_external_id/u_1', '/events?type=user&user_id=u_1']) {
      expect(await codeOf(await ask('GET', path, undefined, { authorization: 'Basic abc' }))).toBe(
        '401 unauthorized',
      );
    }
    expect(await codeOf(await fetch(`${sandbox.url}/events`, { method: 'POST' }))).toBe(
      '401 unauthorized',
    );
  });

  it.each([
    ['no name', { ...event, event_name: undefined }],
    ['no person', { ...event, user_id: undefined }],
    ['a time in text', { ...event, created_at: '1793966400' }],
    ['a time in milliseconds', { ...event, created_at: 1_793_966_400_000 }],
    ['nested metadata', { ...event, metadata: { plan: { name: { long: 'Pro' } } } }],
    ['a list in the metadata', { ...event, metadata: { plans: ['Pro'] } }],
  ])('answers 422 to an event with %s', async (_what, body) => {
    await ask('POST', '/contacts', { external_id: 'u_1' });
    expect(await codeOf(await ask('POST', '/events', body))).toBe('422 parameter_invalid');
    expect(sandbox.prompts()).toEqual([]);
  });

  it('takes numbers, rich links and amounts of money in metadata', async () => {
    await ask('POST', '/contacts', { external_id: 'u_1' });
    const metadata = {
      used: 10,
      article: { url: 'https://example.org', value: 'dude' },
      price: { amount: 4900, currency: 'usd' },
    };
    expect((await ask('POST', '/events', { ...event, metadata })).status).toBe(202);
    expect(sandbox.prompts()[0]?.metadata).toEqual(metadata);
  });

  it('answers 404 for a person it does not know, 409 naming the contact that is in the way', async () => {
    expect(await codeOf(await ask('POST', '/events', event))).toBe('404 not_found');
    const made = await ask('POST', '/contacts', { external_id: 'u_1', email: 'Ann@example.com' });
    const { id }: { id?: unknown } = JSON.parse(await made.text());
    const again = await ask('POST', '/contacts', { external_id: 'u_2', email: 'ann@example.com' });
    expect([again.status, (await again.text()).includes(`id=${String(id)}`)]).toEqual([409, true]);
    await ask('POST', '/contacts', { external_id: 'u_2' });
    expect(await codeOf(await ask('PUT', `/contacts/${String(id)}`, { external_id: 'u_2' }))).toBe(
      '409 conflict',
    );
  });

  it('changes a contact and finds it under the new id only', async () => {
    const made = await ask('POST', '/contacts', { external_id: 'u_1', name: 'Ann' });
    const { id }: { id?: unknown } = JSON.parse(await made.text());
    await ask('PUT', `/contacts/${String(id)}`, {
      external_id: 'u_9',
      custom_attributes: { seats: 9 },
    });
    expect((await ask('GET', '/contacts/find_by_external_id/u_1')).status).toBe(404);
    const found: unknown = await (await ask('GET', '/contacts/find_by_external_id/u_9')).json();
    expect(found).toMatchObject({
      id,
      external_id: 'u_9',
      name: 'Ann',
      custom_attributes: { seats: 9 },
    });
    const searched: unknown = await (
      await ask('POST', '/contacts/search', {
        query: { field: 'name', operator: '=', value: 'Ann' },
      })
    ).json();
    expect(searched).toMatchObject({ total_count: 1, data: [{ id }] });
  });

  it('lists the events of a person newest first, page by page, each once', async () => {
    await ask('POST', '/contacts', { external_id: 'u_1' });
    const seconds = [5, 3, 9, 9, 9, 1, 7];
    for (const [at, second] of seconds.entries()) {
      await ask('POST', '/events', {
        user_id: 'u_1',
        event_name: `event-${at}`,
        created_at: second,
      });
    }
    const listed: number[] = [];
    let path = '/events?type=user&user_id=u_1&per_page=2';
    while (path !== '') {
      const page: { events: { created_at: number }[]; pages: { next?: string } } = JSON.parse(
        await (await ask('GET', path)).text(),
      );
      listed.push(...page.events.map((one) => one.created_at));
      const next = page.pages.next === undefined ? undefined : new URL(page.pages.next);
      path = next === undefined ? '' : next.pathname + next.search;
    }
    expect(listed).toEqual([9, 9, 9, 7, 5, 3, 1]);
  });

  it('counts down the rate headers and answers 429 above the limit, until the next window', async () => {
    await sandbox.close();
    let nowMs = 1_793_966_401_000;
    sandbox = await start({ callsPerWindow: 2, clock: { nowMs: () => nowMs } });
    const left: (string | null)[] = [];
    const statuses: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      const answer = await ask('GET', '/contacts/find_by_external_id/u_1');
      left.push(answer.headers.get('x-ratelimit-remaining'));
      statuses.push(answer.status);
      expect(answer.headers.get('x-ratelimit-reset')).toBe('1793966410');
    }
    expect([left, statuses]).toEqual([
      ['1', '0', '0'],
      [404, 404, 429],
    ]);
    nowMs += 9000;
    expect((await ask('GET', '/contacts/find_by_external_id/u_1')).status).toBe(404);
  });

  it('answers a body that is no JSON, and a call it does not know, with an error list of one sentence', async () => {
    expect(await codeOf(await ask('POST', '/events', '{"half'))).toBe('400 bad_request');
    expect(await codeOf(await ask('POST', '/articles', {}))).toBe('404 not_found');
  });

  it('plays scripted answers in their order and then answers truly again', async () => {
    await ask('POST', '/contacts', { external_id: 'u_1' });
    sandbox.script('create_event', [
      { status: 429, headers: { 'retry-after': '3' } },
      'reset',
      'done_then_reset',
    ]);
    const first = await ask('POST', '/events', event);
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '3']);
    await expect(ask('POST', '/events', event)).rejects.toThrow();
    expect(sandbox.prompts()).toHaveLength(0);
    await expect(ask('POST', '/events', event)).rejects.toThrow();
    expect(sandbox.prompts()).toHaveLength(1);
    expect((await ask('POST', '/events', event)).status).toBe(202);
    expect([sandbox.prompts().length, sandbox.requestsOf('d_1')]).toEqual([1, 4]);
  });

  it('closes at once although a call is stalled', async () => {
    sandbox.script('find_contact', ['stall']);
    const stalled = ask('GET', '/contacts/find_by_external_id/u_1').catch(() => 'broken');
    await sandbox.close();
    expect(await stalled).toBe('broken');
    sandbox = await start();
  });

  it('says in one sentence that its address is taken', async () => {
    const port = Number(new URL(sandbox.url).port);
    const error: unknown = await start({ port, dataDir: undefined }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Fault);
    expect(String(error)).toContain(`127.0.0.1:${port}`);
  });
});

describe('the journal of the sandbox', () => {
  const file = () => join(dataDir, 'sandbox-intercom.ndjson');

  it('brings contacts, events and their de-duplication back after a restart', async () => {
    await ask('POST', '/contacts', { external_id: 'u_1', email: 'ann@example.com', name: 'Ann' });
    await ask('POST', '/events', event);
    const before = sandbox.prompts();
    await sandbox.close();
    sandbox = await start();
    expect(sandbox.prompts()).toEqual(before);
    await ask('POST', '/events', event);
    expect(sandbox.prompts()).toHaveLength(1);
    expect(
      (await ask('POST', '/contacts', { external_id: 'u_2', email: 'ann@example.com' })).status,
    ).toBe(409);
  });

  it('survives a line that a crash cut short, and loses only that line', async () => {
    await ask('POST', '/contacts', { external_id: 'u_1' });
    await ask('POST', '/events', event);
    await sandbox.close();
    const text = await readFile(file(), 'utf8');
    await writeFile(file(), `${text}{"kind":"event","cont`);
    sandbox = await start();
    expect(sandbox.prompts()).toHaveLength(1);
    await ask('POST', '/events', { ...event, created_at: 7 });
    await sandbox.close();
    sandbox = await start();
    expect(sandbox.prompts()).toHaveLength(2);
  });

  it('is readable by its owner only, because it names people', async () => {
    expect((await stat(file())).mode & 0o077).toBe(0);
  });
});
