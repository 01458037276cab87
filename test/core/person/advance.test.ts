import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayMs } from '../../../src/core/duration.ts';
import type { Effect, EventInput, Input } from '../../../src/core/input.ts';
import { advancePerson } from '../../../src/core/person/advance.ts';
import { decodePerson, encodePerson } from '../../../src/core/person/codec.ts';
import { type PersonState, unknownPerson, waitingMax } from '../../../src/core/person/state.ts';
import type { Prompt } from '../../../src/core/prompt/prompt.ts';
import { barePlaybook } from '../playbook.ts';

const now = 1_800_000_000_000;

function event(
  id: string,
  who: { userId?: string; anonymousId?: string },
  timeMs = now,
): EventInput {
  return {
    kind: 'event',
    id,
    dedupeDay: undefined,
    receivedMs: now,
    event: {
      messageId: id,
      call: 'track',
      name: 'Report Created',
      timeMs,
      receivedMs: now,
      userId: who.userId,
      anonymousId: who.anonymousId,
      accountId: undefined,
      properties: { reportcount: 3, plan: 'pro', done: true },
      traits: { email: 'lena@harbor.example' },
      isReplay: false,
    },
  };
}

const base = { dedupeDay: undefined, receivedMs: now };
const seen = (userId: string, accountId: string): Input => ({
  ...base,
  id: `seen.${accountId}.${userId}`,
  kind: 'member_seen',
  userId,
  accountId,
  timeMs: now,
});
const linked = (previousId: string, userId: string): Input => ({
  ...base,
  id: `linked.${previousId}.${userId}`,
  kind: 'identity_linked',
  previousId,
  userId,
  timeMs: now,
});

function prompt(decisionId: string, accountId: string, decidedMs: number): Prompt {
  return {
    decisionId,
    accountId,
    userId: 'lena',
    offerId: 'pro',
    channel: 'intercom',
    form: 'event',
    followsId: undefined,
    reopens: false,
    family: 'upgrade',
    notBeforeMs: decidedMs,
    surface: 'upsell-offer-ready',
    decidedMs,
    expiresMs: decidedMs + dayMs,
    words: {},
    contact: { email: undefined, name: undefined },
  };
}

const asked = (decisionId: string, accountId: string, atMs: number): Input => ({
  ...base,
  id: `ask.${decisionId}`,
  kind: 'prompt_asked',
  prompt: prompt(decisionId, accountId, atMs),
});

/** Runs the inputs one by one, as the hub does, through the packed form each time. */
function run(personId: string, inputs: readonly Input[], nowMs = now) {
  let state: PersonState = unknownPerson;
  const effects: Effect[] = [];
  const setAside: string[] = [];
  const counted = new Set<string>();
  for (const input of inputs) {
    if (counted.has(input.id)) {
      continue;
    }
    counted.add(input.id);
    const moved = advancePerson(
      personId,
      decodePerson(encodePerson(state)),
      input,
      barePlaybook,
      nowMs,
    );
    state = moved.state;
    effects.push(...moved.effects);
    setAside.push(...moved.setAside.map((entry) => entry.reason));
  }
  return { state, effects, setAside };
}

function sentOn(effects: readonly Effect[]) {
  return effects.flatMap((effect) =>
    effect.kind === 'input' && effect.input.kind === 'event'
      ? [`${effect.input.id}>${effect.input.event.accountId ?? effect.input.event.userId ?? ''}`]
      : [],
  );
}

describe('events without an account', () => {
  it('wait until the account is known and go there exactly once, in any order and any repetition', () => {
    const inputs = [
      ...['m1', 'm2', 'm3'].map((id) => event(id, { userId: 'lena' })),
      seen('lena', 'acme'),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray([...inputs, ...inputs], { minLength: 8 }), (order) => {
        const { effects, state } = run('lena', order);
        expect(sentOn(effects).toSorted()).toEqual(['m1>acme', 'm2>acme', 'm3>acme']);
        expect(state.waiting).toEqual([]);
        expect(state.accounts).toEqual(['acme']);
      }),
    );
  });

  it('are set aside, and never guessed, when the user belongs to several accounts', () => {
    const { effects, setAside } = run('lena', [
      seen('lena', 'acme'),
      seen('lena', 'quarry'),
      event('m1', { userId: 'lena' }),
    ]);
    expect(sentOn(effects)).toEqual([]);
    expect(setAside).toEqual(['ambiguous_account']);
  });

  it('keep the newest hundred waiting and set the others aside with a reason', () => {
    const events = Array.from({ length: waitingMax + 3 }, (_, at) =>
      event(`m${at}`, { userId: 'lena' }, now - at),
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (order) => {
        const { state, setAside } = run('lena', order);
        expect(state.waiting.map((held) => held.event.timeMs)).toEqual(
          Array.from({ length: waitingMax }, (_, at) => now - waitingMax + 1 + at),
        );
        expect(setAside).toEqual([
          'account_never_known',
          'account_never_known',
          'account_never_known',
        ]);
      }),
      { numRuns: 20 },
    );
  });

  it('of an anonymous visitor become those of the user it turns out to be', () => {
    const { effects } = run('anon-1', [
      event('m1', { anonymousId: 'anon-1' }),
      linked('anon-1', 'lena'),
    ]);
    expect(sentOn(effects)).toEqual(['m1>lena']);
  });

  it('of a shared computer are not given to any of its users', () => {
    const { effects, state } = run('anon-1', [
      linked('anon-1', 'lena'),
      linked('anon-1', 'sam'),
      event('m1', { anonymousId: 'anon-1' }),
    ]);
    expect(sentOn(effects)).toEqual([]);
    expect(state.waiting.map((held) => held.id)).toEqual(['m1']);
  });
});

describe('an alias of a known user', () => {
  it('asks the new user for the merge in every account of the old one, whichever came first', () => {
    for (const order of [
      [seen('kofi@harbor', 'acme'), linked('kofi@harbor', 'kofi')],
      [linked('kofi@harbor', 'kofi'), seen('kofi@harbor', 'acme')],
    ]) {
      const { effects } = run('kofi@harbor', order);
      expect(effects.filter((one) => one.kind === 'input').map((one) => one.input.kind)).toEqual([
        'merge_asked',
      ]);
    }
  });

  it('merges inside one account and never across accounts', () => {
    const merge: Input = {
      ...base,
      id: 'merge.acme.old.new',
      kind: 'merge_asked',
      previousId: 'old',
      userId: 'new',
      accountId: 'acme',
    };
    expect(run('new', [merge]).effects).toMatchObject([
      { input: { kind: 'member_merged', accountId: 'acme' } },
    ]);
    const across = run('new', [seen('new', 'quarry'), merge]);
    expect(across.effects).toEqual([]);
    expect(across.setAside).toEqual(['alias_across_accounts']);
  });
});

describe('the last gate before a destination', () => {
  it('holds the caps of one person over all its accounts', () => {
    const { effects } = run('lena', [asked('d1', 'acme', now), asked('d2', 'quarry', now)]);
    expect(effects).toMatchObject([
      { kind: 'deliver', prompt: { decisionId: 'd1' }, withheld: undefined },
      {
        kind: 'deliver',
        prompt: { decisionId: 'd2' },
        withheld: { reason: 'cooldown', per: 'user' },
      },
    ]);
  });

  it('gives the slot back when the first prompt surely reached nobody, and not when that is unknown', () => {
    const settled = (outcome: 'refused' | 'unknown'): Input => ({
      ...base,
      id: `d1.settled.person`,
      kind: 'prompt_settled',
      to: 'person',
      decisionId: 'd1',
      userId: 'lena',
      accountId: 'acme',
      outcome,
    });
    const after = (outcome: 'refused' | 'unknown') =>
      run('lena', [asked('d1', 'acme', now), settled(outcome), asked('d2', 'quarry', now)])
        .effects[1];
    expect(after('refused')).toMatchObject({ withheld: undefined });
    expect(after('unknown')).toMatchObject({ withheld: { reason: 'cooldown' } });
  });
});

describe('an erased person', () => {
  const erasure: Input = { ...base, id: 'delete-1', kind: 'erasure', userId: 'lena' };

  it('is forgotten in every account it was seen in, and by itself', () => {
    const { effects, state } = run('lena', [seen('lena', 'acme'), seen('lena', 'quarry'), erasure]);
    expect(effects.flatMap((one) => (one.kind === 'input' ? [one.input] : []))).toMatchObject([
      { kind: 'member_erased', accountId: 'acme' },
      { kind: 'member_erased', accountId: 'quarry' },
    ]);
    expect(state).toEqual({ ...unknownPerson, isErased: true });
  });

  it('is not brought back by late events, links, sightings or prompts', () => {
    const late = [
      event('m1', { userId: 'lena' }),
      linked('lena', 'sam'),
      seen('lena', 'acme'),
      asked('d1', 'acme', now),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(late, { minLength: late.length }), (order) => {
        const { state, effects } = run('lena', [erasure, ...order]);
        expect(state).toEqual({ ...unknownPerson, isErased: true });
        expect(sentOn(effects)).toEqual([]);
        expect(effects.filter((one) => one.kind === 'deliver')).toMatchObject([
          { withheld: { reason: 'erased' } },
        ]);
      }),
    );
  });
});
