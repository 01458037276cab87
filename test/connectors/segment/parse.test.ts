import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSegmentConnector } from '../../../connectors/segment/index.ts';
import { onlyEvent, outcomes, parsed, receivedMs } from './parse.ts';
import { playbookFor } from './playbook.ts';

const track = { type: 'track', event: 'X', userId: 'u', messageId: 'm', properties: { a: 1 } };
const batch = { door: 'tracking_api', shape: 'batch', correctsClock: true } as const;

describe('bodies', () => {
  it('may be one call, a list, a list of json wrappers, or a batch', () => {
    const event = onlyEvent(track);
    for (const body of [[track], [{ json: track }], { json: track }]) {
      expect(onlyEvent(body)).toEqual(event);
    }
    expect(onlyEvent({ batch: [track] }, batch)).toEqual(event);
    expect(onlyEvent([track], batch)).toEqual(event);
    expect(outcomes(parsed([]))).toEqual([]);
  });

  it('takes the type of a single Tracking API call from the path', () => {
    const { type: _type, ...untyped } = track;
    expect(onlyEvent(untyped, { shape: 'track' }).call).toBe('track');
    expect(onlyEvent({ ...untyped, type: 'page', name: 'N' }, { shape: 'screen' }).call).toBe(
      'screen',
    );
  });

  it('puts context and integrations of a batch beneath those of each call', () => {
    const context = { groupId: 'a', traits: { email: 'e' } };
    const calls = [track, { ...track, context: { groupId: 'b' } }, { ...track, context: [] }];
    const { inputs } = parsed(
      { batch: calls, context, integrations: { All: false, Hub: true } },
      batch,
    );
    expect(inputs).toMatchObject([
      { event: { accountId: 'a', traits: { email: 'e' }, isReplay: true } },
      { event: { accountId: 'b', traits: { email: 'e' } } },
      { event: { accountId: 'a' } },
    ]);
  });

  it('may begin with a byte order mark and hold U+2028', () => {
    const text = JSON.stringify({ ...track, properties: { a: 'one\u2028two' } });
    expect(onlyEvent(`\ufeff${text}`).properties).toEqual({ a: 'one\u2028two' });
  });

  it('lose keys that reach a prototype, and keep an innocent `constructor`', () => {
    const poisoned =
      '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},"a":1}';
    const innocent = '{"constructor":"Acme Builders"}';
    const call = (properties: string): string =>
      `{"type":"track","event":"X","userId":"u","properties":${properties}}`;
    const { inputs } = parsed(`[${call(poisoned)},${call(innocent)}]`);
    const kept = inputs.map((input) =>
      input.kind === 'event' ? Object.entries(input.event.properties) : [],
    );
    expect(kept).toEqual([[['a', 1]], [['constructor', 'Acme Builders']]]);
  });

  it.each([['{}'], ['{"batch":5}']])('without a batch go to quarantine as a whole: %s', (body) => {
    expect(outcomes(parsed(body, batch))).toEqual(['batch_missing']);
  });

  it.each(['5', 'null', '"text"', 'true'])('that are no call go to quarantine: %s', (body) => {
    expect(outcomes(parsed(body))).toEqual(['not_an_object']);
    expect(outcomes(parsed(`[${body},${JSON.stringify(track)}]`))).toEqual([
      'track',
      'not_an_object',
    ]);
  });

  it.each(['', '{', 'event=X', '[1,]', '\u0000'])(
    'that are not JSON are unreadable, and the sentence does not quote them: %j',
    (body) => {
      const connector = createSegmentConnector(
        { sharedSecret: 's', bearerToken: 'b' },
        playbookFor(),
      );
      const options = { door: 'd', shape: 'webhook', correctsClock: false, receivedMs } as const;
      expect(connector.parse(Buffer.from(body), options)).toEqual({
        kind: 'unreadable',
        message: 'The body is not JSON; send one call or a batch of calls as JSON in UTF-8.',
      });
    },
  );

  it('give their write key to the door, and never to the quarantine', () => {
    const body = { writeKey: 'wk_secret', userId: 'u', properties: {} };
    const single = parsed(body, { shape: 'track' });
    expect(single.writeKey).toBe('wk_secret');
    expect(outcomes(single)).toEqual(['track_without_event']);
    expect(JSON.stringify(single.quarantined)).not.toContain('wk_secret');
    expect(JSON.stringify(parsed(body, batch).quarantined)).not.toContain('wk_secret');
  });
});

describe('the quarantine', () => {
  it('keeps at most 32 KB of a call, cut between characters', () => {
    const [kept] = parsed({
      type: 'purchase',
      userId: 'u',
      text: 'é€🚀'.repeat(9_000),
    }).quarantined;
    const bytes = Buffer.byteLength(kept?.raw ?? '');
    expect(bytes).toBeLessThanOrEqual(32 * 1024);
    expect(bytes).toBeGreaterThan(32 * 1024 - 4);
    expect(kept?.raw).not.toContain('\ufffd');
    expect(kept?.userId).toBe('u');
  });

  it('takes a call that is nested too deeply to be written again', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const call = (text: string): string =>
      `{"type":"track","userId":"u","timestamp":"2026-11-20","properties":${text}}`;
    expect(
      outcomes(parsed(`[${call(deep)},${call(`{"a":${deep}}`)},${JSON.stringify(track)}]`)),
    ).toEqual(['track', 'properties_not_an_object', 'track_without_event']);
    const named = `{"type":"track","event":"X","userId":"u","timestamp":"2026-11-20","properties":{"a":${deep}}}`;
    expect(onlyEvent(named).properties).toEqual({});
  });
});

describe('whatever comes in', () => {
  const oddValue = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('', ' ', 'track', 'u', '[a]', '2026-11-20', 1e20, 'x'.repeat(600)),
  );
  const fieldNames = [
    'type',
    'messageId',
    'userId',
    'anonymousId',
    'previousId',
    'groupId',
    'event',
    'name',
    'properties',
    'traits',
    'context',
    'integrations',
    'timestamp',
    'originalTimestamp',
    'sentAt',
    'receivedAt',
    'json',
    '__proto__',
    'constructor',
  ];
  const oddCall = fc.oneof(
    fc.jsonValue(),
    fc
      .tuple(
        fc.constantFrom('track', 'identify', 'group', 'page', 'screen', 'alias', 'delete', 'x'),
        fc.dictionary(fc.constantFrom(...fieldNames), oddValue),
      )
      .map(([type, call]) => ({ type, ...call })),
  );

  it('accounts for every call of a batch, and good neighbours come out as if they were alone', () => {
    const alone = onlyEvent(track);
    fc.assert(
      fc.property(
        fc.array(oddCall, { maxLength: 8 }),
        fc.constantFrom('webhook', 'batch'),
        (odd, shape) => {
          const calls = odd.flatMap((call) => [track, call]);
          const result = parsed(shape === 'batch' ? { batch: calls } : calls, { shape });
          expect(result.inputs.length + result.quarantined.length + result.ignored).toBe(
            calls.length,
          );
          const good = result.inputs.filter(
            (input) =>
              input.kind === 'event' && input.id === 'm' && input.event.properties['a'] === 1,
          );
          expect(good.length).toBeGreaterThanOrEqual(odd.length);
          expect(good[0]?.kind === 'event' ? good[0].event : alone).toEqual(alone);
        },
      ),
    );
  });

  it('gives inputs that the core can trust: ids, times, scalars', () => {
    fc.assert(
      fc.property(oddCall, (call) => {
        for (const input of parsed([call], { correctsClock: true }).inputs) {
          expect(input.id.length).toBeGreaterThan(0);
          expect(input.id.length).toBeLessThanOrEqual(100);
          if (input.kind === 'event') {
            const { event } = input;
            expect(
              Number.isSafeInteger(event.timeMs) && event.timeMs > 0 && event.timeMs <= receivedMs,
            ).toBe(true);
            expect(event.userId ?? event.anonymousId ?? '').not.toBe('');
            expect(
              Object.values({ ...event.properties, ...event.traits }).every((value) =>
                ['string', 'number', 'boolean'].includes(typeof value),
              ),
            ).toBe(true);
          }
        }
      }),
    );
  });

  it('never throws on bytes', () => {
    const connector = createSegmentConnector(
      { sharedSecret: 's', bearerToken: 'b' },
      playbookFor(),
    );
    const shapes = fc.constantFrom(
      'webhook',
      'batch',
      'track',
      'identify',
      'group',
      'page',
      'screen',
      'alias',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        shapes,
        (bytes, shape) => {
          const result = connector.parse(Buffer.from(bytes), {
            door: 'd',
            shape,
            correctsClock: true,
            receivedMs,
          });
          expect(['parsed', 'unreadable']).toContain(result.kind);
        },
      ),
    );
  });
});
