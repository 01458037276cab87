import { describe, expect, it } from 'vitest';
import { dayMs, minuteMs } from '../../src/core/duration.ts';
import { accountInWords, memberInWords } from '../../src/explain/account.ts';
import { event, noon, playbookOf, run } from '../core/account/world.ts';
import { smallPlaybookWith } from '../config/small-playbook.ts';

const rules = [
  'visits: { sessions: invites, per: user, within: 7d, atLeast: 5, offers: [team] }',
  'steps: { sequence: [invites, reports], within: 24h, atLeast: 3, offers: [team] }',
  'pace: { elapsed: { from: invites, to: reports }, atMost: 2m, ofLast: 2, offers: [team] }',
  'habit: { weekly: invites, weeks: 5, atLeast: 4, offers: [team] }',
  'growth: { trend: invites, within: 7d, atLeast: 50%, min: 3, offers: [team] }',
];
const playbook = playbookOf(
  smallPlaybookWith('{{ count }} invites in {{ window }}', 'More invites').replace(
    'triggers:\n',
    `triggers:\n  ${rules.join('\n  ')}\n`,
  ),
);

describe('an account in words', () => {
  it('says of every kind of counter where it stands and at which height it fires', () => {
    const at = (id: string, name: string, timeMs: number) => event({ id, name, timeMs });
    const { view } = run(
      [
        at('1', 'Invite Sent', noon - 15 * dayMs),
        at('2', 'Invite Sent', noon - 2 * dayMs),
        at('3', 'Report Created', noon - 2 * dayMs + minuteMs),
        at('4', 'Invite Sent', noon - 5 * minuteMs),
        at('5', 'Report Created', noon - minuteMs),
        at('6', 'Invite Sent', noon),
      ],
      { playbook, mode: 'live' },
    );
    const lena = view.members.get('lena');
    const lines = [
      ...accountInWords('acme', view.account, playbook, noon),
      ...(lena === undefined ? [] : memberInWords('lena', 'acme', lena, playbook, noon)),
    ].filter((line) => /sessions|sequence|elapsed|weekly|trend/u.test(line));
    expect(lines).toEqual([
      '  counter invites, then reports: elapsed is 50 %; fires at 80 % (pace)',
      '  counter invites, then reports: sequence within 1 day is 1; fires at 3 (steps)',
      '  counter invites: trend within 7 days is 200 % more (3 after 1); fires at 50 % (growth)',
      '  counter invites: weekly in the last 5 weeks is 2; fires at 4 (habit)',
      '  counter invites: sessions within 7 days is 2; fires at 5 (visits)',
    ]);
  });
});
