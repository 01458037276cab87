import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../../src/core/duration.ts';
import type { Input } from '../../../src/core/input.ts';
import { event, noon, playbookOf, run } from './world.ts';

const yaml = `
version: 1
events:
  Report Created: [report_count, plan_limit, name]
  Work Done: [minutes, project]
plan: { from: account, trait: plan, default: starter }
traits:
  user: [name, role]
  account: [name, plan]
plans:
  starter: { monthlyPrice: 49, limits: { reports: 10 } }
  pro: { monthlyPrice: 149, limits: { reports: 100 } }
signals:
  reports:
    events: Report Created
    value: report_count
    limit: { property: plan_limit, plan: reports }
  work: { events: Work Done }
  invites: { events: Invite Sent }
valueMoment: { signal: work, atLeast: 1 }
triggers:
  reports_full:
    gauge: reports
    atLeast: [90%, 100%]
    kind: limit
    offers: [more_reports]
  busy:
    count: work
    atLeast: 5
    within: 1d
    per: user
    kind: power
    offers: [more_power]
  minutes:
    sum: work
    of: minutes
    by: project
    within: 7d
    atLeast: 100
    kind: power
    offers: [more_power]
  team:
    count: invites
    atLeast: 3
    within: 7d
    kind: team
    offers: [team_addon]
offers:
  more_reports:
    plan: pro
    copy:
      headline: "You're at {{ used }}"
      body: "Pro gives {{ account.name }} more."
      cta_label: Upgrade
      cta_url: https://app.example/upgrade
  more_power:
    plan: pro
    copy:
      headline: You do a lot
      body: Pro helps.
      cta_label: Upgrade
      cta_url: https://app.example/upgrade
  team_addon:
    addon: { monthlyPrice: 120 }
    copy:
      headline: "{{ count }} invites in {{ window }}"
      body: Add seats.
      cta_label: Add seats
      cta_url: https://app.example/seats
guardrails:
  caps:
    - { per: user, max: 2, within: 30d }
  cooldown: { user: 7d, account: 7d }
  promptOpenFor: 1d
  afterSignup: 1h
  maxPromptAge: 1h
`;
const playbook = playbookOf(yaml);
const live = { playbook, mode: 'live' } as const;

const named = event({
  id: 'g',
  call: 'group',
  timeMs: noon - hourMs,
  traits: { name: 'Acme', plan: 'starter' },
});
const worked = event({ id: 'w', name: 'Work Done', timeMs: noon - hourMs });
const ready = [named, worked];

function reports(id: string, count: number, timeMs = noon, limit = 10) {
  return event({ id, timeMs, properties: { reportcount: count, planlimit: limit } });
}

function firedIn(decisions: ReturnType<typeof run>['decisions']): readonly string[] {
  return decisions.flatMap((one) => one.fired.map((fired) => fired.triggerId));
}

describe('a moment that deserves a prompt', () => {
  it('is prompted with the numbers of the moment, once, however often its event is repeated', () => {
    const { decisions, effects } = run([...ready, reports('r10', 10), reports('r10', 10)], live);
    expect(decisions).toHaveLength(1);
    expect(decisions[0]).toMatchObject({
      chosen: 'more_reports',
      userId: 'lena',
      fired: [
        {
          triggerId: 'reports_full@100%',
          evidence: { used: 10, limit: 10, percent: 100, remaining: 0 },
        },
      ],
      words: { headline: "You're at 10", body: 'Pro gives Acme more.' },
    });
    const asked = effects.filter(
      (one) => one.kind === 'input' && one.input.kind === 'prompt_asked',
    );
    expect(asked).toHaveLength(1);
  });

  it('fires the highest of several thresholds crossed at once, alone', () => {
    const { decisions } = run([...ready, reports('r10', 10)], live);
    expect(firedIn(decisions)).toEqual(['reports_full@100%']);
  });

  it('follows the story: 90 % fires, teetering is silent, 10 of 10 fires, an upgrade re-arms', () => {
    const at = (minute: number) => noon + minute * minuteMs;
    const story = [
      ...ready,
      reports('1', 6, at(1)),
      reports('2', 9, at(2)),
      reports('3', 8, at(3)),
      reports('4', 9, at(4)),
      reports('5', 10, at(5)),
      reports('6', 10, at(6), 100),
      reports('7', 95, at(7), 100),
    ];
    expect(firedIn(run(story, live).decisions)).toEqual([
      'reports_full@90%',
      'reports_full@100%',
      'reports_full@90%',
    ]);
  });

  it('adds up minutes of one project apart from the others', () => {
    const minutes = (id: string, project: string, amount: number) =>
      event({ id, name: 'Work Done', properties: { minutes: amount, project } });
    const mixed = [...ready, minutes('1', 'a', 60), minutes('2', 'b', 60), minutes('3', 'a', 39)];
    expect(firedIn(run(mixed, live).decisions)).toEqual([]);
    const [decision] = run([...mixed, minutes('4', 'a', 1)], live).decisions;
    const evidence = decision?.fired.find((one) => one.triggerId === 'minutes')?.evidence;
    expect(evidence).toMatchObject({ total: 100, group: 'a' });
  });
});

describe('silence', () => {
  const chosenAfter = (inputs: readonly Input[], now = noon) =>
    run(inputs, live, (input) => (input.id === 'last' ? now : noon - hourMs)).decisions.at(-1);

  it('is kept before the value moment', () => {
    expect(run([named, reports('r', 10)], live).decisions[0]).toMatchObject({
      chosen: undefined,
      refused: [{ refusal: { reason: 'value_moment_not_reached', count: 0, atLeast: 1 } }],
    });
  });

  it('is kept when the copy lacks a value, and says which', () => {
    expect(run([worked, reports('r', 10)], live).decisions[0]).toMatchObject({
      chosen: undefined,
      refused: [{ refusal: { reason: 'copy_incomplete', missing: ['account.name'] } }],
    });
  });

  it('is kept right after a sign-up', () => {
    const signedUp = event({ id: 's', name: 'Signed Up', timeMs: noon - 59 * minuteMs });
    expect(
      run([...ready, signedUp, reports('r', 10)], live).decisions[0]?.refused[0]?.refusal.reason,
    ).toBe('just_signed_up');
  });

  it('is kept towards an anonymous visitor', () => {
    const visitor = event({
      id: 'r',
      userId: undefined,
      anonymousId: 'anon',
      properties: { reportcount: 10, planlimit: 10 },
    });
    expect(run([...ready, visitor], live).decisions[0]?.refused[0]?.refusal.reason).toBe(
      'nobody_to_ask',
    );
  });

  it('is kept while another prompt is open, and during the cooldown after it', () => {
    const work = (day: number) =>
      [1, 2, 3, 4, 5].map((at) =>
        event({ id: `i${day}.${at}`, name: 'Work Done', timeMs: noon + day * dayMs + at }),
      );
    const reasonAfter = (day: number) =>
      run([...ready, reports('r', 10), ...work(day)], live).decisions[1]?.refused[0]?.refusal
        .reason;
    expect(reasonAfter(0.5)).toBe('prompt_open');
    expect(reasonAfter(3)).toBe('cooldown');
    expect(reasonAfter(8)).toBeUndefined();
  });

  it('is kept about a plan that is no step up', () => {
    const onPro = event({
      id: 'p',
      call: 'group',
      timeMs: noon - 1,
      traits: { name: 'Acme', plan: 'Pro' },
    });
    expect(
      run([...ready, onPro, reports('r', 10)], live).decisions[0]?.refused[0]?.refusal,
    ).toMatchObject({
      reason: 'not_applicable',
    });
  });

  it('is kept about history: nothing fires for old or replayed events, which still count', () => {
    const old = reports('last', 10, noon - 25 * hourMs);
    expect(chosenAfter([...ready, old])).toBeUndefined();
    const replayed = event({
      id: 'last',
      isReplay: true,
      properties: { reportcount: 10, planlimit: 10 },
    });
    const ran = run([...ready, replayed, reports('again', 10, noon + 1)], live);
    expect(ran.decisions).toEqual([]);
    expect(
      ran.view.account.counters.get(
        playbook.counters.find((spec) => spec.kind === 'gauge') ?? fail(),
      ),
    ).toBeDefined();
  });

  it('wins when the offer is worth less than asking costs', () => {
    const cheap = playbookOf(
      yaml.replace('addon: { monthlyPrice: 120 }', 'addon: { monthlyPrice: 2 }'),
    );
    const invites = [1, 2, 3].map((at) =>
      event({ id: `i${at}`, name: 'Invite Sent', timeMs: noon + at }),
    );
    const [decision] = run([...ready, ...invites], { playbook: cheap, mode: 'live' }).decisions;
    expect(decision?.chosen).toBeUndefined();
    expect(decision?.candidates[0]?.expectedValue).toBeLessThan(0);
    expect(decision?.explanation).toMatch(/^Silence was worth more than team_addon: /u);
  });

  it('is all that leaves a hub in shadow mode, though it decides and claims', () => {
    const shadow = run([...ready, reports('r', 10)], { playbook, mode: 'shadow' });
    expect(shadow.decisions[0]).toMatchObject({ chosen: 'more_reports', mode: 'shadow' });
    expect(shadow.view.account.touches).toHaveLength(1);
    expect(
      shadow.effects.filter((one) => one.kind === 'input' && one.input.kind === 'prompt_asked'),
    ).toEqual([]);
  });
});

describe('the state of an account', () => {
  const names = ['Report Created', 'Work Done', 'Invite Sent', 'Unknown Thing'];
  const arbitraryEvent = fc
    .record({
      name: fc.constantFrom(...names),
      userId: fc.constantFrom('lena', 'sam', undefined),
      timeMs: fc.integer({ min: noon - 10 * dayMs, max: noon }),
      count: fc.integer({ min: 0, max: 120 }),
      limit: fc.constantFrom(10, 100, 0),
      minutes: fc.oneof(fc.integer({ min: -5, max: 90 }), fc.constantFrom('12.5', 'x', '1,204')),
      project: fc.constantFrom('a', 'b', 'c'),
      call: fc.constantFrom('track', 'track', 'track', 'identify', 'group'),
      trait: fc.constantFrom('starter', 'pro', 'viewer'),
      anonymousId: fc.constantFrom('x', 'y', 'z'),
    })
    .map((told) => ({ ...told, call: told.call as 'track' }));

  it('is the same in any order and after any repetition', () => {
    fc.assert(
      fc.property(
        fc.array(arbitraryEvent, { maxLength: 40 }).chain((told) => {
          const inputs = told.map((one, at) =>
            event({
              id: `m${at}`,
              call: one.call,
              ...(one.call === 'track' ? { name: one.name } : {}),
              userId: one.userId,
              anonymousId: one.anonymousId,
              timeMs: one.timeMs,
              properties: {
                reportcount: one.count,
                planlimit: one.limit,
                minutes: one.minutes,
                project: one.project,
              },
              traits:
                one.call === 'track' ? {} : { name: one.project, plan: one.trait, role: one.trait },
            }),
          );
          return fc.record({
            inputs: fc.constant(inputs),
            order: fc.shuffledSubarray([...inputs, ...inputs], { minLength: inputs.length * 2 }),
          });
        }),
        ({ inputs, order }) => {
          // Old events only: what was prompted depends on the moment of arrival, what was counted must not.
          const late = () => noon + 30 * dayMs;
          expect(run(order, live, late).bytes).toEqual(run(inputs, live, late).bytes);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('members', () => {
  const base = { dedupeDay: undefined, receivedMs: noon };
  const merged: Input = {
    ...base,
    id: 'm',
    kind: 'member_merged',
    previousId: 'kofi@acme',
    userId: 'kofi',
    accountId: 'acme',
  };
  const erased: Input = {
    ...base,
    id: 'e',
    kind: 'member_erased',
    userId: 'lena',
    accountId: 'acme',
  };
  const work = (id: string, userId: string, at: number) =>
    event({ id, name: 'Work Done', userId, timeMs: noon + at });

  it('are announced to their person once, and so are their anonymous ids', () => {
    const seen = (id: string, anonymousId: string) => event({ id, anonymousId, name: 'Work Done' });
    const kinds = run([seen('1', 'x'), seen('2', 'x'), seen('3', 'y')], live).effects.map((one) =>
      one.kind === 'input' ? one.input.id : one.kind,
    );
    expect(kinds).toEqual(['seen.acme.lena', 'linked.x.lena', 'linked.y.lena']);
  });

  it('that are one by an alias count together, and later events of the old id count for the new one', () => {
    const before = [1, 2].map((at) => work(`a${at}`, 'kofi@acme', at));
    const other = [3, 4].map((at) => work(`b${at}`, 'kofi', at));
    const { decisions, view } = run(
      [...ready, ...before, ...other, merged, work('c', 'kofi@acme', 5)],
      live,
    );
    expect(view.members.get('kofi@acme')).toEqual({ kind: 'moved', userId: 'kofi' });
    expect(decisions.at(-1)).toMatchObject({
      userId: 'kofi',
      fired: [{ triggerId: 'busy', evidence: { count: 5 } }],
    });
  });

  it('that were erased stay erased: late events neither count nor prompt', () => {
    const { view, decisions } = run([...ready, erased, reports('r', 10), merged], live);
    expect(view.members.get('lena')).toEqual({ kind: 'erased' });
    expect(decisions).toEqual([]);
  });

  it('that are their own account take it along when they are erased', () => {
    const alone: Input = { ...erased, userId: 'acme' };
    const { view, decisions } = run(
      [...ready, event({ id: 'u', userId: 'acme' }), alone, reports('r', 10)],
      live,
    );
    expect(view.account.traits.size).toBe(0);
    expect(decisions[0]?.refused[0]?.refusal.reason).toBe('value_moment_not_reached');
  });

  it('that were erased leave the account its caps, without their name', () => {
    const { view } = run([...ready, reports('r', 10), erased], live);
    expect(view.account.touches).toMatchObject([{ userId: '', offerId: 'more_reports' }]);
  });
});

function fail(): never {
  throw new Error('The playbook has no gauge.');
}
