import { describe, expect, it } from 'vitest';
import { checkPlaybook } from '../../config/check.ts';
import { problemInWords } from '../../src/cli/check.ts';
import { smallPlaybook, smallPlaybookWith } from './small-playbook.ts';

/** The small playbook with the measurement of its second trigger written in another way. */
function withTrigger(fields: string, source = smallPlaybook): string {
  const from = 'count: invites\n    within: 7d\n    atLeast: 3\n';
  expect(source).toContain(from);
  return source
    .replace(from, `${fields}\n`)
    .replace('"{{ count }} invites in {{ window }}"', 'Invites');
}

function warningsOf(source: string): string {
  const checked = checkPlaybook(source, 'p.yaml');
  return checked.kind === 'valid'
    ? checked.warnings.map(problemInWords).join('\n')
    : expect.fail(checked.problems.map(problemInWords).join('\n'));
}

describe('the check doubts', () => {
  it('nothing in a playbook that is as it should be', () => {
    expect(warningsOf(smallPlaybook)).toBe('');
  });

  it.each<readonly [string, string, string]>([
    [
      'one event within a window',
      'count: invites\n    within: 1h\n    atLeast: 1',
      'atLeast: fires on nearly everything: on any event after a pause of 1 hour',
    ],
    [
      'one event for each value',
      'count: invites\n    by: invitee_role\n    atLeast: 1',
      'on every new invitee_role',
    ],
    [
      'one session a week',
      'sessions: invites\n    per: user\n    within: 7d\n    atLeast: 1',
      'fires on nearly everything',
    ],
    ['any page', 'count: pages\n    atLeast: 3', '$page comes with whatever people do'],
    ['a gauge at hardly any use', 'gauge: reports\n    atLeast: 5%', 'hardly any use'],
    [
      'a count at hardly any of its limit',
      'count: reports\n    within: 7d\n    atLeast: 5%',
      'hardly any use',
    ],
    ['growth by chance', 'trend: invites\n    within: 7d\n    atLeast: 2%', 'no growth but chance'],
  ])('a trigger that fires on nearly everything: %s', (_, fields, warning) => {
    const source = withTrigger(fields).replace(
      'signals:\n',
      'signals:\n  pages: { events: $page }\n',
    );
    expect(warningsOf(source)).toContain(warning);
  });

  it.each<readonly [string, string, string]>([
    [
      'a condition that nothing meets',
      'count: invites\n    atLeast: 3\n    where: { account.industry: { atLeast: 5, atMost: 4 } }',
      'where.account.industry: can never hold',
    ],
    [
      'a signal that no event has',
      'count: never\n    atLeast: 3',
      'count: can never fire, because no event passes the test on invitee_role of the signal never',
    ],
    [
      'a share of a limit that its plan does not have',
      'gauge: storage\n    atLeast: 80%\n    where: { plan: free }',
      'gauge: can never fire, because free has no limit reports',
    ],
    [
      'a count held against a limit that its plan does not have',
      'count: storage\n    within: 7d\n    atLeast: 80%\n    where: { plan: free }',
      'count: can never fire, because free has no limit reports',
    ],
    [
      'a height before the value moment',
      'count: late\n    atLeast: 2',
      'is reached only before the value moment (late 5 times)',
    ],
    ['the first of the value moment', 'first: late', 'is reached only before the value moment'],
    [
      'what it asks for and forbids',
      'when: { all: [{ count: invites, atLeast: 3 }], not: [{ count: invites, atLeast: 2 }] }',
      'when.not[0]: is reached whenever what must be is',
    ],
  ])('a trigger that can never fire: %s', (_, fields, warning) => {
    const source = withTrigger(fields)
      .replace(
        'signals:\n',
        `signals:
  never: { events: Invite Sent, where: { invitee_role: { atLeast: 1, exists: false } } }
  storage: { events: Report Created, value: report_count, limit: { plan: reports } }
  late: { events: Invite Sent }
`,
      )
      .replace('plans:\n', 'plans:\n  free: { monthlyPrice: 0 }\n')
      .replace('signal: reports, atLeast: 1', 'signal: late, atLeast: 5');
    expect(warningsOf(source)).toContain(warning);
  });

  it('the same rule twice, though its signal and spelling are others', () => {
    const twice = `count: again
    within: 168h
    atLeast: [3, 9]
    offers: [team]
  fourth:
    count: invites
    within: 7d
    atLeast: 9`;
    const source = withTrigger(twice).replace(
      'signals:\n',
      'signals:\n  again: { events: invite_sent }\n',
    );
    expect(warningsOf(source)).toContain('triggers.fourth: is the same rule as third_invite');
    expect(warningsOf(source.replace('atLeast: 9', 'atLeast: 8'))).not.toContain('same rule');
    expect(warningsOf(source.replace('fourth:', 'fourth:\n    per: user'))).not.toContain(
      'same rule',
    );
  });

  it('no limit that is met once a week, and no members of two roles', () => {
    const met = 'count: invites\n    within: 7d\n    atLeast: 1\n    kind: limit';
    const source = withTrigger(met).replace(/\n {4}kind: team/u, '');
    expect(warningsOf(source)).toBe('');
    const roles = `seats: admin
    atLeast: 3
    offers: [team]
  owners:
    seats: owner
    atLeast: 3`;
    expect(warningsOf(withTrigger(roles))).not.toContain('same rule');
    expect(warningsOf(withTrigger(roles.replace('owner\n', 'Admin\n')))).toContain('same rule');
  });

  it('not at all, but refuses: a trigger that listens to what the hub itself reports', () => {
    const source = smallPlaybookWith('events: Invite Sent', 'events: prompt_shown').replace(
      'events:\n',
      'events:\n  Prompt Shown: []\n',
    );
    const checked = checkPlaybook(source, 'p.yaml');
    expect(checked.kind === 'invalid' && checked.problems.map(problemInWords)).toEqual([
      'p.yaml:25:12 triggers.third_invite.count: listens to prompt_shown, which the hub itself reports. Name a signal of what users do; the hub would answer itself.',
    ]);
  });
});
