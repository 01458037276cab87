import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Scalar } from '../../../src/core/event/event.ts';
import { hourMs } from '../../../src/core/duration.ts';
import type { Input } from '../../../src/core/input.ts';
import { event, noon, playbookOf, run } from '../account/world.ts';

const yaml = `
version: 1
events: { Work Done: [] }
plan: { from: account, trait: plan, default: starter }
traits: { user: [name] }
buyers: { trait: role, values: [owner, Admin, billing] }
plans: { starter: { monthlyPrice: 49 }, pro: { monthlyPrice: 149 } }
signals: { work: { events: Work Done } }
valueMoment: { signal: work, atLeast: 1 }
triggers:
  busy: { count: work, atLeast: 2, kind: power, offers: [pro] }
offers:
  pro:
    plan: pro
    copy:
      headline: "{% if actor.name %}{{ actor.name }}{% else %}You{% endif %} worked {{ count }} times"
      body: "{{ user.name | default: 'Hi' }}, go on with Pro"
      cta_label: Upgrade
      cta_url: https://app.example/upgrade
    askAdmin:
      headline: "{{ user.name | default: 'Hi' }}, ask your admin for Pro"
      body: They can switch it on.
      cta_label: Ask
      cta_url: https://app.example/ask
`;
const playbook = playbookOf(yaml);
const live = { playbook, mode: 'live' } as const;

let told = 0;
const id = () => `m${(told += 1)}`;
const work = (userId: string, at = 0) =>
  event({ id: id(), name: 'Work Done', userId, timeMs: noon + at });
const is = (userId: string, traits: Readonly<Record<string, Scalar>>, at = -hourMs) =>
  event({ id: id(), call: 'identify', userId, traits, timeMs: noon + at });
const joined = (userId: string, role: string, at = -hourMs) =>
  event({
    id: id(),
    name: 'account_added_user',
    userId,
    properties: { role },
    timeMs: noon + at,
  });
const left = (userId: string, at = -hourMs + 1) =>
  event({ id: id(), name: 'Account Removed User', userId, timeMs: noon + at });
const erased = (userId: string): Input => ({
  kind: 'member_erased',
  id: id(),
  userId,
  accountId: 'acme',
  dedupeDay: undefined,
  receivedMs: noon - 1,
});

/** What is decided when Lena does the work after all this. */
function decidedAfter(before: readonly Input[]) {
  const ran = run([...before, work('lena'), work('lena', 1)], live);
  const asked = ran.effects.flatMap((one) =>
    one.kind === 'input' && one.input.kind === 'prompt_asked' ? [one.input.prompt] : [],
  );
  return { decision: ran.decisions[0], prompt: asked[0], view: ran.view };
}

describe('a prompt speaks to', () => {
  it('the user who acted, when they can buy, though others can as well', () => {
    const { decision, prompt } = decidedAfter([
      is('lena', { role: 'ADMIN', name: 'Lena' }),
      is('ana', { role: 'owner' }, -1),
    ]);
    expect(prompt).toMatchObject({ userId: 'lena', words: { headline: 'You worked 2 times' } });
    expect(decision).toMatchObject({
      userId: 'lena',
      addressed: { as: 'actor', actorId: 'lena' },
    });
  });

  it('the buyer newest said to be one, when the user who acted cannot buy; with that name, that address', () => {
    const { decision, prompt, view } = decidedAfter([
      is('ana', { role: 'billing', name: 'Ana', email: 'ana@acme.example' }, -1),
      is('ben', { role: 'owner', name: 'Ben' }, -2),
      is('lena', { role: 'viewer', name: 'Lena' }),
    ]);
    expect(prompt).toMatchObject({
      userId: 'ana',
      words: { headline: 'Lena worked 2 times', body: 'Ana, go on with Pro' },
      contact: { email: 'ana@acme.example', name: 'Ana' },
    });
    expect(decision).toMatchObject({ userId: 'ana', addressed: { as: 'buyer', actorId: 'lena' } });
    expect(view.account.touches).toMatchObject([{ userId: 'ana' }]);
  });

  it('a known buyer rather than a user whose role nobody said', () => {
    expect(decidedAfter([is('ana', { role: 'owner' })]).prompt).toMatchObject({ userId: 'ana' });
  });

  it('the user who acted, when nothing is known of any role', () => {
    expect(decidedAfter([]).prompt).toMatchObject({
      userId: 'lena',
      words: { headline: 'You worked 2 times' },
    });
  });

  it('the user who acted and cannot buy, in the words that ask their admin, when no buyer is known', () => {
    const { decision, prompt } = decidedAfter([is('lena', { role: 'viewer', name: 'Lena' })]);
    expect(prompt).toMatchObject({
      userId: 'lena',
      words: {
        headline: 'Lena, ask your admin for Pro',
        cta_url: 'https://app.example/ask',
      },
    });
    expect(decision).toMatchObject({ addressed: { as: 'asker', actorId: 'lena' } });
  });

  it('nobody, when no buyer is known and the offer has no words for that', () => {
    const mute = playbookOf(yaml.replace(/ {4}askAdmin:[^]*$/u, ''));
    const inputs = [is('lena', { role: 'viewer' }), work('lena'), work('lena', 1)];
    const { decisions, effects } = run(inputs, { playbook: mute, mode: 'live' });
    expect(decisions[0]).toMatchObject({
      chosen: undefined,
      refused: [{ offerId: 'pro', refusal: { reason: 'no_buyer' } }],
    });
    expect(
      effects.filter((one) => one.kind === 'input' && one.input.kind === 'prompt_asked'),
    ).toEqual([]);
  });

  it.each<readonly [string, readonly Input[]]>([
    ['lost the role', [is('ana', { role: 'admin' }), is('ana', { role: 'viewer' }, -1)]],
    [
      'lost the role, which was heard first',
      [is('ana', { role: 'viewer' }, -1), is('ana', { role: 'admin' })],
    ],
    ['left the account', [joined('ana', 'admin'), left('ana')]],
    ['asked to be forgotten', [is('ana', { role: 'admin' }), erased('ana')]],
  ])('no buyer who %s', (_, said) => {
    const { decision } = decidedAfter([is('lena', { role: 'viewer' }), ...said]);
    expect(decision).toMatchObject({ userId: 'lena', addressed: { as: 'asker' } });
  });

  it('nobody who was forgotten: the account keeps no trace of who it was', () => {
    const { view } = decidedAfter([is('ana', { role: 'admin' }), erased('ana')]);
    expect(view.account.buyers).toEqual([]);
  });

  it.each([
    ['Account Added User', joined('ana', 'Owner')],
    [
      'a group call',
      event({
        id: 'g',
        call: 'group',
        userId: 'ana',
        properties: { role: 'owner' },
        timeMs: noon - 5,
      }),
    ],
  ])('a buyer whose role %s told', (_, said) => {
    expect(decidedAfter([is('lena', { role: 'viewer' }), said]).prompt?.userId).toBe('ana');
  });

  it('the user that a buyer became by an alias', () => {
    const merged: Input = {
      kind: 'member_merged',
      id: 'alias',
      previousId: 'ana@acme',
      userId: 'ana',
      accountId: 'acme',
      dedupeDay: undefined,
      receivedMs: noon,
    };
    const before = [is('lena', { role: 'viewer' }), is('ana@acme', { role: 'owner', name: 'Ana' })];
    const { prompt, view } = decidedAfter([...before, merged]);
    expect(prompt).toMatchObject({ userId: 'ana', words: { body: 'Ana, go on with Pro' } });
    expect(view.account.buyers).toMatchObject([{ userId: 'ana' }]);
  });

  it('the same user, whatever the order in which roles were told', () => {
    const said = fc.record({
      userId: fc.constantFrom('ana', 'ben', 'lena'),
      role: fc.constantFrom('owner', 'viewer', 'admin'),
      at: fc.integer({ min: -50, max: -1 }),
      how: fc.constantFrom(is, joined, left),
    });
    const inputs = fc
      .array(said, { maxLength: 12 })
      .map((all) =>
        all.map(({ userId, role, at, how }) =>
          how === is
            ? is(userId, { role }, at)
            : how === joined
              ? joined(userId, role, at)
              : left(userId, at),
        ),
      );
    fc.assert(
      fc.property(
        inputs.chain((all) =>
          fc.record({
            all: fc.constant(all),
            order: fc.shuffledSubarray([...all], { minLength: all.length }),
          }),
        ),
        ({ all, order }) => {
          const one = decidedAfter(all);
          const other = decidedAfter(order);
          expect(other.decision?.userId).toBe(one.decision?.userId);
          expect(other.decision?.addressed?.as).toBe(one.decision?.addressed?.as);
          expect(other.view.account.buyers).toEqual(one.view.account.buyers);
        },
      ),
      { numRuns: 200 },
    );
  });
});
