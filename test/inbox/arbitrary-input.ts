import fc from 'fast-check';
import type { Event, EventCall } from '../../src/core/event/event.ts';
import type { Input } from '../../src/core/input.ts';
import type { Refusal } from '../../src/core/guardrail/refusal.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const id = fc.string({ minLength: 1, maxLength: 30 });
const timeMs = fc.integer({ min: 0, max: 4e12 });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
// JSON has no -0, NaN or infinity, and connectors read JSON.
const number = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value) => (Object.is(value, -0) ? 0 : value));
const values = fc.dictionary(text, fc.oneof(text, number, fc.boolean()), { maxKeys: 5 });
const call = fc.constantFrom<EventCall>('track', 'page', 'screen', 'identify', 'group');

const event: fc.Arbitrary<Event> = fc.record({
  messageId: id,
  call,
  name: text,
  timeMs,
  receivedMs: timeMs,
  userId: maybe(id),
  anonymousId: maybe(id),
  accountId: maybe(id),
  properties: values,
  traits: values,
  isReplay: fc.boolean(),
});

const prompt = fc.record({
  decisionId: id,
  accountId: id,
  userId: id,
  offerId: id,
  channel: fc.constantFrom('intercom' as const, 'sendgrid' as const),
  form: fc.constantFrom('event' as const, 'banner' as const, 'message' as const),
  followsId: maybe(id),
  reopens: fc.boolean(),
  family: id,
  notBeforeMs: timeMs,
  surface: id,
  decidedMs: timeMs,
  expiresMs: timeMs,
  words: fc.dictionary(text, text),
  contact: fc.record({ email: maybe(text), name: maybe(text) }),
});

const base = { id, dedupeDay: maybe(fc.integer()), receivedMs: timeMs };

/** An input of any kind, with any texts. */
export const anyInput: fc.Arbitrary<Input> = fc.oneof(
  fc.record({ ...base, kind: fc.constant('event' as const), event }),
  // As connectors make it: the ids and receive times are the same.
  fc.record({ ...base, kind: fc.constant('event' as const), event }).map((input) => ({
    ...input,
    event: { ...input.event, messageId: input.id, receivedMs: input.receivedMs },
  })),
  fc.record({
    ...base,
    kind: fc.constant('member_seen' as const),
    userId: id,
    accountId: id,
    timeMs,
  }),
  fc.record({
    ...base,
    kind: fc.constant('identity_linked' as const),
    previousId: id,
    userId: id,
    timeMs,
  }),
  fc.record({
    ...base,
    kind: fc.constant('merge_asked' as const),
    previousId: id,
    userId: id,
    accountId: id,
  }),
  fc.record({
    ...base,
    kind: fc.constant('member_merged' as const),
    previousId: id,
    userId: id,
    accountId: id,
  }),
  fc.record({ ...base, kind: fc.constant('erasure' as const), userId: id }),
  fc.record({ ...base, kind: fc.constant('member_erased' as const), userId: id, accountId: id }),
  fc.record({ ...base, kind: fc.constant('prompt_asked' as const), prompt }),
  fc.record({
    ...base,
    kind: fc.constant('prompt_settled' as const),
    to: fc.constantFrom('account' as const, 'person' as const),
    decisionId: id,
    userId: id,
    accountId: id,
    outcome: fc.constantFrom(
      'sent' as const,
      'refused' as const,
      'expired' as const,
      'unknown' as const,
    ),
  }),
  fc.record({
    ...base,
    kind: fc.constant('timer' as const),
    what: fc.constantFrom('closes' as const, 'follow_up' as const),
    accountId: id,
    userId: id,
    decisionId: id,
  }),
  fc.record({
    ...base,
    kind: fc.constant('feedback' as const),
    to: fc.constantFrom('account' as const, 'person' as const),
    accountId: maybe(id),
    userId: maybe(id),
    decisionId: maybe(id),
    channel: maybe(fc.constantFrom('intercom' as const, 'sendgrid' as const)),
    timeMs,
    body: fc.oneof(
      fc.record({ kind: fc.constant('seen' as const) }),
      fc.record({ kind: fc.constant('dismissed' as const), until: fc.constant('never' as const) }),
      fc.record({
        kind: fc.constant('ticket_opened' as const),
        ticketId: id,
        isPriority: fc.boolean(),
      }),
    ),
  }),
);

/** An ordinary tracked event of a user in an account. */
export function trackOf(messageId: string, accountId = 'acme', userId = 'lena'): Input {
  const receivedMs = 1_795_435_200_000;
  return {
    kind: 'event',
    id: messageId,
    dedupeDay: 20_780,
    receivedMs,
    event: {
      messageId,
      call: 'track',
      name: 'Report Created',
      timeMs: receivedMs - 5,
      receivedMs,
      userId,
      anonymousId: undefined,
      accountId,
      properties: { reportcount: 9 },
      traits: {},
      isReplay: false,
    },
  };
}

/** A refusal for withheld prompts. */
export const refusal: Refusal = { reason: 'cooldown', per: 'user', untilMs: 5 };
