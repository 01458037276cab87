import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FiredTrigger } from '../../src/core/decision/record.ts';
import { dayMs, hourMs, minuteMs } from '../../src/core/duration.ts';
import type { EventInput } from '../../src/core/input.ts';
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

/** A number of the same event, minutes apart, the last at noon. */
function times(count: number, one: Omit<Told, 'id'>): readonly Omit<Told, 'id'>[] {
  return Array.from({ length: count }, (_, at) => ({
    ...one,
    timeMs: friday - (count - 1 - at) * minuteMs,
  }));
}

/** The words of the last decision, and the triggers that fired, for a table of sentences. */
function lastOf(ran: Ran): {
  readonly fired: readonly string[];
  readonly headline: string | undefined;
} {
  return { fired: idsIn(ran), headline: ran.decisions.at(-1)?.words?.['headline'] };
}

const onPro: Omit<Told, 'id'> = {
  call: 'group',
  timeMs: friday - 100 * dayMs,
  traits: { plan: 'pro' },
  userId: undefined,
  anonymousId: 'server',
};

describe('limit pressure', () => {
  const calls = (used: number, timeMs: number, period = '2027-01'): Omit<Told, 'id'> => ({
    name: 'API Usage Recorded',
    timeMs,
    properties: { used, limit: 1_000, period },
  });

  it.each([80, 90, 95, 100])('API calls at %i % of quota', (percent) => {
    const ran = told([calls(500, friday - hourMs), calls(percent * 10, friday)]);
    expect(lastOf(ran)).toEqual({
      fired: [`api_quota@${percent}%`],
      headline: `${percent}% of your API calls are used`,
    });
    expect(firedIn(ran)[0]?.evidence).toMatchObject({
      used: percent * 10,
      limit: 1_000,
      percent,
      remaining: 1_000 - percent * 10,
    });
  });

  it('teetering at 90 % fires once per period', () => {
    const teeter = [880, 900, 890, 910, 895, 920].map((used, at) =>
      calls(used, friday - 60 * minuteMs + at * minuteMs),
    );
    expect(idsIn(told(teeter))).toEqual(['api_quota@80%', 'api_quota@90%']);
    const next = [...teeter, calls(100, friday, '2027-02'), calls(910, friday + 1, '2027-02')];
    expect(idsIn(told(next))).toEqual(['api_quota@80%', 'api_quota@90%', 'api_quota@90%']);
  });

  it('three thresholds crossed at once fire the highest only', () => {
    expect(idsIn(told([calls(100, friday - 1), calls(960, friday)]))).toEqual(['api_quota@95%']);
  });

  it('days until the limit at the present pace', () => {
    const slow = [0, 4, 8, 10].map((day, at) =>
      calls(100 + day * 50, friday - (10 - day) * dayMs + at),
    );
    // 400 left at 50 a day are eight days.
    expect(idsIn(told(slow))).toEqual([]);
    const sooner = told(
      [0, 4, 8, 10].map((day, at) => calls(100 + day * 60, friday - (10 - day) * dayMs + at)),
    );
    expect(firedIn(sooner)).toMatchObject([
      {
        triggerId: 'api_quota_soon',
        evidence: {
          used: 700,
          limit: 1_000,
          percent: 70,
          remaining: 300,
          days_left: 5,
          atMost: '7 days',
        },
        because:
          'api_calls of the account is 700 of 1000 and reaches it in 5 days at the present pace, 7 days were needed',
      },
    ]);
    expect(sooner.decisions[0]?.words).toMatchObject({
      headline: '70% of your API calls are used, 5 days to go',
    });
  });

  it('storage, against the plan, a trait of the account, or what the event says', () => {
    const stored = (used: number, at: number, limit?: number): Omit<Told, 'id'> => ({
      name: 'Storage Usage Recorded',
      timeMs: friday + at,
      properties: limit === undefined ? { usedgb: used } : { usedgb: used, limitgb: limit },
    });
    expect(lastOf(told([stored(2, 0), stored(4, 1)]))).toEqual({
      fired: ['storage_filling@80%'],
      headline: '4 of 5 GB are used',
    });
    const bought: Omit<Told, 'id'> = { ...onPro, traits: { storagelimitgb: '40' } };
    expect(idsIn(told([bought, stored(2, 0), stored(4, 1), stored(40, 2)]))).toEqual([
      'storage_filling@100%',
    ]);
    expect(idsIn(told([bought, stored(2, 0), stored(19, 1, 20)]))).toEqual(['storage_filling@95%']);
  });

  it('storage says how many days are left, where the pace is known', () => {
    const stored = (used: number, day: number): Omit<Told, 'id'> => ({
      name: 'Storage Usage Recorded',
      timeMs: friday - day * dayMs,
      properties: { usedgb: used },
    });
    const ran = told([stored(2, 8), stored(3, 4), stored(4, 0)]);
    expect(ran.decisions.at(-1)?.words?.['body']).toContain('1 GB left, about 4 days.');
    expect(told([stored(4, 0)]).decisions.at(-1)?.words?.['body']).toContain('1 GB left. Business');
  });

  it('automation runs capped', () => {
    const runs = times(100, { name: 'Automation Run', properties: { automation: 'a' } });
    expect(lastOf(told(runs.slice(0, 90)))).toEqual({
      fired: ['automations_capped@90%'],
      headline: '90 of 100 automation runs',
    });
    expect(idsIn(told(runs))).toEqual(['automations_capped@90%', 'automations_capped@100%']);
    expect(idsIn(told([onPro, ...runs]))).toEqual([]);
  });

  it('export limit hit', () => {
    expect(lastOf(told(times(2, { name: 'Export Blocked' })))).toEqual({
      fired: ['exports_blocked'],
      headline: '2 exports were blocked this week',
    });
    expect(idsIn(told(times(1, { name: 'Export Blocked' })))).toEqual([]);
  });

  it('"3 of 3 dashboards"', () => {
    const made = (id: string, at: number): Omit<Told, 'id'> => ({
      name: 'Dashboard Created',
      timeMs: friday + at,
      properties: { dashboardid: id },
    });
    const three = ['a', 'b', 'b', 'c'].map(made);
    expect(idsIn(told(three.slice(0, 3)))).toEqual([]);
    expect(lastOf(told(three))).toEqual({
      fired: ['dashboards_full'],
      headline: '3 of 3 dashboards',
    });
  });

  it('hard limit reached', () => {
    const reached = times(2, { name: 'Plan Limit Reached', properties: { limitname: 'projects' } });
    expect(lastOf(told(reached.slice(0, 1)))).toEqual({
      fired: ['limit_reached_once'],
      headline: 'You have reached your limit of projects',
    });
    expect(idsIn(told(reached))).toEqual(['limit_reached_once', 'limit_reached_again']);
  });

  it('a full quota has a value: 10 of 10 reports, and 0 left', () => {
    const at = (count: number, minute: number): Omit<Told, 'id'> => ({
      name: 'Report Created',
      timeMs: friday + minute * minuteMs,
      properties: { reportcount: count },
    });
    const ran = told([at(9, 0), at(10, 1)]);
    expect(firedIn(ran)[0]?.evidence).toMatchObject({
      used: 10,
      limit: 10,
      remaining: 0,
      percent: 100,
    });
    expect(lastOf(ran).headline).toBe("You're at 10/10 reports");
  });
});

describe('the scenario of a limit that is teetered at, reached and raised', () => {
  const story = playbookOf(
    readFileSync(new URL('../../config/playbooks/default.yaml', import.meta.url), 'utf8').replace(
      /( {2}reports_full:\n {4}gauge: reports\n {4}atLeast: )100%([\s\S]*?)where: \{ plan: starter \}/u,
      '$1[90%, 100%]$2where: { plan: [starter, pro] }',
    ),
  );

  it('fires 90 % at 9, is silent at 8 and 9 again, fires "10/10", and is armed again after the upgrade', () => {
    const at = (count: number, minute: number): EventInput =>
      event({
        id: `r${minute}`,
        timeMs: friday + minute * minuteMs,
        properties: { reportcount: count },
      });
    const upgraded = event({
      id: 'g',
      call: 'group',
      timeMs: friday + 6 * minuteMs,
      traits: { plan: 'Pro' },
    });
    const inputs = [
      at(6, 1),
      at(9, 2),
      at(8, 3),
      at(9, 4),
      at(10, 5),
      upgraded,
      at(11, 7),
      at(90, 8),
    ];
    const ran = run(inputs, { playbook: story, mode: 'live' });
    const reports = firedIn(ran).filter((one) => one.triggerId.startsWith('reports_full@'));
    expect(
      reports.map((one) => [one.triggerId, one.evidence['used'], one.evidence['limit']]),
    ).toEqual([
      ['reports_full@90%', 9, 10],
      ['reports_full@100%', 10, 10],
      ['reports_full@90%', 90, 100],
    ]);
  });
});

describe('repeated advanced filters', () => {
  it('offers saved filters at the fifth of a user in 7 days', () => {
    const filter = { name: 'Filter Applied', properties: { kind: 'advanced' } };
    expect(lastOf(told(times(5, filter)))).toEqual({
      fired: ['advanced_filters'],
      headline: '5 advanced filters in 7 days',
    });
    const simple = times(9, { ...filter, properties: { kind: 'simple' } });
    expect(idsIn(told([...simple, ...times(4, filter)]))).toEqual([]);
  });
});

describe('seat growth', () => {
  const joined = (userId: string, timeMs: number, role = 'viewer'): Omit<Told, 'id'> => ({
    name: 'Account Added User',
    userId,
    timeMs,
    properties: { role },
  });
  const team = (count: number, day: number): readonly Omit<Told, 'id'>[] =>
    Array.from({ length: count }, (_, at) => joined(`u${at}`, friday - day * dayMs + at));

  it('invites sent (3 teammates)', () => {
    expect(lastOf(told(times(3, { name: 'Invite Sent' })))).toEqual({
      fired: ['third_invite'],
      headline: '3 teammates in 7 days: your team is growing',
    });
    expect(idsIn(told(times(2, { name: 'Invite Sent' })))).toEqual([]);
  });

  it('seats added within 7 days', () => {
    const grown = [
      joined('u0', friday - 90 * dayMs),
      ...['x', 'y'].map((id, at) => joined(id, friday - 11 * dayMs + at)),
    ];
    const ran = told([
      ...grown,
      joined('p', friday - 3 * dayMs),
      joined('q', friday - dayMs),
      joined('r', friday),
    ]);
    expect(firedIn(ran).find((one) => one.triggerId === 'seats_added')).toMatchObject({
      evidence: { count: 3, members: 6, window: '7 days' },
      because: 'the account has 3 new members within 7 days, 3 were needed',
    });
    expect(idsIn(told(grown))).not.toContain('seats_added');
  });

  it('admin role given', () => {
    const admin = joined('u0', friday - 80 * dayMs, 'admin');
    const given: Omit<Told, 'id'> = {
      call: 'identify',
      userId: 'u1',
      timeMs: friday,
      traits: { role: 'Admin' },
    };
    const ran = told([admin, joined('u1', friday - 60 * dayMs), given]);
    expect(lastOf(ran)).toEqual({
      fired: ['second_admin'],
      headline: '2 of you run this workspace now',
    });
    expect(idsIn(told([admin, joined('u1', friday - 60 * dayMs)]))).toEqual([]);
  });

  it('viewers becoming editors (rising share)', () => {
    const edits = (userId: string, day: number): Omit<Told, 'id'> => ({
      call: 'identify',
      userId,
      timeMs: friday - day * dayMs,
      traits: { role: 'editor' },
    });
    const before = [...team(8, 80), edits('u0', 60)];
    expect(idsIn(told([...before, edits('u1', 0)]))).not.toContain('viewers_become_editors');
    const ran = told([...before, edits('u1', 2), edits('u2', 0)]);
    expect(firedIn(ran).at(-1)).toMatchObject({
      triggerId: 'viewers_become_editors',
      evidence: {
        count: 3,
        members: 8,
        percent: 37,
        before: 12,
        growth: 25,
        role: 'editor',
        window: '30 days',
      },
      because: '3 of 8 members are editor (37 %) after 12 % 30 days before, and rose by 20 points',
    });
    expect(lastOf(ran).headline).toBe('3 of your 8 members edit now');
  });

  it.each([4, 10])('crossing seat %i', (seats) => {
    const before = Array.from({ length: seats - 1 }, (_, at) =>
      joined(`u${at}`, friday - 90 * dayMs + at * 9 * dayMs),
    );
    expect(idsIn(told(before))).not.toContain(`fourth_seat@${seats}`);
    const ran = told([...before, joined('new', friday)]);
    expect(firedIn(ran).at(-1)).toMatchObject({
      triggerId: `fourth_seat@${seats}`,
      evidence: { count: seats, members: seats, threshold: seats },
    });
    expect(lastOf(ran).headline).toBe(`You are a team of ${seats} now`);
  });
});

describe('feature exploration', () => {
  const opened = (feature: string, userId = 'lena', tier = 'pro'): Omit<Told, 'id'> => ({
    name: 'Feature Opened',
    userId,
    properties: { feature, tier },
  });

  it('premium feature opened again and again', () => {
    const same = times(4, opened('Audit log'));
    expect(lastOf(told(same))).toEqual({
      fired: ['paid_feature_again'],
      headline: 'Back at Audit log?',
    });
    expect(
      idsIn(
        told([
          ...same.slice(0, 3),
          ...times(3, opened('Audit log', 'omar')),
          ...times(9, opened('x', 'lena', 'free')),
        ]),
      ),
    ).toEqual([]);
    expect(
      idsIn(told(['a', 'b', 'c'].map((one, at) => ({ ...opened(one), timeMs: friday + at })))),
    ).toEqual(['paid_features_explored']);
  });

  it.each([
    ['page', { call: 'page', name: 'Pricing' }],
    ['track', { name: 'pricing_viewed' }],
  ] as const)('pricing viewed (%s)', (_, viewed) => {
    expect(idsIn(told(times(3, viewed)))).toEqual(['pricing_viewed_again']);
    expect(idsIn(told(times(2, viewed)))).toEqual([]);
  });

  it('enterprise integration attempted twice in 48 h', () => {
    const tried = (hours: number, integration = 'SAP'): Omit<Told, 'id'> => ({
      name: 'Integration Connection Attempted',
      timeMs: friday - hours * hourMs,
      properties: { integration, tier: 'enterprise' },
    });
    expect(lastOf(told([tried(47), tried(0)]))).toEqual({
      fired: ['second_enterprise_try'],
      headline: 'Connect SAP',
    });
    expect(idsIn(told([tried(49), tried(0)]))).toEqual([]);
    expect(idsIn(told([tried(1), tried(0, 'Oracle')]))).toEqual([]);
  });

  it('premium export attempted', () => {
    const tried = (format: string, tier = 'pro'): Omit<Told, 'id'> => ({
      name: 'Export Attempted',
      properties: { format, tier },
    });
    expect(lastOf(told(times(2, tried('PDF'))))).toEqual({
      fired: ['premium_export'],
      headline: 'Export to PDF',
    });
    expect(
      idsIn(
        told([
          ...times(1, tried('PDF')),
          ...times(1, tried('XLSX')),
          ...times(5, tried('CSV', 'free')),
        ]),
      ),
    ).toEqual([]);
  });
});

describe('teammates tagged in comments', () => {
  it('offers collaboration when three different people tag', () => {
    const tagged = (userId: string, at: number, mentions = 1): Omit<Told, 'id'> => ({
      name: 'Comment Created',
      userId,
      timeMs: friday + at,
      properties: { mentions },
    });
    expect(lastOf(told(['a', 'b', 'b', 'c'].map((user, at) => tagged(user, at))))).toEqual({
      fired: ['teammates_tagged'],
      headline: '3 of you tag teammates',
    });
    expect(
      idsIn(told(['a', 'b', 'c'].map((user, at) => tagged(user, at, user === 'c' ? 0 : 1)))),
    ).toEqual([]);
  });
});

describe('Integrations opened repeatedly', () => {
  it('offers integrations when a user opened the page three times in 14 days', () => {
    const page: Omit<Told, 'id'> = { call: 'page', name: 'Integrations' };
    expect(lastOf(told(times(3, page)))).toEqual({
      fired: ['integrations_again'],
      headline: 'Looking for an integration?',
    });
    expect(idsIn(told([...times(2, page), ...times(1, { ...page, userId: 'omar' })]))).toEqual([]);
  });
});

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
    const all = [
      ...names,
      ...['API Usage Recorded', 'Storage Usage Recorded', 'Dashboard Created', 'Automation Run'],
      ...['Export Blocked', 'Export Attempted', 'Filter Applied', 'Comment Created', 'Invite Sent'],
      ...['Account Added User', 'Account Removed User', '$identify', '$group'],
    ];
    const history = fc.array(
      fc.record({
        name: fc.constantFrom(...all),
        userId: fc.constantFrom('lena', 'omar', 'kofi'),
        timeMs: fc.integer({ min: friday - 30 * dayMs, max: friday }),
        step: fc.constantFrom('a', 'b'),
        used: fc.integer({ min: 0, max: 12 }),
        role: fc.constantFrom('viewer', 'editor', 'admin'),
      }),
      { maxLength: 60 },
    );
    const shuffled = history.chain((all) => {
      const inputs = all.map(({ step, used, role, name, ...one }, at) =>
        event({
          id: `r${at}`,
          ...one,
          ...(name === '$identify'
            ? { call: 'identify', name: '', traits: { role } }
            : name === '$group'
              ? { call: 'group', name: '' }
              : { name }),
          properties: {
            ...{ step, feature: step, format: step, dashboardid: step, tier: 'pro', role },
            // A limit that an event does not carry is the one known when it arrives: not for any order.
            ...{ used, limit: 10, usedgb: used, limitgb: 10, reportcount: used, planlimit: 10 },
            ...{ kind: 'advanced', mentions: 1 },
          },
          isReplay: true,
        }),
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
      { numRuns: 200 },
    );
  });
});
