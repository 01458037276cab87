import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccountView, advanceAccount } from '../../../src/core/account/advance.ts';
import { decodeAccount, decodeMember, encodeMember } from '../../../src/core/account/codec.ts';
import { allOn } from '../../../src/core/controls.ts';
import { readCounter } from '../../../src/core/counter/counter.ts';
import type { Reading } from '../../../src/core/counter/reading.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/core/duration.ts';
import type { Input } from '../../../src/core/input.ts';
import type { Playbook } from '../../../src/core/playbook.ts';
import { event, noon, playbookOf, type Ran, run } from './world.ts';

const yaml = `
version: 1
events: { Work Done: [minutes] }
plan: { default: starter }
traits: { account: [name] }
plans:
  starter: { monthlyPrice: 49 }
  pro: { monthlyPrice: 149 }
signals: { work: { events: Work Done } }
valueMoment: { signal: work }
triggers:
  crossed: { seats: all, atLeast: [4, 10], kind: team, offers: [team] }
  added: { seats: all, within: 7d, atLeast: 3, kind: team, offers: [added_team] }
  admins: { seats: [Admin, owner], atLeast: 2, kind: team, offers: [admin_team] }
  editors: { roleShare: editor, atLeast: 50%, min: 4, kind: team, offers: [editor_team] }
  rising: { roleShare: editor, within: 30d, atLeast: 20%, min: 4, kind: team, offers: [rising_team] }
offers:
${[
  ['team', '{{ count }} of {{ members }}'],
  ['added_team', '{{ count }} in {{ window }}'],
  ['admin_team', '{{ count }} are {{ role }}'],
  ['editor_team', '{{ count }} of {{ members }}, {{ percent }}%'],
  ['rising_team', '{{ percent }}% after {{ before }}%, {{ growth }} points in {{ window }}'],
]
  .map(
    ([id, headline]) =>
      `  ${id}: { plan: pro, copy: { headline: "${headline}", body: b, cta_label: c, cta_url: https://app.example } }`,
  )
  .join('\n')}
`;
const playbook = playbookOf(yaml);
const rules = { playbook, mode: 'live' } as const;

let made = 0;
function told(part: Omit<Parameters<typeof event>[0], 'id'>): Input {
  made += 1;
  return event({ id: `m${made}`, ...part });
}
const joins = (userId: string, timeMs: number, role?: string): Input =>
  told({
    name: 'Account Added User',
    userId,
    timeMs,
    properties: role === undefined ? {} : { role },
  });
const leaves = (userId: string, timeMs: number): Input =>
  told({ name: 'Account Removed User', userId, timeMs });
const grouped = (userId: string, timeMs: number): Input => told({ call: 'group', userId, timeMs });
const named = (userId: string, timeMs: number, role?: string): Input =>
  told({ call: 'identify', userId, timeMs, traits: role === undefined ? {} : { role } });

function reads(ran: Ran, key: string): Reading {
  return readsOf(ran.view, key);
}

function readsOf(view: AccountView, key: string): Reading {
  const spec = playbook.counters.find((one) => one.key === key);
  if (spec === undefined) {
    throw new Error(`no ${key} among ${playbook.counters.map((one) => one.key).join(' ')}`);
  }
  return readCounter(view.account.counters.get(spec), spec, noon, undefined);
}

const all = 'members|seats|account|ever';
const added = 'members|seats|account|7d';
const admins = 'members|seats|account|ever|roles=admin,owner';
const editors = 'members|roleShare|account|ever|roles=editor|min=4';
const rising = 'members|roleShare|account|30d|roles=editor|min=4';

const firedIn = (ran: Ran): readonly string[] =>
  ran.decisions.flatMap((one) => one.fired.map((fired) => fired.triggerId));
const firedAt = (inputs: readonly Input[]): readonly string[] => firedIn(run(inputs, rules));

describe('members', () => {
  it.each<[string, readonly Input[], number]>([
    ['join by Account Added User', [joins('a', noon), joins('b', noon)], 2],
    ['join by a group call', [grouped('a', noon)], 1],
    ['are shown by an identify call', [named('a', noon)], 1],
    ['have one seat however often they are added', [joins('a', noon - 1), joins('a', noon)], 1],
    ['leave by Account Removed User', [joins('a', noon - 1), leaves('a', noon)], 0],
    ['are gone when the leaving came first', [leaves('a', noon), joins('a', noon - 1)], 0],
    ['come back', [joins('a', noon - 2), leaves('a', noon - 1), grouped('a', noon)], 1],
    ['do not come back by an identify call', [leaves('a', noon - 1), named('a', noon)], 0],
    [
      'are gone when they came and left in one millisecond',
      [joins('a', noon), leaves('a', noon)],
      0,
    ],
    ['that nobody ever added cannot leave twice', [leaves('a', noon - 1), leaves('a', noon)], 0],
    ['are not those who only act', [told({ name: 'Work Done', userId: 'a' })], 0],
  ])('%s', (_, inputs, seats) => {
    expect(reads(run(inputs, rules), all)).toMatchObject({ value: seats, isExact: true });
  });

  it('hold the newest role they were said to have, from the event of joining or from their traits', () => {
    const inputs = [
      joins('a', noon - 9, 'Owner'),
      joins('b', noon - 9, 'viewer'),
      named('b', noon - 5, ' ADMIN '),
      named('b', noon - 7, 'viewer'),
      told({ name: 'Work Done', userId: 'c', traits: { role: 'admin' } }),
    ];
    expect(reads(run(inputs, rules), admins)).toMatchObject({ value: 2 });
    expect(reads(run([...inputs, named('b', noon, 'viewer')], rules), admins)).toMatchObject({
      value: 1,
    });
  });

  it('that are one by an alias have one seat, and an erased one has none', () => {
    const base = { dedupeDay: undefined, receivedMs: noon, accountId: 'acme' };
    const merged: Input = { ...base, id: 'x', kind: 'member_merged', previousId: 'a', userId: 'b' };
    const both = [joins('a', noon - 9, 'admin'), joins('b', noon - 8), joins('c', noon - 7)];
    const after = run([...both, merged], rules);
    expect(reads(after, all)).toMatchObject({ value: 2 });
    expect(reads(after, admins)).toMatchObject({ value: 1 });
    expect(reads(run([...both, merged, leaves('a', noon)], rules), all)).toMatchObject({
      value: 1,
    });
    const erased: Input = { ...base, id: 'y', kind: 'member_erased', userId: 'c' };
    const gone = run([...both, erased, joins('c', noon)], rules);
    expect(reads(gone, all)).toMatchObject({ value: 2 });
    const into: Input = { ...base, id: 'z', kind: 'member_merged', previousId: 'b', userId: 'c' };
    expect(reads(run([...both, erased, into], rules), all)).toMatchObject({ value: 1 });
  });

  it('are counted by a rule that is new at their next event, and that fires nothing', () => {
    const before = playbookOf(
      yaml
        .replace(/^ {2}(crossed|added): .*\n/gmu, '')
        .replace(/^ {2}(team|added_team): .*\n/gmu, ''),
    );
    const five = ['a', 'b', 'c', 'd', 'e'];
    const work = (userId: string, at: number): Input =>
      told({ name: 'Work Done', userId, timeMs: noon + at });
    // One history, of which the later half is lived under the other playbook.
    const live = (view: AccountView, inputs: readonly Input[], under: Playbook): AccountView =>
      inputs.reduce((at, input) => {
        const lived = { playbook: under, mode: 'live', controls: allOn } as const;
        const moved = advanceAccount('acme', at, input, lived, noon + minuteMs);
        expect(moved.decisions).toEqual([]);
        return moved.state;
      }, view);
    const nobody = { account: decodeAccount(undefined), members: new Map() };
    const known = live(
      nobody,
      five.map((id) => joins(id, noon - 90 * dayMs)),
      before,
    );
    const view = live(known, five.map(work), playbook);
    expect(readsOf(view, all)).toMatchObject({ value: 5 });
    expect(readsOf(live(view, [leaves('a', noon + 9)], playbook), all)).toMatchObject({ value: 4 });
  });

  it('without a seat are stored as before, and read back', () => {
    const plain = run([told({ name: 'Work Done', userId: 'a' })], rules).view.members.get('a');
    const seated = run(
      [joins('a', noon - 5, 'admin'), leaves('a', noon), named('a', noon - 9)],
      rules,
    ).view.members.get('a');
    for (const member of [plain, seated]) {
      expect(member).toBeDefined();
      expect(member === undefined ? undefined : decodeMember(encodeMember(member))).toEqual(member);
    }
    expect(plain).toMatchObject({ kind: 'active', seat: undefined });
  });
});

describe('crossing a number of seats', () => {
  const day = (count: number): number => noon + count * dayMs;
  const team = (ids: string, from = 0): readonly Input[] =>
    [...ids].map((id, at) => joins(id, day(from) + at * hourMs));

  it('fires at the fourth member and at the tenth, highest alone when both are crossed', () => {
    expect(firedAt(team('abc', -40))).not.toContain('crossed@4');
    expect(firedAt([...team('abc', -40), ...team('d')]).at(-1)).toBe('crossed@4');
    expect(firedAt([...team('abcdefghi', -40), joins('j', day(0))]).at(-1)).toBe('crossed@10');
  });

  it('is silent when a seat is given up and filled again, by the same or by another', () => {
    const four = [...team('abcd', 0), leaves('d', day(12))];
    const crossed = (inputs: readonly Input[]): readonly string[] =>
      firedAt(inputs).filter((id) => id.startsWith('crossed'));
    expect(crossed([...four, joins('d', day(13))])).toEqual(['crossed@4']);
    expect(crossed([...four, joins('e', day(13))])).toEqual(['crossed@4']);
    expect(crossed([...four, joins('e', day(50))])).toEqual(['crossed@4', 'crossed@4']);
  });

  it('is silent when members leave, for history, and for events that come late', () => {
    expect(firedAt([...team('abcde', -40), leaves('e', noon)])).not.toContain('crossed@10');
    const old = team('abcd', -40);
    expect(firedIn(run(old, rules, () => noon))).toEqual([]);
  });

  it('counts as added within 7 days who is there and came within them', () => {
    const inputs = [...team('ab', -20), ...team('cd', -2), joins('e', day(-1)), leaves('c', noon)];
    expect(reads(run(inputs, rules), added)).toMatchObject({ kind: 'seats', value: 2 });
    expect(firedAt([...team('ab', -20), ...team('cde', -2)])).toContain('added');
    const back = [...team('abc', -20), leaves('c', day(-3)), joins('c', noon)];
    expect(reads(run(back, rules), added)).toMatchObject({ value: 0 });
  });
});

describe('the share of a role', () => {
  const viewers = [...'abcdef'].map((id, at) => joins(id, noon - 60 * dayMs + at, 'viewer'));
  const becomes = (id: string, timeMs: number): Input => named(id, timeMs, 'editor');

  it('rises as viewers become editors, and says from what to what', () => {
    const ran = run([...viewers, becomes('a', noon - 9 * dayMs), becomes('b', noon)], rules);
    expect(reads(ran, editors)).toMatchObject({ value: 1 / 3, count: 2, members: 6 });
    expect(reads(ran, rising)).toMatchObject({ value: 1 / 3, before: 0 });
    expect(ran.decisions.at(-1)?.fired).toMatchObject([
      { triggerId: 'rising', evidence: { percent: 33, before: 0, growth: 33, window: '30 days' } },
    ]);
    expect(
      firedAt([...viewers, becomes('a', noon), becomes('b', noon + 1), becomes('c', noon + 2)]),
    ).toContain('editors');
  });

  it('raises nothing at the event by which a viewer leaves, although the share rises', () => {
    const five = viewers.slice(0, 5);
    const two = [becomes('a', noon - 50 * dayMs), becomes('b', noon - 50 * dayMs)];
    const ran = run([...five, ...two, leaves('e', noon)], rules);
    expect(reads(ran, editors)).toMatchObject({ value: 0.5 });
    expect(firedIn(ran)).not.toContain('editors');
  });

  it('does not rise by an identify call that says again what was known, nor of few members', () => {
    const long = [...viewers, ...[...'abc'].map((id) => becomes(id, noon - 50 * dayMs))];
    const again = [...'abc'].map((id) => becomes(id, noon));
    expect(reads(run([...long, ...again], rules), rising)).toMatchObject({ value: 0, before: 0.5 });
    const few = [...viewers.slice(0, 3), becomes('a', noon), becomes('b', noon)];
    expect(reads(run(few, rules), editors)).toMatchObject({ value: 0 });
  });
});

describe('seats of any history', () => {
  const users = ['a', 'b', 'c', 'd', 'e', 'f'];
  const roles = ['viewer', 'Editor', 'admin'];
  const history = fc
    .array(
      fc.record({
        what: fc.constantFrom('joined', 'joined', 'left', 'named', 'said'),
        userId: fc.constantFrom(...users),
        timeMs: fc.oneof(
          fc.integer({ min: noon - 70 * dayMs, max: noon }),
          fc.integer({ min: noon - 8 * dayMs, max: noon }),
          fc.constantFrom(noon, noon - 7 * dayMs, noon - 30 * dayMs, noon - 1),
        ),
        role: fc.constantFrom(...roles, undefined),
      }),
      { maxLength: 30 },
    )
    .map((drawn) => drawn.map((one, at) => ({ ...one, input: toInput(one, at) })));

  interface Fact {
    readonly what: string;
    readonly userId: string;
    readonly timeMs: number;
    readonly role: string | undefined;
  }

  function toInput({ what, userId, timeMs, role }: Fact, at: number): Input {
    const said = role === undefined ? {} : { role };
    const base = { id: `h${at}`, userId, timeMs };
    switch (what) {
      case 'joined':
        return event({ ...base, name: 'Account Added User', properties: said });
      case 'left':
        return event({ ...base, name: 'Account Removed User' });
      case 'named':
        return event({ ...base, call: 'identify', traits: said });
      default:
        return event({ ...base, name: 'Work Done', traits: said });
    }
  }

  /** Who is a member since when, and until when, as plainly as it can be said. */
  function membersOf(facts: readonly Fact[]) {
    return users.flatMap((userId) => {
      const mine = facts.filter((one) => one.userId === userId);
      const times = (what: string): readonly number[] =>
        mine.filter((one) => one.what === what).map((one) => one.timeMs);
      const fromMs = Math.min(...times('joined'), ...times('named'));
      const leftMs = Math.max(...times('left'));
      const isIn = Math.max(...times('joined')) > leftMs || times('left').length === 0;
      const said = mine
        .filter((one) => one.role !== undefined && one.what !== 'left')
        .toSorted((l, r) => r.timeMs - l.timeMs || ((l.role ?? '') < (r.role ?? '') ? 1 : -1));
      const role = said[0]?.role?.toLowerCase();
      const firstMs = Math.min(
        ...said.filter((one) => one.role?.toLowerCase() === role).map((one) => one.timeMs),
      );
      return Number.isFinite(fromMs) ? [{ fromMs, leftMs, isIn, role, firstMs }] : [];
    });
  }

  const late = (): number => noon + 40 * dayMs;

  it('equal a count over the raw events', () => {
    fc.assert(
      fc.property(history, (facts) => {
        const ran = run(
          facts.map((one) => one.input),
          rules,
          late,
        );
        const members = membersOf(facts);
        const here = members.filter((one) => one.isIn);
        const isEditor = ({ role }: { readonly role: string | undefined }) => role === 'editor';
        expect(reads(ran, all).value).toBe(here.length);
        expect(reads(ran, admins).value).toBe(here.filter(({ role }) => role === 'admin').length);
        const share = here.length < 4 ? 0 : here.filter(isEditor).length / here.length;
        expect(reads(ran, editors).value).toBe(share);
        const since = (fromMs: number): number => here.filter((one) => one.fromMs > fromMs).length;
        const newcomers = reads(ran, added);
        expect(newcomers.value).toBeGreaterThanOrEqual(since(noon - 7 * dayMs));
        expect(newcomers.value).toBeLessThanOrEqual(since(noon - 7 * dayMs - hourMs));
        const rose = reads(ran, rising);
        if (rose.isExact && rose.value !== 0) {
          const thenMs = noon - 30 * dayMs;
          const then = members.filter(
            (one) => one.fromMs <= thenMs && (one.isIn || one.leftMs > thenMs),
          );
          const had = then.filter(
            (one) => isEditor(one) && Math.max(one.firstMs, one.fromMs) <= thenMs,
          );
          expect(rose.value).toBeCloseTo(share - had.length / then.length, 9);
        }
      }),
      { numRuns: 1_500 },
    );
  });

  it('are the same, byte for byte, in any order, any batches and after any repetition', () => {
    const orders = history.chain((facts) => {
      const inputs = facts.map((one) => one.input);
      return fc.record({
        inputs: fc.constant(inputs),
        order: fc.shuffledSubarray([...inputs, ...inputs], { minLength: inputs.length * 2 }),
      });
    });
    fc.assert(
      fc.property(orders, ({ inputs, order }) => {
        expect(run(order, rules, late).bytes).toEqual(run(inputs, rules, late).bytes);
      }),
      { numRuns: 1_000 },
    );
  });
});
