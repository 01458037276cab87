import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FiredTrigger } from '../../src/core/decision/record.ts';
import { dayMs, hourMs, minuteMs } from '../../src/core/duration.ts';
import { event, noon, playbookOf, type Ran, run, type Told } from '../core/account/world.ts';

const playbook = playbookOf(
  readFileSync(new URL('../../config/playbooks/default.yaml', import.meta.url), 'utf8'),
);

/** Noon of 2027-01-15 is a Friday. */
const friday = noon;

/** What the shipped playbook decides on these events of lena, after a first report of long ago. */
function told(events: readonly Omit<Told, 'id'>[]): Ran {
  const value = event({ id: 'value', name: 'Report Created', timeMs: friday - 200 * dayMs });
  const rest = events.map((one, at) => event({ id: `e${at}`, ...one }));
  return run([value, ...rest], { playbook, mode: 'live' });
}

/** What fired, by trigger, in the order of the decisions. */
function firedIn({ decisions }: Ran): readonly FiredTrigger[] {
  return decisions.flatMap((decision) => decision.fired);
}

function idsIn(ran: Ran): readonly string[] {
  return firedIn(ran).map((fired) => fired.triggerId);
}

describe('weekly export ("every Friday")', () => {
  const exported = (timeMs: number): Omit<Told, 'id'> => ({ name: 'Report Exported', timeMs });
  const fridays = [3, 2, 1, 0].map((weeks) => exported(friday - weeks * 7 * dayMs));

  it('offers scheduled exports on the fourth Friday in a row, and names the day', () => {
    const ran = told(fridays);
    expect(firedIn(ran)).toMatchObject([
      {
        triggerId: 'exports_every_week',
        evidence: { count: 4, weeks: 4, weekday: 'Friday' },
        because:
          'report_exported of the account happened in 4 of the last 4 weeks, always on a Friday, 4 were needed',
      },
    ]);
    expect(ran.decisions[0]?.words).toMatchObject({ headline: 'You export every Friday' });
  });

  it('says every week when it was not always the same day', () => {
    const ran = told([exported(friday - 22 * dayMs), ...fridays.slice(1)]);
    expect(ran.decisions[0]?.words).toMatchObject({ headline: 'You export every week' });
  });

  it('is silent for four exports of one week and when a week is missing', () => {
    const week = [3, 2, 1, 0].map((days) => exported(friday - days * dayMs));
    expect(idsIn(told(week))).toEqual([]);
    expect(idsIn(told([exported(friday - 28 * dayMs), ...fridays.slice(1)]))).toEqual([]);
  });
});

describe('5+ sessions a week', () => {
  const hours = (all: readonly number[], name: string): readonly Omit<Told, 'id'>[] =>
    all.map((hour) => ({ name, timeMs: friday + hour * hourMs }));

  it('offers Pro at the fifth session of a user in 7 days', () => {
    const ran = told(hours([-72, -60, -48, -24, 0], 'Feature Opened'));
    expect(firedIn(ran)).toMatchObject([
      { triggerId: 'five_sessions_a_week', evidence: { count: 5, window: '7 days' } },
    ]);
    expect(ran.decisions[0]?.words).toMatchObject({
      headline: '5 visits in 7 days: you work here',
    });
  });

  it('is silent for five sign-ins of one session and for five sessions of five users', () => {
    expect(idsIn(told(hours([0, 0.4, 0.8, 1.2, 1.6], 'Signed In')))).toEqual([]);
    const users = hours([-72, -60, -48, -24, 0], 'Signed In').map((one, at) => ({
      ...one,
      userId: `user-${at}`,
    }));
    expect(idsIn(told(users))).toEqual([]);
  });
});

describe('multi-step workflows completed', () => {
  const workflow = ['Workflow Started', 'Workflow Step Added', 'Workflow Completed'];
  const through = (names: readonly string[], day: number): readonly Omit<Told, 'id'>[] =>
    names.map((name, at) => ({ name, timeMs: friday - (3 - day) * dayMs + at * 10 * minuteMs }));

  it('offers templates when a user went through all steps three times in 7 days', () => {
    const ran = told([1, 2, 3].flatMap((day) => through(workflow, day)));
    expect(firedIn(ran)).toMatchObject([
      {
        triggerId: 'workflows_step_by_step',
        evidence: { count: 3, steps: 3, window: '7 days' },
        because:
          'workflow_started, then workflow_step_added, then workflow_completed of the user was gone through 3 times within 7 days, 3 were needed',
      },
    ]);
    expect(ran.decisions[0]?.words).toMatchObject({
      headline: '3 workflows built step by step in 7 days',
      body: expect.stringContaining('all 3 steps'),
    });
  });

  it('is silent when a step is missing or the order is another', () => {
    const without = [1, 2, 3].flatMap((day) => through(workflow.toSpliced(1, 1), day));
    expect(idsIn(told(without))).toEqual([]);
    const backwards = [1, 2, 3].flatMap((day) => through(workflow.toReversed(), day));
    expect(idsIn(told(backwards))).toEqual([]);
  });
});

describe('time to first value under 2 minutes consistently', () => {
  const visit = (day: number, seconds: number): readonly Omit<Told, 'id'>[] => [
    { name: 'Signed In', timeMs: friday - (40 - day * 8) * dayMs },
    { name: 'Workflow Completed', timeMs: friday - (40 - day * 8) * dayMs + seconds * 1_000 },
  ];

  it('offers bulk work when four of the last five visits had a result in under 2 minutes', () => {
    const ran = told([90, 45, 400, 60, 48].flatMap((seconds, at) => visit(at + 1, seconds)));
    expect(firedIn(ran)).toMatchObject([
      {
        triggerId: 'fast_to_value',
        evidence: { took: '48 seconds', atMost: '2 minutes', count: 4, ofLast: 5, share: 80 },
        because:
          'signed_in, then workflow_completed of the user took at most 2 minutes 4 of the last 5 times (80 %) and reached 80 %',
      },
    ]);
    expect(ran.decisions[0]?.words).toMatchObject({
      headline: 'Done in 48 seconds: you know your way',
      body: expect.stringContaining('4 of your last 5 visits had a result in under 2 minutes'),
    });
  });

  it('is silent when it was so only now and then', () => {
    const slow = [90, 300, 400, 60, 48].flatMap((seconds, at) => visit(at + 1, seconds));
    expect(idsIn(told(slow))).toEqual([]);
  });
});

describe('a manual step 4 times a week', () => {
  const by = (step: string, day: number, userId = 'lena'): Omit<Told, 'id'> => ({
    name: 'Manual Step Done',
    timeMs: friday - day * dayMs,
    properties: { step },
    userId,
  });

  it('offers to automate the step that a user did by hand four times, and names it', () => {
    const steps = [by('Copy to CRM', 4), by('Rename files', 3), by('Copy to CRM', 2)];
    const ran = told([...steps, by('Copy to CRM', 1), by('Copy to CRM', 0)]);
    expect(firedIn(ran)).toMatchObject([
      { triggerId: 'manual_step_again', evidence: { group: 'Copy to CRM', count: 4 } },
    ]);
    expect(ran.decisions[0]?.words).toMatchObject({
      headline: 'Copy to CRM, 4 times by hand this week',
    });
  });

  it('is silent for four different steps and for one step of four users', () => {
    expect(idsIn(told(['a', 'b', 'c', 'd'].map((step) => by(step, 1))))).toEqual([]);
    expect(idsIn(told(['u', 'v', 'w', 'x'].map((user) => by('a', 1, user))))).toEqual([]);
  });
});

describe('usage trend (now against 14 days ago)', () => {
  const workflows = (day: number, count: number): readonly Omit<Told, 'id'>[] =>
    Array.from({ length: count }, (_, at) => ({
      name: 'Workflow Completed',
      userId: `user-${at % 7}`,
      timeMs: friday - day * dayMs + at * minuteMs,
    }));

  it('offers room when an account does half as much again, with both numbers', () => {
    const ran = told([...workflows(14, 16), ...workflows(0, 25)]);
    expect(firedIn(ran)).toMatchObject([
      {
        triggerId: 'usage_growing',
        evidence: { count: 24, before: 16, growth: 50, window: '7 days', against: '14 days' },
        because:
          'workflow_completed of the account happened 24 times within 7 days, 50 % more than the 16 times 14 days before, 50 % were needed',
      },
    ]);
    expect(ran.decisions[0]?.words).toMatchObject({ headline: '50% more workflows in two weeks' });
  });

  it('is silent for 1 -> 2, for a new account and for one that does what it always did', () => {
    expect(idsIn(told([...workflows(14, 1), ...workflows(0, 2)]))).toEqual([]);
    expect(idsIn(told(workflows(0, 40)))).toEqual([]);
    expect(idsIn(told([...workflows(14, 30), ...workflows(0, 30)]))).toEqual([]);
  });
});

describe('the state of the shipped playbook', () => {
  const names = [
    'Signed In',
    'Workflow Started',
    'Workflow Step Added',
    'Workflow Completed',
    'Manual Step Done',
    'Feature Opened',
    'Report Exported',
    'Report Created',
  ];

  it.each([
    ['spread over all signals', names],
    ['all workflows', names.slice(0, 4)],
  ])('takes at most 450 bytes per user at 30 events %s', (_, mix) => {
    const ran = told(
      Array.from({ length: 30 }, (_unused, at) => ({
        name: mix[at % mix.length] ?? '',
        timeMs: friday - (30 - at) * 5 * hourMs,
        properties: { step: `step ${at % 3}`, feature: `f${at % 4}`, reportcount: at, tier: 'pro' },
      })),
    );
    const member = ran.bytes.find((packed) => packed.startsWith('lena:'))?.slice('lena:'.length);
    expect(member).toBeDefined();
    const both = `${ran.bytes[0] ?? ''}${member ?? ''}`;
    expect(both.length / 2).toBeLessThanOrEqual(450);
  });

  it('is the same, byte for byte, in whatever order a history of all signals is replayed', () => {
    const history = fc.array(
      fc.record({
        name: fc.constantFrom(...names),
        userId: fc.constantFrom('lena', 'omar'),
        timeMs: fc.integer({ min: friday - 30 * dayMs, max: friday }),
        step: fc.constantFrom('a', 'b'),
      }),
      { maxLength: 60 },
    );
    const shuffled = history.chain((all) => {
      const inputs = all.map(({ step, ...one }, at) =>
        event({ id: `r${at}`, ...one, properties: { step, feature: step }, isReplay: true }),
      );
      const order = fc.shuffledSubarray(inputs, { minLength: inputs.length });
      return fc.record({ inputs: fc.constant(inputs), order });
    });
    fc.assert(
      fc.property(shuffled, ({ inputs, order }) => {
        const straight = run(inputs, { playbook, mode: 'live' });
        const mixed = run([...order, ...order], { playbook, mode: 'live' }, () => friday);
        expect(mixed.bytes).toEqual(straight.bytes);
        expect(mixed.decisions).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
