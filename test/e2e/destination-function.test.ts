import { afterEach, describe, expect, it } from 'vitest';
import { type Handlers, loadFunction } from '../connectors/segment/function.ts';
import { defaultPlaybookFile, playbookOf } from './playbooks.ts';
import { reportCall, tenReports } from './reports.ts';
import { type RunningHub, startHub } from './running-hub.ts';
import { keys } from './segment-client.ts';

let running: RunningHub | undefined;
afterEach(async () => {
  await running?.[Symbol.asyncDispose]();
  running = undefined;
});

const settings = { hubUrl: 'https://hub.example.com/', bearerToken: keys.bearerToken };

/** The function as a customer has it, in front of a real hub that it reaches by its public address. */
async function connected(): Promise<Handlers> {
  const hub = await startHub({ playbook: playbookOf(defaultPlaybookFile) });
  running = hub;
  return loadFunction((url, init) =>
    fetch(String(url).replace('https://hub.example.com', hub.hub.url), init),
  );
}

/** The function in front of something that answers the same to everything. */
function against(answer: (body: unknown) => Response | Error): Handlers {
  return loadFunction(async (_url, init) => {
    const given = answer(JSON.parse(String(init?.body)));
    if (given instanceof Error) {
      throw given;
    }
    return given;
  });
}

const calls = () => tenReports('acme', 'lena').map(reportCall);

describe('the Destination Function', () => {
  it('brings events to the hub one by one, and the tenth prompts', async () => {
    const { onTrack } = await connected();
    for (const call of calls()) {
      await onTrack?.(call, settings);
    }
    await running?.drained();
    expect(running?.intercom.prompts()).toHaveLength(1);
  });

  it('brings a batch, and one that comes again changes nothing', async () => {
    const { onBatch } = await connected();
    const batch = calls();
    expect(await onBatch?.(batch, settings)).toEqual(batch.map(() => ({ status: 200 })));
    await onBatch?.(batch, settings);
    await running?.drained();
    expect(running?.intercom.prompts()).toHaveLength(1);
  });

  it.each([
    ['onIdentify', { type: 'identify', userId: 'lena', traits: { role: 'admin' } }],
    ['onGroup', { type: 'group', userId: 'lena', groupId: 'acme', traits: { plan: 'starter' } }],
    ['onPage', { type: 'page', userId: 'lena', name: 'Pricing', properties: {} }],
    ['onScreen', { type: 'screen', userId: 'lena', name: 'Pricing', properties: {} }],
    ['onAlias', { type: 'alias', userId: 'lena', previousId: 'anon' }],
    [
      'onDelete',
      { type: 'delete', userId: 'lena', context: [], integrations: [], channel: 'server' },
    ],
    ['onDelete', { userId: 'lena' }],
  ])('hands %s on, and the hub understands it', async (name, event) => {
    const handlers = await connected();
    await handlers[name]?.(
      { messageId: 'm1', timestamp: new Date().toISOString(), ...event },
      settings,
    );
    await running?.drained();
    expect(await running?.hub.quarantine.newest(10)).toEqual([]);
    expect((await running?.hub.metrics.callsReceived.get())?.values[0]?.value).toBe(1);
  });

  it('lets Segment try again when the token is wrong, and says so', async () => {
    const { onBatch, onTrack } = await connected();
    const wrong = { ...settings, bearerToken: 'wrong' };
    const again = { name: 'RetryError', message: expect.stringContaining('SEGMENT_BEARER_TOKEN') };
    await expect(onTrack?.(calls()[0], wrong)).rejects.toMatchObject(again);
    await expect(onBatch?.(calls(), wrong)).rejects.toMatchObject(again);
  });

  it.each([408, 429, 500, 503, 302, 404])('lets Segment try again after %i', async (status) => {
    const { onTrack, onBatch } = against(() => new Response('', { status }));
    await expect(onTrack?.(calls()[0], settings)).rejects.toMatchObject({ name: 'RetryError' });
    await expect(onBatch?.(calls(), settings)).rejects.toMatchObject({ name: 'RetryError' });
  });

  it('lets Segment try again when the hub cannot be reached', async () => {
    const { onTrack } = against(() => new TypeError('fetch failed'));
    await expect(onTrack?.(calls()[0], settings)).rejects.toMatchObject({ name: 'RetryError' });
  });

  it('gives up an event that can never be taken, and names why', async () => {
    const { onTrack } = against(() => Response.json({ message: 'Not JSON.' }, { status: 400 }));
    await expect(onTrack?.(calls()[0], settings)).rejects.toMatchObject({
      name: 'InvalidEventPayload',
      message: 'The hub answered 400: Not JSON.',
    });
  });

  it('halves a batch that is too large, and loses only the event that is too large alone', async () => {
    const { onBatch } = against((body) => {
      const events = Array.isArray(body) ? body : [body];
      const isTooLarge = events.length > 3 || events.some(({ huge }) => huge === true);
      return Response.json({}, { status: isTooLarge ? 413 : 200 });
    });
    const batch = calls().map((call, at) => ({ ...call, huge: at === 4 }));
    const statuses = await onBatch?.(batch, settings);
    expect(statuses).toMatchObject(batch.map(({ huge }) => ({ status: huge ? 400 : 200 })));
  });

  it.each([
    [{ bearerToken: 'x' }, 'hubUrl'],
    [{ hubUrl: 'http://hub.example.com', bearerToken: 'x' }, 'hubUrl'],
    [{ hubUrl: 'https://hub.example.com' }, 'bearerToken'],
  ])('refuses the settings %j, naming the one to mend', async (given, name) => {
    const { onTrack } = against(() => new Response(''));
    await expect(onTrack?.(calls()[0], given)).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining(name),
    });
  });
});
