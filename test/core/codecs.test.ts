import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAccount, encodeAccount } from '../../src/core/account/codec.ts';
import {
  circumstances,
  type Context,
  noContext,
  withCircumstance,
  withTicket,
} from '../../src/core/account/context.ts';
import { noLearning } from '../../src/core/account/learning-state.ts';
import {
  noPurchases,
  type Purchases,
  withDowngrade,
  withPurchase,
} from '../../src/core/account/purchases.ts';
import { standings } from '../../src/core/outcome/standing.ts';
import type { AccountState } from '../../src/core/account/state.ts';
import { CounterTable } from '../../src/core/counter/table.ts';
import { PackedReader, PackedWriter } from '../../src/core/packed.ts';
import { decodePerson, encodePerson } from '../../src/core/person/codec.ts';
import type { PersonState } from '../../src/core/person/state.ts';
import { lifeStates } from '../../src/core/prompt/life.ts';
import { packTouches, unpackTouches } from '../../src/core/prompt/touch-codec.ts';
import type { Touch } from '../../src/core/prompt/touch.ts';
import { touchOf } from './prompt/touch-of.ts';

const timeMs = fc.integer({ min: 0, max: 4_000_000_000_000 });
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const scalar = fc.oneof(text, fc.double({ noNaN: true }), fc.boolean());
const scalars = fc.dictionary(text, scalar, { maxKeys: 4, noNullPrototype: true });
const option = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });

const touch: fc.Arbitrary<Touch> = fc.record({
  decisionId: text,
  offerId: text,
  family: text,
  userId: text,
  channel: fc.constantFrom('intercom' as const, 'sendgrid' as const),
  timeMs,
  state: fc.constantFrom(...lifeStates),
  at: fc
    .array(fc.tuple(fc.constantFrom(...lifeStates), timeMs), { maxLength: 6 })
    .map((entries) => Object.fromEntries(entries)),
  seenBy: option(fc.constantFrom('receipt' as const, 'activity' as const)),
  dismissedUntil: option(
    fc.constantFrom('cooldown' as const, 'next_period' as const, 'never' as const),
  ),
  hasComplaint: fc.boolean(),
  followsId: option(text),
  moment: option(
    fc.record({ triggerId: text, because: text, eventMs: fc.integer(), evidence: scalars }),
  ),
});

/** Contexts as they come about: by what is told, in any order, with times that make no sense as well. */
const context: fc.Arbitrary<Context> = fc
  .array(
    fc.record({
      circumstance: option(fc.constantFrom(...circumstances)),
      what: fc.constantFrom('began' as const, 'ended' as const),
      id: text,
      isPriority: fc.boolean(),
      timeMs: fc.oneof(timeMs, fc.integer({ min: -1000, max: 10 })),
    }),
    { maxLength: 25 },
  )
  .map((told) =>
    told.reduce(
      (held, one) =>
        one.circumstance === undefined
          ? withTicket(held, one, one.what, one.timeMs)
          : withCircumstance(held, one.circumstance, one.what, one.timeMs),
      noContext,
    ),
  );

const purchases: fc.Arbitrary<Purchases> = fc
  .record({
    bought: fc.array(fc.tuple(text, timeMs), { maxLength: 4 }),
    downgradedMs: option(timeMs),
    plans: fc.array(fc.tuple(text, timeMs, timeMs), { maxLength: 4 }),
  })
  .map(({ bought, downgradedMs, plans }) => {
    const held = bought.reduce(
      (one, [family, at]) => withPurchase(one, family, at),
      downgradedMs === undefined ? noPurchases : withDowngrade(noPurchases, downgradedMs),
    );
    const plansSeen = new Map(
      plans.map(([id, one, other]) => [
        id,
        { firstMs: Math.min(one, other), lastMs: Math.max(one, other) },
      ]),
    );
    return { ...held, plansSeen };
  });

const learning: fc.Arbitrary<AccountState['learning']> = fc.record({
  episodes: fc.array(
    fc.record({
      decisionId: text,
      family: text,
      cell: text,
      arm: fc.constantFrom('prompt' as const, 'hold' as const),
      startMs: timeMs,
      windowDays: fc.integer({ min: 1, max: 60 }),
      convertedMs: option(timeMs),
      isReversed: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
  uncredited: fc.array(fc.record({ family: text, timeMs }), { maxLength: 3 }),
  enrolment: option(
    fc.record({
      decisionId: text,
      timeMs,
      isHoldout: fc.boolean(),
      salt: text,
      mrr: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0.5 }),
      bought: fc.array(fc.tuple(text, timeMs), { maxLength: 3 }).map((entries) => new Map(entries)),
    }),
  ),
  used: fc.array(text, { maxLength: 3 }).map((families) => new Set(families)),
});

const account: fc.Arbitrary<AccountState> = fc.record({
  counters: fc.constant(CounterTable.empty),
  traits: fc
    .array(fc.tuple(text, fc.record({ timeMs: fc.integer(), value: scalar })), { maxLength: 4 })
    .map((entries) => new Map(entries)),
  touches: fc.array(touch, { maxLength: 5 }),
  signedUpMs: option(timeMs.filter((at) => at > 0)),
  context,
  purchases,
  buyers: fc.array(fc.record({ userId: text, timeMs: fc.integer() }), { maxLength: 4 }),
  waiting: fc.array(fc.tuple(text, timeMs), { maxLength: 4 }).map((entries) => new Map(entries)),
  learning,
  toldStanding: fc.constantFrom(...standings),
});

const person: fc.Arbitrary<PersonState> = fc.record({
  accounts: fc.array(text, { maxLength: 3 }),
  becameUsers: fc.array(text, { maxLength: 3 }),
  waiting: fc.constant([]),
  touches: fc.array(touch, { maxLength: 5 }),
  context,
  isErased: fc.boolean(),
});

describe('packed and read again', () => {
  it('prompts are the same', () => {
    fc.assert(
      fc.property(fc.array(touch, { maxLength: 5 }), (touches) => {
        const writer = new PackedWriter();
        packTouches(writer, touches);
        const reader = new PackedReader(writer.finish());
        expect(unpackTouches(reader)).toEqual(touches);
        expect(reader.isAtEnd).toBe(true);
      }),
    );
  });

  it('accounts are the same, and the same account gives the same bytes', () => {
    fc.assert(
      fc.property(account, (state) => {
        const bytes = encodeAccount(state);
        const { counters, ...rest } = decodeAccount(bytes);
        const { counters: _, ...before } = state;
        expect(rest).toEqual(before);
        expect(encodeAccount({ counters, ...rest })).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it('persons are the same', () => {
    fc.assert(
      fc.property(person, (state) => {
        expect(decodePerson(encodePerson(state))).toEqual(state);
      }),
      { numRuns: 300 },
    );
  });

  it('a prompt in a state of a newer version is not guessed at', () => {
    const writer = new PackedWriter();
    packTouches(writer, [touchOf({ decisionId: '', offerId: '', family: '', userId: '' })]);
    const bytes = writer.finish();
    // Number of prompts, four empty texts, the channel, the time; then the state.
    bytes[7] = 99;
    expect(() => unpackTouches(new PackedReader(bytes))).toThrow(/run the version that wrote it/u);
  });
});

describe('what schema 1 wrote', () => {
  /** Written by the code of commit b8a21f4: an account and a person with a prompt that was sent and one on its way. */
  const accountBytes = Buffer.from(
    '0180d095ffbc310104706c616e82a0abfef962000773746172746572020264310370726f046c656e6180a0f1c2b134010264320370726f046c656e6180a0f1c2b1340000',
    'hex',
  );
  const personBytes = Buffer.from(
    '0100010461636d6500020264310370726f046c656e6180a0f1c2b134010264320370726f046c656e6180a0f1c2b134000102653101c0b80280a0f1c2b134000e5265706f72742043726561746564febfe285e36801046c656e6100000000',
    'hex',
  );
  const touches = [
    touchOf({
      decisionId: 'd1',
      timeMs: 1_800_000_000_000,
      state: 'sent',
      at: { sent: 1_800_000_000_000 },
    }),
    touchOf({ decisionId: 'd2', timeMs: 1_800_000_000_000, state: 'queued' }),
  ];

  it('is read as an account without context or purchases, and written as schema 2', () => {
    const { counters, ...read } = decodeAccount(accountBytes);
    expect(read).toEqual({
      toldStanding: 'quiet',
      signedUpMs: 1_700_000_000_000,
      traits: new Map([['plan', { timeMs: 1_700_000_000_001, value: 'starter' }]]),
      touches,
      context: noContext,
      purchases: noPurchases,
      buyers: [],
      learning: noLearning,
      waiting: new Map(),
    });
    const bytes = encodeAccount({ ...read, counters });
    expect(bytes[0]).toBe(2);
    expect(decodeAccount(bytes).touches).toEqual(touches);
  });

  it('is read as a person with what was waiting', () => {
    expect(decodePerson(personBytes)).toEqual({
      accounts: ['acme'],
      becameUsers: [],
      touches,
      context: noContext,
      isErased: false,
      waiting: [
        {
          kind: 'event',
          id: 'e1',
          dedupeDay: 20_000,
          receivedMs: 1_800_000_000_000,
          event: {
            messageId: 'e1',
            call: 'track',
            name: 'Report Created',
            timeMs: 1_799_999_999_999,
            receivedMs: 1_800_000_000_000,
            userId: 'lena',
            anonymousId: undefined,
            accountId: undefined,
            isReplay: false,
            properties: {},
            traits: {},
          },
        },
      ],
    });
  });

  it.each([0, 3, 99])('is told from schema %i, which stops with the mend', (schema) => {
    const writer = new PackedWriter();
    writer.varint(schema);
    const bytes = writer.finish();
    expect(() => decodeAccount(bytes)).toThrow(/has schema \d+, and this version reads up to 2/u);
    expect(() => decodePerson(bytes)).toThrow(/has schema \d+, and this version reads up to 2/u);
  });
});
