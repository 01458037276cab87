import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createSegmentOutcomes,
  SegmentOutcomesConfig,
} from '../../../destinations/segment/index.ts';
import { createSegmentConnector } from '../../../connectors/segment/index.ts';
import { outcomeNames, type Outcome } from '../../../src/core/outcome/outcome.ts';
import { type SegmentSandbox, startSegmentSandbox } from '../../../src/sandbox/segment.ts';
import { defaultPlaybookFile, playbookOf } from '../../e2e/playbooks.ts';

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) {
    await one[Symbol.asyncDispose]();
  }
});

async function sandbox(): Promise<SegmentSandbox> {
  const started = await startSegmentSandbox({
    host: '127.0.0.1',
    port: 0,
    dataDir: undefined,
    log: { info: () => {} },
  });
  opened.push({ [Symbol.asyncDispose]: () => started.close() });
  return started;
}

const outcome = (number: number, differs: Partial<Outcome> = {}): Outcome => ({
  id: `outcome-${number}`,
  name: 'Prompt Shown',
  timeMs: Date.UTC(2026, 10, 23, 12, 0, number % 60),
  accountId: 'acme',
  person: { userId: 'lena' },
  properties: { decision_id: '7-abc', offer_id: 'pro', number },
  ...differs,
});

function sinkAt(host: string, writeKey = 'key-of-outcomes') {
  const told: string[] = [];
  const config = SegmentOutcomesConfig.parse({ writeKey, host, timeoutMs: 500 });
  const sink = createSegmentOutcomes(config, { onTrouble: (sentence) => told.push(sentence) });
  return { told, report: (...outcomes: readonly Outcome[]) => sink.report(outcomes, notAborted) };
}

const notAborted = new AbortController().signal;

describe('outcomes at Segment', () => {
  it('arrive in one request, in their order, with user, account and time as they were', async () => {
    const segment = await sandbox();
    const outcomes = Array.from({ length: 50 }, (_, at) => outcome(at));
    expect(await sinkAt(segment.url).report(...outcomes)).toEqual({ kind: 'accepted' });
    expect(segment.requests()).toBe(1);
    const calls = segment.outcomes().map(({ call }) => call);
    expect(calls.map(({ properties }) => properties['number'])).toEqual(
      outcomes.map(({ properties }) => properties['number']),
    );
    expect(calls[3]).toMatchObject({
      event: 'Prompt Shown',
      userId: 'lena',
      timestamp: '2026-11-23T12:00:03.000Z',
      properties: { account_id: 'acme', decision_id: '7-abc' },
      context: { groupId: 'acme', integration: { name: 'motisig' } },
    });
  });

  it('are known again by their message ids, which differ between two sources', async () => {
    const segment = await sandbox();
    await sinkAt(segment.url).report(outcome(1));
    await sinkAt(segment.url).report(outcome(1));
    expect(segment.outcomes().map(({ copies }) => copies)).toEqual([2]);
    await sinkAt(segment.url, 'another-key').report(outcome(1));
    const ids = segment.outcomes().map(({ call }) => call.messageId);
    expect(ids).toEqual([
      expect.stringMatching(/^motisig-[0-9a-f]{40}$/u),
      expect.stringMatching(/^motisig-[0-9a-f]{40}$/u),
    ]);
  });

  it.each(outcomeNames)('are ignored when a %s comes back as an event', async (name) => {
    const segment = await sandbox();
    await sinkAt(segment.url).report(outcome(1, { name }));
    const connector = createSegmentConnector(
      { sharedSecret: 'a', bearerToken: 'b' },
      playbookOf(defaultPlaybookFile),
    );
    const call = segment.outcomes()[0]?.call;
    // Either mark is enough: some pipelines write ids anew, others lose the context.
    for (const one of [
      { ...call, messageId: 'rewritten' },
      { ...call, context: {} },
    ]) {
      const parsed = connector.parse(Buffer.from(JSON.stringify(one)), {
        door: 'segment_webhook',
        shape: 'webhook',
        correctsClock: false,
        receivedMs: Date.now(),
      });
      expect(parsed).toMatchObject({ inputs: [], quarantined: [], ignored: 1 });
    }
  });

  it('name a visitor who is no user yet by the anonymous id', async () => {
    const segment = await sandbox();
    await sinkAt(segment.url).report(outcome(1, { person: { anonymousId: 'anon-1' } }));
    expect(segment.outcomes()[0]?.call).toMatchObject({ anonymousId: 'anon-1' });
    expect(segment.outcomes()[0]?.call).not.toHaveProperty('userId');
  });

  it.each([
    [
      { status: 429, headers: { 'retry-after': '7' } },
      { kind: 'unavailable', retryAfterMs: 7000 },
      0,
    ],
    [{ status: 503 }, { kind: 'unavailable', retryAfterMs: undefined }, 0],
    [{ status: 408 }, { kind: 'unavailable', retryAfterMs: undefined }, 0],
    [{ status: 401 }, { kind: 'unavailable', retryAfterMs: 60_000 }, 1],
    [
      { status: 302, headers: { location: '/elsewhere' } },
      { kind: 'unavailable', retryAfterMs: 60_000 },
      1,
    ],
    [{ status: 400 }, { kind: 'refused' }, 1],
    ['reset', { kind: 'unavailable', retryAfterMs: undefined }, 0],
    ['done_then_reset', { kind: 'unavailable', retryAfterMs: undefined }, 0],
    ['stall', { kind: 'unavailable', retryAfterMs: undefined }, 0],
  ] as const)('asked once, after %j are %j', async (scripted, expected, sentences) => {
    const segment = await sandbox();
    segment.script([scripted]);
    const { report, told } = sinkAt(segment.url);
    expect(await report(outcome(1), outcome(2))).toEqual(expected);
    expect(segment.requests()).toBe(1);
    expect(told).toHaveLength(sentences);
    expect(told.join(' ')).not.toContain('key-of-outcomes');
  });

  it('carry the key as Segment expects it, and nothing else of it', async () => {
    const seen: { authorization: string | undefined; body: string }[] = [];
    const server: Server = createServer(async (request, response) => {
      const { authorization } = request.headers;
      seen.push({ authorization, body: await text(request) });
      response.end('{"success":true}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    opened.push({ [Symbol.asyncDispose]: async () => void server.close() });
    const { port } = server.address() as AddressInfo;
    await sinkAt(`http://127.0.0.1:${port}`).report(outcome(1));
    const basic = Buffer.from('key-of-outcomes:').toString('base64');
    expect(seen.map(({ authorization }) => authorization)).toEqual([`Basic ${basic}`]);
  });

  it('refuse an address over which anybody could read the key', () => {
    expect(
      SegmentOutcomesConfig.safeParse({ writeKey: 'k', host: 'http://api.segment.io' }).error
        ?.issues[0]?.message,
    ).toMatch(/^SEGMENT_OUTCOMES_HOST must be an https address/u);
  });
});
