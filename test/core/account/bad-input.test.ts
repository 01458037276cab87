import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSegmentConnector } from '../../../connectors/segment/index.ts';
import { readCounter } from '../../../src/core/counter/counter.ts';
import { dayMs } from '../../../src/core/duration.ts';
import type { Input } from '../../../src/core/input.ts';
import { advancePerson } from '../../../src/core/person/advance.ts';
import { unknownPerson } from '../../../src/core/person/state.ts';
import { noon, playbookOf, type Ran, run } from './world.ts';

/* What products send by mistake, from the request's bytes to the state: docs/playbook.md, "Bad data", row by row. */

const playbook = playbookOf(`
version: 1
events: { Used: [amount, limit, thing] }
plan: { default: starter }
plans:
  starter: { monthlyPrice: 49 }
  pro: { monthlyPrice: 149 }
signals:
  use: { events: Used, value: amount, limit: { property: limit } }
valueMoment: { signal: use }
triggers:
  level: { gauge: use, atLeast: [50%, 100%], kind: limit, offers: [more] }
  pressure: { pace: use, atMost: 7d, kind: limit, offers: [more] }
  total: { sum: use, within: 7d, atLeast: 1000, offers: [other] }
  things: { distinct: use, of: thing, within: 7d, atLeast: 2, offers: [other] }
  newest: { last: use, atLeast: 1000, offers: [other] }
  visits: { sessions: use, per: user, within: 7d, atLeast: 3, offers: [other] }
  team: { seats: all, atLeast: 4, kind: team, offers: [other] }
offers:
  more: { plan: pro, copy: { headline: "{{ used }} of {{ limit }}, {{ remaining }} left, {{ percent }}%", body: b, cta_label: c, cta_url: https://a.example } }
  other: { plan: pro, copy: { headline: h, body: b, cta_label: c, cta_url: https://a.example } }
`);
const rules = { playbook, mode: 'live' } as const;
const connector = createSegmentConnector({ sharedSecret: 's', bearerToken: 'b' }, playbook);

/** What the hub makes of a call, from its bytes on. */
function parse(call: object | string): {
  readonly inputs: readonly Input[];
  readonly reasons: readonly string[];
} {
  const body = typeof call === 'string' ? call : JSON.stringify(call);
  const parsed = connector.parse(Buffer.from(body), {
    door: 'segment_webhook',
    shape: 'webhook',
    correctsClock: false,
    receivedMs: noon,
  });
  return parsed.kind === 'parsed'
    ? { inputs: parsed.inputs, reasons: parsed.quarantined.map((one) => one.reason) }
    : { inputs: [], reasons: ['unreadable'] };
}

let made = 0;
function used(properties: object, more: object = {}): object {
  made += 1;
  return {
    type: 'track',
    event: 'Used',
    messageId: `m${made}`,
    userId: 'lena',
    timestamp: new Date(noon).toISOString(),
    context: { groupId: 'acme' },
    properties,
    ...more,
  };
}

function ranOn(...calls: readonly (object | string)[]): Ran {
  return run(
    calls.flatMap((call) => parse(call).inputs),
    rules,
    () => noon,
  );
}

function value(ran: Ran, kind: string): number {
  const spec = playbook.counters.find((one) => one.kind === kind);
  if (spec === undefined) {
    throw new Error(`no counter of kind ${kind}`);
  }
  const member = ran.view.members.get('lena');
  const counters =
    spec.subject === 'account' || member?.kind !== 'active'
      ? ran.view.account.counters
      : member.counters;
  return readCounter(counters.get(spec), spec, noon, undefined).value;
}

const fired = (ran: Ran): readonly string[] =>
  ran.decisions.flatMap((one) => one.fired.map(({ triggerId }) => triggerId));

describe('a number that comes as', () => {
  it.each<
    [string, unknown, { readonly gauge: number; readonly sum: number; readonly last: number }]
  >([
    ['text', '10', { gauge: 10, sum: 10, last: 10 }],
    ['text with spaces', ' 2.5 ', { gauge: 2.5, sum: 2.5, last: 2.5 }],
    ['text with an exponent', '1e3', { gauge: 1_000, sum: 1_000, last: 1_000 }],
    ['text with a thousands separator', '1,204', { gauge: 0, sum: 0, last: 0 }],
    ['text with a unit', '10 MB', { gauge: 0, sum: 0, last: 0 }],
    ['blank text', '', { gauge: 0, sum: 0, last: 0 }],
    ['null', null, { gauge: 0, sum: 0, last: 0 }],
    ['true', true, { gauge: 0, sum: 0, last: 0 }],
    ['a list', [10], { gauge: 0, sum: 0, last: 0 }],
    ['an object', { of: 10 }, { gauge: 0, sum: 0, last: 0 }],
    ['a negative number', -3, { gauge: -3, sum: -3, last: -3 }],
    ['the largest number', 1e308, { gauge: 0, sum: 1e9, last: 1e308 }],
  ])('%s counts as stated', (_, amount, expected) => {
    const ran = ranOn(used({ amount }));
    expect({
      gauge: value(ran, 'gauge'),
      sum: value(ran, 'sum'),
      last: value(ran, 'last'),
    }).toEqual(expected);
    // The event itself counts, whatever it carries.
    expect([value(ran, 'count'), value(ran, 'sessions')]).toEqual([1, 1]);
  });

  it('NaN and infinity, which JSON has not, make a body unreadable or are left out', () => {
    const text = JSON.stringify(used({ amount: 'here' }));
    expect(parse(text.replace('"here"', 'NaN')).reasons).toEqual(['unreadable']);
    expect(value(ranOn(text.replace('"here"', '1e999')), 'gauge')).toBe(0);
  });
});

describe('a limit', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['0', 0],
    ['a negative number', -1],
    ['text that is no number', 'unlimited'],
    ['1,000', '1,000'],
    ['the largest number', 1e308],
  ])('of %s fires no share', (_, limit) => {
    expect(fired(ranOn(used({ amount: 900, limit })))).toEqual([]);
  });

  it('as text is the number it says', () => {
    expect(fired(ranOn(used({ amount: '9', limit: '10' })))).toEqual(['level@50%']);
  });

  it('that is reached, or not touched at all, is quoted with its zeros', () => {
    const [full] = ranOn(used({ amount: 0, limit: 10 }), used({ amount: 10, limit: 10 })).decisions;
    expect(full?.words).toMatchObject({ headline: '10 of 10, 0 left, 100%' });
  });
});

describe('a time', () => {
  it.each<[string, unknown]>([
    ['in the future', new Date(noon + 400 * dayMs).toISOString()],
    ['that cannot be read', 'yesterday'],
    ['that is a list', [noon]],
    ['that is missing', undefined],
  ])('%s is the time of arrival', (_, timestamp) => {
    const ran = ranOn(used({ amount: 9, limit: 10 }, { timestamp }));
    expect(value(ran, 'sum')).toBe(9);
    expect(fired(ran)).toEqual(['level@50%']);
    // And the clock of the counters did not jump: what comes next still counts.
    expect(value(ranOn(used({ amount: 9 }, { timestamp }), used({ amount: 1 })), 'sum')).toBe(10);
  });

  it('of months ago moves what still holds it, and fires nothing', () => {
    const old = new Date(noon - 150 * dayMs).toISOString();
    const ran = ranOn(used({ amount: 2_000, limit: 10 }, { timestamp: old }));
    expect(fired(ran)).toEqual([]);
    expect([value(ran, 'gauge'), value(ran, 'sum'), value(ran, 'count')]).toEqual([2_000, 0, 1]);
  });
});

describe('an id', () => {
  it.each<[string, object, readonly string[]]>([
    ['a user id that is a list', { userId: ['lena'] }, ['user_id_unusable']],
    ['a user id that is an object', { userId: { id: 'lena' } }, ['user_id_unusable']],
    ['no id at all', { userId: null }, ['no_id']],
  ])('%s is quarantined', (_, more, reasons) => {
    expect(parse(used({}, more))).toEqual({ inputs: [], reasons });
  });

  it('of the account that is a list is passed over for the next place', () => {
    const { inputs } = parse(used({ accountId: 'acme' }, { context: { groupId: ['x'] } }));
    expect(inputs).toMatchObject([{ event: { accountId: 'acme' } }]);
  });

  it('of one user in 500 accounts belongs to each, and to none where the event names none', () => {
    const base = { dedupeDay: undefined, receivedMs: noon, timeMs: noon };
    const seen = Array.from(
      { length: 500 },
      (_, at): Input => ({
        ...base,
        kind: 'member_seen',
        id: `s${at}`,
        userId: 'lena',
        accountId: `acme-${at}`,
      }),
    );
    const person = seen.reduce(
      (state, input) => advancePerson('lena', state, input, playbook, noon).state,
      unknownPerson,
    );
    expect(person.accounts).toHaveLength(500);
    const [lost] = parse(used({ amount: 1 }, { context: {} })).inputs;
    if (lost === undefined) {
      throw new Error('the call gave no input');
    }
    const moved = advancePerson('lena', person, lost, playbook, noon);
    expect(moved.effects).toEqual([]);
    expect(moved.setAside).toMatchObject([{ reason: 'ambiguous_account' }]);
  });
});

describe('a heap of properties', () => {
  it('keeps of 10,000 only those that the playbook reads', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`p${at}`, at]));
    const { inputs } = parse(used({ ...many, amount: 3, thing: 'x' }));
    expect(inputs).toMatchObject([{ event: { properties: { amount: 3, thing: 'x' } } }]);
    const [input] = inputs;
    expect(input?.kind === 'event' ? Object.keys(input.event.properties) : []).toHaveLength(2);
  });
});

describe('anything at all', () => {
  it('never throws out of advance, leaves a state that can be read, and the same in any order', () => {
    const junk = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom('1,204', 'NaN', '', -1, 0, 1e308, -1e308, 1e-308, Number.MAX_SAFE_INTEGER),
      fc.double({ noNaN: true }),
    );
    const call = fc.record({
      type: fc.constantFrom('track', 'identify', 'group', 'page', 'alias', 'nonsense'),
      event: fc.oneof(fc.constantFrom('Used', 'Account Added User', 'Account Removed User'), junk),
      userId: fc.oneof(fc.constantFrom('lena', 'omar'), junk),
      timestamp: fc.oneof(
        fc.integer({ min: noon - 40 * dayMs, max: noon }).map((ms) => new Date(ms).toISOString()),
        junk,
      ),
      properties: fc.oneof(fc.record({ amount: junk, limit: junk, thing: junk, role: junk }), junk),
      traits: fc.oneof(fc.record({ plan: junk, role: junk }), junk),
      groupId: fc.constant('acme'),
      context: fc.constant({ groupId: 'acme' }),
    });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 12 }), (calls) => {
        const inputs = calls
          .flatMap((one, at) => parse({ ...one, messageId: `j${at}` }).inputs)
          .filter((input) => input.kind === 'event' && input.event.accountId === 'acme');
        const straight = run(inputs, rules, () => noon + 40 * dayMs);
        const turned = run([...inputs, ...inputs].toReversed(), rules, () => noon + 40 * dayMs);
        expect(turned.bytes).toEqual(straight.bytes);
      }),
      { numRuns: 1_000 },
    );
  });
});
