import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onlyEvent, onlyInput, outcomes, parsed, receivedMs } from './parse.ts';

const track = { type: 'track', event: 'X', userId: 'u', messageId: 'm' };
const minute = 60_000;

describe('ids', () => {
  it.each([
    [48213, '48213'],
    [' u ', 'u'],
    ['0', '0'],
    [0, '0'],
    ['a\ud800b', 'a\ufffdb'],
    ['[not closed', '[not closed'],
  ])('reads the userId %j as %j', (sent, userId) => {
    expect(onlyEvent({ ...track, userId: sent }).userId).toBe(userId);
  });

  it.each([
    [['u1']],
    [{}],
    [true],
    ['[id1,id2]'],
    ['["id1"]'],
    ['[object Object]'],
    ['u\u001fv'],
    ['u'.repeat(501)],
  ])('quarantines the userId %j, because it names nobody', (userId) => {
    expect(outcomes(parsed({ ...track, userId, anonymousId: 'a' }))).toEqual(['user_id_unusable']);
  });

  it('quarantines a number too large to be exact, which would make one user of two', () => {
    expect(outcomes(parsed('{"type":"track","event":"X","userId":12345678901234567890}'))).toEqual([
      'user_id_unusable',
    ]);
  });

  it('keeps what an anonymous person did, and what a user did whose anonymousId is unusable', () => {
    expect(onlyEvent({ ...track, userId: null, anonymousId: 7 })).toMatchObject({
      userId: undefined,
      anonymousId: '7',
    });
    expect(onlyEvent({ ...track, anonymousId: ['a'] })).toMatchObject({
      userId: 'u',
      anonymousId: undefined,
    });
  });
});

describe('the message id', () => {
  it('is made from what the call says when it has a time, the same in every copy', () => {
    const call = {
      type: 'track',
      event: 'X',
      userId: 'u',
      timestamp: '2026-11-20T10:00:00Z',
      properties: { a: 1 },
    };
    const { id } = onlyInput(call);
    expect(id).toMatch(/^made-[0-9a-f]{40}$/u);
    expect(onlyInput({ ...call, messageId: ' ' }).id).toBe(id);
    const others = [
      { event: 'Y' },
      { userId: 'v' },
      { timestamp: '2026-11-20T10:00:01Z' },
      { properties: { a: 2 } },
    ];
    expect(new Set(others.map((other) => onlyInput({ ...call, ...other }).id)).add(id).size).toBe(
      5,
    );
  });

  it.each([{}, { timestamp: 'yesterday' }])(
    'is never the same twice without a readable time: %j',
    (time) => {
      const call = { type: 'track', event: 'X', userId: 'u', ...time };
      expect(onlyInput(call).id).not.toBe(onlyInput(call).id);
    },
  );

  it('is at most 100 characters, whatever was sent', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 80, maxLength: 300 }), (messageId) => {
        const { id } = onlyInput({ ...track, messageId: `x${messageId}x` });
        expect(id.length).toBeLessThanOrEqual(100);
      }),
    );
  });
});

describe('the time of an event', () => {
  const at = (ms: number): string => new Date(ms).toISOString();
  const timeMs = Date.UTC(2026, 10, 20, 10);
  const correctsClock = { door: 'tracking_api', shape: 'batch', correctsClock: true } as const;

  it('is `timestamp`, else `originalTimestamp`, else the receive time', () => {
    const sent = { ...track, originalTimestamp: at(timeMs - minute) };
    expect(onlyEvent({ ...sent, timestamp: at(timeMs) }).timeMs).toBe(timeMs);
    expect(onlyEvent({ ...sent, timestamp: 'yesterday' }).timeMs).toBe(timeMs - minute);
    expect(onlyEvent(sent).timeMs).toBe(timeMs - minute);
    expect(onlyEvent(track).timeMs).toBe(receivedMs);
  });

  it('is never later than the receive time, and the dedupe day is that of the time as sent', () => {
    const input = onlyInput({ ...track, timestamp: at(receivedMs + 14 * 86_400_000) });
    expect(input).toMatchObject({
      dedupeDay: Math.floor(receivedMs / 86_400_000) + 14,
      event: { timeMs: receivedMs },
    });
  });

  it('is corrected by a sender’s clock that is off by more than a minute, on the doors where nobody did it before', () => {
    const skewMs = 8 * minute;
    const call = { ...track, timestamp: at(timeMs), sentAt: at(receivedMs + skewMs) };
    expect(onlyInput({ batch: [call] }, correctsClock)).toMatchObject({
      dedupeDay: Math.floor(timeMs / 86_400_000),
      event: { timeMs: timeMs - skewMs },
    });
    expect(onlyEvent({ batch: [call] }, { ...correctsClock, correctsClock: false }).timeMs).toBe(
      timeMs,
    );
    expect(
      onlyEvent({ batch: [{ ...call, receivedAt: at(receivedMs) }] }, correctsClock).timeMs,
    ).toBe(timeMs);
  });

  it('uses the `sentAt` of the batch where the call has none of its own', () => {
    const call = { ...track, timestamp: at(timeMs) };
    const sentAt = at(receivedMs - 5 * minute);
    expect(onlyEvent({ batch: [call], sentAt }, correctsClock).timeMs).toBe(timeMs + 5 * minute);
    const own = { ...call, sentAt: at(receivedMs) };
    expect(onlyEvent({ batch: [own], sentAt }, correctsClock).timeMs).toBe(timeMs);
  });

  it.each([minute, -minute, 0, 3_000])(
    'is left alone when the clocks differ by %i ms: that is the network',
    (differenceMs) => {
      const call = { ...track, timestamp: at(timeMs), sentAt: at(receivedMs - differenceMs) };
      expect(onlyEvent({ batch: [call] }, correctsClock).timeMs).toBe(timeMs);
    },
  );

  it('is left alone when `sentAt` cannot be read', () => {
    const call = { ...track, timestamp: at(timeMs), sentAt: 'now' };
    expect(onlyEvent({ batch: [call] }, correctsClock).timeMs).toBe(timeMs);
  });
});

describe('the account', () => {
  const places = {
    context: { groupId: 'first', traits: { group_id: 'fifth', company: { id: 'sixth' } } },
    groupId: 'second',
    properties: { organization_id: 'fourth', AccountId: 'third' },
  };

  it('is the first of the configured places that names one, wherever it stands in the call', () => {
    const { context, groupId, properties } = places;
    const reversed = { properties, groupId, context };
    expect(onlyEvent({ ...track, ...places }).accountId).toBe('first');
    expect(onlyEvent({ ...reversed, ...track }).accountId).toBe('first');
    expect(onlyEvent({ ...track, ...places, context: { traits: context.traits } }).accountId).toBe(
      'second',
    );
    expect(onlyEvent({ ...track, properties, context: { traits: context.traits } }).accountId).toBe(
      'third',
    );
    expect(onlyEvent({ ...track, context: { traits: context.traits } }).accountId).toBe('fifth');
    expect(onlyEvent({ ...track, context: { traits: { 'company.id': 6 } } }).accountId).toBe('6');
  });

  it.each([null, '', '  ', '[a,b]', ['a'], true])('passes over %j in a better place', (groupId) => {
    expect(
      onlyEvent({ ...track, context: { groupId }, properties: { accountId: 'a' } }).accountId,
    ).toBe('a');
  });

  it('keeps its rank where one place is inside another', () => {
    const paths = [['account', 'id'], ['context', 'groupid'], ['account']];
    const account = { paths, whenMissing: 'wait' } as const;
    const accountOf = (call: object) => onlyEvent({ ...track, ...call }, {}, { account }).accountId;
    const context = { groupId: 'group' };
    expect(accountOf({ context, account: 'own' })).toBe('group');
    expect(accountOf({ context, account: { id: 'nested' } })).toBe('nested');
    expect(accountOf({ account: 'own' })).toBe('own');
  });

  it('of a group call is its groupId and nothing else', () => {
    const group = { type: 'group', userId: 'u', context: { groupId: 'other' } };
    expect(onlyEvent({ ...group, groupId: 991 }).accountId).toBe('991');
    expect(
      outcomes(parsed([group, { ...group, groupId: ' ' }, { ...group, groupId: ['a'] }])),
    ).toEqual(['group_without_group_id', 'group_without_group_id', 'group_id_unusable']);
  });

  it('is the user where the playbook says so, but never an anonymous visitor', () => {
    const account = { paths: [['context', 'groupid']], whenMissing: 'user' } as const;
    expect(onlyEvent(track, {}, { account }).accountId).toBe('u');
    expect(onlyEvent({ ...track, context: { groupId: 'a' } }, {}, { account }).accountId).toBe('a');
    expect(
      onlyEvent({ ...track, userId: null, anonymousId: 'n' }, {}, { account }).accountId,
    ).toBeUndefined();
    expect(onlyEvent(track).accountId).toBeUndefined();
  });
});

describe('what is kept of a call', () => {
  it('is what the playbook reads, in any case and with any separators', () => {
    const words = fc.constantFrom(['report', 'count'], ['plan', 'limit']);
    const spelling = fc.tuple(
      words,
      fc.constantFrom('', '_', '-', ' ', '.', '/', ':', '__'),
      fc.infiniteStream(fc.boolean()),
    );
    fc.assert(
      fc.property(spelling, ([parts, separator, isUpper]) => {
        const key = [...parts.join(separator)]
          .map((char) => (isUpper.next().value ? char.toUpperCase() : char))
          .join('');
        const event = isUpper.next().value ? 'REPORT_CREATED' : 'reportCreated';
        expect(
          onlyEvent({ ...track, event, properties: { [key]: 5, other: 6 } }).properties,
        ).toEqual({ [parts.join('')]: 5 });
      }),
    );
  });

  it('is nothing for an event that no rule reads', () => {
    expect(
      onlyEvent({ ...track, event: 'Unheard Of', properties: { a: 1, reportcount: 2 } }).properties,
    ).toEqual({});
  });

  it('takes nested properties from nested objects and from dotted keys', () => {
    const event = 'Workflow Run Completed';
    expect(
      onlyEvent({ ...track, event, properties: { Workflow: { ID: 'a' } } }).properties,
    ).toEqual({ 'workflow.id': 'a' });
    expect(onlyEvent({ ...track, event, properties: { 'workflow.id': 'a' } }).properties).toEqual({
      'workflow.id': 'a',
    });
    expect(onlyEvent({ ...track, event, properties: { workflow: 'a' } }).properties).toEqual({});
  });

  it('is scalars only, and the first of two spellings', () => {
    const raw =
      '{"type":"track","event":"X","userId":"u","properties":{"a":1e999,"A":[1],"_a":null,"-a":"1,204","a_":"later"}}';
    expect(onlyEvent(raw).properties).toEqual({ a: '1,204' });
  });

  it('has texts of at most 500 characters, never ending in half a character', () => {
    expect(onlyEvent({ ...track, properties: { a: 'x'.repeat(501) } }).properties['a']).toBe(
      'x'.repeat(500),
    );
    expect(onlyEvent({ ...track, properties: { a: `${'x'.repeat(499)}🚀` } }).properties['a']).toBe(
      'x'.repeat(499),
    );
    expect(onlyEvent({ ...track, event: 'n'.repeat(600) }).name).toHaveLength(500);
  });

  it('has the traits of the user, on an event from its context, and of the account on a group call', () => {
    const traits = { Email: 'a@b.example', plan: 'pro', employees: 5, phone: null, other: 1 };
    const user = { email: 'a@b.example', plan: 'pro' };
    expect(onlyEvent({ type: 'identify', userId: 'u', traits }).traits).toEqual(user);
    expect(onlyEvent({ ...track, context: { traits } }).traits).toEqual(user);
    expect(onlyEvent({ type: 'group', userId: 'u', groupId: 'g', traits }).traits).toEqual({
      plan: 'pro',
      employees: 5,
    });
  });

  it.each([null, undefined, {}, []])(
    'is nothing when properties, traits and context are %j',
    (nothing) => {
      expect(
        onlyEvent({ ...track, properties: nothing, context: nothing, integrations: nothing }),
      ).toMatchObject({ properties: {}, traits: {} });
      expect(
        onlyEvent({ type: 'identify', userId: 'u', traits: nothing, context: nothing }).traits,
      ).toEqual({});
    },
  );

  it.each(['text', 5, true, [1]])(
    'sends a call to quarantine whose properties or traits are %j',
    (value) => {
      const identify = { type: 'identify', userId: 'u', traits: value };
      expect(outcomes(parsed([{ ...track, properties: value }, identify]))).toEqual([
        'properties_not_an_object',
        'traits_not_an_object',
      ]);
    },
  );

  it('has the name of a page from the call or, as Jitsu sends it, from the properties', () => {
    expect(onlyEvent({ type: 'page', userId: 'u', name: 'Pricing' }).name).toBe('Pricing');
    expect(onlyEvent({ type: 'page', userId: 'u', properties: { name: 'Pricing' } }).name).toBe(
      'Pricing',
    );
    expect(onlyEvent({ type: 'page', userId: 'u' }).name).toBe('');
  });
});

describe('calls with a meaning of their own', () => {
  it.each([
    [{ All: false, 'Webhooks (Actions)': true }, true],
    [{ All: false, Mine: {} }, true],
    [{ All: false }, false],
    [{ All: false, A: true, B: true }, false],
    [{ All: false, A: false }, false],
    [{ All: true, A: true }, false],
    [{ A: true }, false],
    [[], false],
    [null, false],
  ])('integrations %j mean a replay: %j', (integrations, isReplay) => {
    expect(onlyEvent({ ...track, integrations }).isReplay).toBe(isReplay);
  });

  it('ignores our own outcomes coming back, by the integration or by the message id', () => {
    const own = [
      { context: { integration: { name: 'motisig', version: '1' } } },
      { messageId: 'motisig-1-shown' },
    ];
    expect(outcomes(parsed(own.map((mark) => ({ ...track, ...mark }))))).toEqual([
      'ignored',
      'ignored',
    ]);
    expect(outcomes(parsed({ ...track, context: { integration: { name: 'other' } } }))).toEqual([
      'track',
    ]);
  });

  it('ignores an alias to oneself, which the browser SDK sends', () => {
    expect(outcomes(parsed({ type: 'alias', userId: 'u', previousId: 'u' }))).toEqual(['ignored']);
  });

  it('quarantines an alias or a delete that does not name both sides', () => {
    const calls = [
      { type: 'alias', previousId: 'p' },
      { type: 'alias', userId: 'u', previousId: '[a]' },
      { type: 'delete', anonymousId: 'a' },
    ];
    expect(outcomes(parsed(calls))).toEqual([
      'alias_without_user_id',
      'alias_without_previous_id',
      'delete_without_user_id',
    ]);
  });
});
