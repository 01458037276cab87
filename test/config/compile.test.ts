import { describe, expect, it } from 'vitest';
import { checkPlaybook } from '../../config/check.ts';
import { dayMs, hourMs } from '../../src/core/duration.ts';
import type { Playbook } from '../../src/core/playbook.ts';
import { smallPlaybook, smallPlaybookWith } from './small-playbook.ts';

function compiled(source: string): Playbook {
  const checked = checkPlaybook(source, 'playbook.yaml');
  if (checked.kind === 'invalid') {
    throw new Error(JSON.stringify(checked.problems, undefined, 2));
  }
  return checked.playbook;
}

function counterKeys(playbook: Playbook): readonly string[] {
  return playbook.counters.map((counter) => counter.key);
}

describe('compilePlaybook', () => {
  it('names counters of the kinds with fields of their own by all that defines them', () => {
    const rules = [
      'visits: { sessions: invites, per: user, within: 7d, atLeast: 5, offers: [team] }',
      'ids: { sessions: invites, sessionId: Invitee Role, within: 7d, atLeast: 5, offers: [team] }',
      'steps: { sequence: [invites, reports, invites], within: 24h, offers: [team] }',
      'pace: { elapsed: { from: invites, to: reports }, atMost: 2m, offers: [team] }',
      'habit: { weekly: invites, atLeast: 4, offers: [team] }',
      'growth: { trend: invites, within: 7d, atLeast: 50%, offers: [team] }',
    ];
    const ground = smallPlaybookWith('{{ count }} invites in {{ window }}', 'More invites');
    const playbook = compiled(
      ground.replace('triggers:\n', `triggers:\n  ${rules.join('\n  ')}\n`),
    );
    expect(counterKeys(playbook).filter((key) => !/\|(?:count|gauge)\|/u.test(key))).toEqual([
      'invites>reports>invites|sequence|account|1d',
      'invites>reports|elapsed|account|ever|pace=2m,5',
      'invites|sessions|account|7d|of=inviteerole',
      'invites|sessions|user|7d|gap=30m',
      'invites|trend|account|7d|against=14d,10',
      'invites|weekly|account|ever|weeks=4',
    ]);
    const triggers = playbook.counters.flatMap((counter) => counter.triggers);
    expect(Object.fromEntries(triggers.map(({ id, threshold }) => [id, threshold]))).toMatchObject({
      visits: 5,
      steps: 1,
      pace: 0.8,
      habit: 4,
      growth: 0.5,
    });
  });

  it('leads to a counter of several signals from each of them once, which says by which', () => {
    const rule = 'steps: { sequence: [invites, reports, invites], within: 24h, offers: [team] }';
    const ground = smallPlaybookWith('{{ count }} invites in {{ window }}', 'More invites');
    const playbook = compiled(ground.replace('triggers:\n', `triggers:\n  ${rule}\n`));
    const spec = playbook.counters.find((counter) => counter.kind === 'sequence');
    for (const [event, signal] of [
      ['track:invitesent', 'invites'],
      ['track:reportcreated', 'reports'],
    ] as const) {
      const rules = playbook.signalsByEvent.get(event)?.flatMap((one) => one.counters) ?? [];
      expect(rules.filter((counter) => counter.kind === 'sequence')).toEqual([{ ...spec, signal }]);
    }
  });

  it('indexes signals by normalized event, with the properties that any rule reads', () => {
    const playbook = compiled(smallPlaybook);
    expect([...playbook.signalsByEvent.keys()]).toEqual([
      'track:reportcreated',
      'track:invitesent',
    ]);
    expect(playbook.keptProperties.get('track:reportcreated')).toEqual([
      'planlimit',
      'reportcount',
    ]);
    expect(playbook.keptProperties.get('track:invitesent')).toEqual([]);
  });

  it('names counters by all that defines them and makes one of the value moment', () => {
    const playbook = compiled(smallPlaybook);
    expect(counterKeys(playbook)).toEqual([
      'invites|count|account|7d',
      'reports|count|account|ever',
      'reports|gauge|account|ever|of=reportcount|limit=planlimit,reports,|share',
    ]);
    expect(playbook.valueMoment).toMatchObject({
      signal: 'reports',
      atLeast: 1,
      counter: { key: 'reports|count|account|ever' },
    });
    expect(playbook.signalsByEvent.get('track:reportcreated')?.[0]?.counters).toHaveLength(2);
  });

  it('shares one counter between triggers that count the same, ordered by rising threshold', () => {
    const more =
      '  fifth_invite: { count: invites, within: 168h, atLeast: 5, offers: [team] }\n  one: { count: invites, within: 7d, atLeast: 1, offers: [team] }\n';
    const playbook = compiled(
      smallPlaybookWith('offers:\n  more_reports:', `${more}offers:\n  more_reports:`),
    );
    const invites = playbook.counters.find((counter) => counter.key === 'invites|count|account|7d');
    expect(invites?.triggers.map(({ id, threshold }) => [id, threshold])).toEqual([
      ['one', 1],
      ['third_invite', 3],
      ['fifth_invite', 5],
    ]);
  });

  it('makes one trigger of each height, re-armed 25 points lower, so that 9/10 -> 8/10 does not re-arm 90 %', () => {
    const playbook = compiled(smallPlaybookWith('atLeast: 100%', 'atLeast: [100%, 80%, 90%]'));
    const gauge = playbook.counters.find((counter) => counter.kind === 'gauge');
    expect(
      gauge?.triggers.map(({ id, threshold, rearmBelow, unit }) => [
        id,
        threshold,
        rearmBelow,
        unit,
      ]),
    ).toEqual([
      ['reports_full@80%', 0.8, 0.55, 'share'],
      ['reports_full@90%', 0.9, 0.65, 'share'],
      ['reports_full@100%', 1, 0.75, 'share'],
    ]);
  });

  it('keeps shares and plain values of one gauge in counters of their own', () => {
    const more = '  nine: { gauge: reports, atLeast: 9, offers: [more_reports] }\n';
    const playbook = compiled(
      smallPlaybookWith('offers:\n  more_reports:', `${more}offers:\n  more_reports:`),
    );
    const gauges = playbook.counters.filter((counter) => counter.kind === 'gauge');
    expect(
      gauges.map((counter) =>
        counter.triggers.map(({ id, unit, rearmBelow }) => [id, unit, rearmBelow]),
      ),
    ).toEqual([[['nine', 'value', 6.75]], [['reports_full', 'share', 0.75]]]);
  });

  it('turns money to cents and lengths to milliseconds once', () => {
    const playbook = compiled(smallPlaybookWith('monthlyPrice: 49,', 'monthlyPrice: 19.99,'));
    expect(playbook.plans.get('starter')).toEqual({
      id: 'starter',
      monthlyPriceCents: 1999,
      limits: new Map([['reports', 10]]),
    });
    expect(playbook.guardrails).toMatchObject({
      caps: [{ per: 'user', max: 1, withinMs: 7 * dayMs }],
      cooldownMs: { user: 7 * dayMs, account: 7 * dayMs },
      openMs: 72 * hourMs,
      afterSignupMs: 24 * hourMs,
      maxPromptAgeMs: hourMs,
      followUpAfterMs: 20 * hourMs,
      quietHours: { fromMinute: 20 * 60, untilMinute: 8 * 60, weekends: true, fallback: 'UTC' },
    });
    expect(playbook.economics.priors.limit).toEqual({
      prompt: 0.11,
      hold: 0.05,
    });
    expect(playbook.economics.rho).toMatchObject({ limit: 0.4, power: 0.1 });
    expect(playbook.learning).toEqual({
      mode: 'fixed',
      holdoutShare: undefined,
      salt: 'holdout:v1',
      epsNone: 0.1,
      exploration: 1,
      epsArm: 0.02,
      draws: 128,
      halfLifeDays: 180,
      kappaRatio: 10,
      kappaCell: 40,
      prior: 'chances',
    });
  });

  it('keeps the traits that something reads, and e-mail and name for the contact', () => {
    const playbook = compiled(smallPlaybook);
    expect(playbook.traits).toEqual({
      user: ['email', 'name', 'timezone'],
      account: ['plan', 'mrr', 'industry'],
    });
    expect(playbook.plan).toEqual({
      subject: 'account',
      trait: 'plan',
      fallback: 'starter',
      mrrTrait: 'mrr',
    });
  });

  it('keeps what signals read of identify and group calls as traits', () => {
    const source = smallPlaybookWith(
      'events: Invite Sent',
      'events: [$group, $identify]\n    where: { Industry: [saas] }',
    );
    const playbook = compiled(
      source.replace('count: invites', 'distinct: invites\n    of: employees'),
    );
    expect(playbook.traits.account).toContain('industry');
    expect(playbook.keptProperties.get('group:')).toEqual(['employees', 'industry']);
    expect([...playbook.signalsByEvent.keys()]).toContain('identify:');
  });

  it('reads values, lists and bounds as tests', () => {
    const where =
      'where: { invitee_role: [admin, owner], value: { atLeast: 2, atMost: 9, exists: true }, Currency: USD }';
    const playbook = compiled(
      smallPlaybookWith('events: Invite Sent', `events: [Invite Sent, invite_sent]\n    ${where}`),
    );
    const rules = playbook.signalsByEvent.get('track:invitesent');
    expect(rules).toHaveLength(1);
    expect(rules?.[0]?.where).toEqual([
      {
        property: 'inviteerole',
        test: 'is_one_of',
        values: ['admin', 'owner'],
      },
      { property: 'value', test: 'at_least', value: 2 },
      { property: 'value', test: 'at_most', value: 9 },
      { property: 'value', test: 'exists', value: true },
      { property: 'currency', test: 'is_one_of', values: ['USD'] },
    ]);
  });

  it('reads conditions on the plan and on traits', () => {
    const playbook = compiled(
      smallPlaybookWith(
        'where: { plan: starter }',
        'where: { plan: [starter], user.name: { exists: true }, account.industry: saas }',
      ),
    );
    const [trigger] = playbook.counters.find((counter) => counter.kind === 'gauge')?.triggers ?? [];
    expect(trigger?.where).toEqual([
      { of: 'plan', property: 'plan', test: 'is_one_of', values: ['starter'] },
      { of: 'user', property: 'name', test: 'exists', value: true },
      {
        of: 'account',
        property: 'industry',
        test: 'is_one_of',
        values: ['saas'],
      },
    ]);
  });

  it('says what is sold and derives the family from it', () => {
    const playbook = compiled(
      smallPlaybookWith(
        '    plan: pro\n    copy:\n      headline: "{{ count',
        '    addon: { monthlyPrice: 7.5 }\n    copy:\n      headline: "{{ count',
      ),
    );
    expect(playbook.offers.get('more_reports')).toMatchObject({
      family: 'upgrade',
      sells: { kind: 'plan', plan: 'pro' },
      surface: 'upsell-offer-ready',
    });
    expect(playbook.offers.get('team')).toMatchObject({
      family: 'crosssell:team',
      sells: { kind: 'addon', monthlyPriceCents: 750 },
    });
  });

  it('normalizes the places of the account id and names each once', () => {
    const playbook = compiled(
      smallPlaybookWith(
        'plan: { default: starter }',
        'account: { paths: [context.groupId, context.group_id, traits.Company.ID], whenMissing: user }\nplan: { default: starter }',
      ),
    );
    expect(playbook.account).toEqual({
      paths: [
        ['context', 'groupid'],
        ['traits', 'company', 'id'],
      ],
      whenMissing: 'user',
    });
  });

  it('gives the same playbook for the same text, and another version for another text', () => {
    expect(JSON.stringify(compiled(smallPlaybook).counters)).toBe(
      JSON.stringify(compiled(smallPlaybook).counters),
    );
    expect(compiled(smallPlaybook).version).toMatch(/^[0-9a-f]{16}$/u);
    expect(compiled(`${smallPlaybook}# a word\n`).version).not.toBe(
      compiled(smallPlaybook).version,
    );
  });

  it('can say what the edu365 data need: free minutes of a course, active days, an exam, each user an account', () => {
    const playbook = compiled(`version: 1
events:
  Lesson Watched: [courseId, courseTitle, minutes]
  Exam Completed: [examCategory, scorePercent]
account: { whenMissing: user }
plan: { from: user, default: free }
plans: { free: { monthlyPrice: 0 }, annual: { monthlyPrice: 29 } }
signals:
  lesson: { events: Lesson Watched, value: minutes }
  exam: { events: Exam Completed }
valueMoment: { signal: lesson }
triggers:
  free_minutes: { sum: lesson, by: courseId, per: user, atLeast: 40, kind: limit, where: { plan: free }, offers: [annual] }
  active_days: { distinct: lesson, of: $day, per: user, within: 7d, atLeast: 2, offers: [annual] }
  exam_week: { count: exam, per: user, within: 7d, atLeast: 1, offers: [annual] }
offers:
  annual:
    plan: annual
    copy: { headline: All courses, body: "{{ threshold }}", cta_label: Go, cta_url: https://example.com }
`);
    expect(playbook.counters.map(({ key, by, value }) => [key, by, value])).toEqual([
      ['exam|count|user|7d', undefined, undefined],
      ['lesson|count|account|ever', undefined, undefined],
      ['lesson|distinct|user|7d|of=$day', undefined, '$day'],
      ['lesson|sum|user|ever|of=minutes|by=courseid', 'courseid', 'minutes'],
    ]);
    expect(playbook.traits.user).toContain('plan');
    expect(playbook.keptProperties.get('track:lessonwatched')).toEqual(['courseid', 'minutes']);
  });
});
