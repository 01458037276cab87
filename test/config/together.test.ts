import { describe, expect, it } from 'vitest';
import { checkPlaybook } from '../../config/check.ts';
import { problemInWords } from '../../src/cli/check.ts';
import { smallPlaybookWith } from './small-playbook.ts';

/** The small playbook with the trigger of the third invite written in another way. */
function withTrigger(fields: string): string {
  return smallPlaybookWith(
    'count: invites\n    within: 7d\n    atLeast: 3\n    offers: [team]',
    `${fields}\n    offers: [team]`,
  ).replace('"{{ count }} invites in {{ window }}"', 'Invites');
}

function problemsOf(source: string): string {
  const checked = checkPlaybook(source, 'p.yaml');
  return checked.kind === 'invalid' ? checked.problems.map(problemInWords).join('\n') : '';
}

function playbookOf(source: string) {
  const checked = checkPlaybook(source, 'p.yaml');
  return checked.kind === 'valid' ? checked.playbook : expect.fail(problemsOf(source));
}

const invites = '{ count: invites, within: 7d, atLeast: 2 }';
const full = '{ gauge: reports, atLeast: 80% }';

describe('a trigger with when', () => {
  it.each<readonly [string, string, string]>([
    ['only not', `when: { not: [${invites}] }`, 'when: names nothing that must happen'],
    [
      'a measurement beside it',
      `count: invites\n    atLeast: 3\n    when: { all: [${full}] }`,
      'third_invite.count: stands beside when',
    ],
    [
      'a window beside it',
      `within: 7d\n    when: { all: [${full}] }`,
      'third_invite.within: stands beside when',
    ],
    [
      'a measurement of an unknown signal',
      `when: { all: [{ count: invits, atLeast: 2 }] }`,
      'when.all[0].count: there is no signal invits. Did you mean invites?',
    ],
    [
      'a measurement that measures nothing',
      `when: { any: [{ atLeast: 2 }] }`,
      'when.any[0]: measures nothing',
    ],
    [
      'a height that does not fit',
      `when: { all: [${full}], not: [{ count: invites, atLeast: 80% }] }`,
      'when.not[0].atLeast: is a share, but the signal invites has no limit',
    ],
    [
      'members, who come by no signal',
      `when: { all: [${full}, { seats: all, atLeast: 3 }] }`,
      'when.all[1].seats: cannot be one of several measurements: seats has no signal. Make a trigger of its own',
    ],
    [
      'a share of roles',
      `when: { all: [${full}], not: [{ roleShare: editor, atLeast: 50% }] }`,
      'when.not[0].roleShare: cannot be one of several measurements',
    ],
    [
      'several heights',
      `when: { all: [{ count: invites, atLeast: [2, 3] }] }`,
      'when.all[0].atLeast: ',
    ],
    [
      'a field that a measurement cannot have',
      `when: { all: [{ count: invites, atLeast: 2, offers: [team] }] }`,
      'there is no field offers here',
    ],
    ['nothing', `when: { all: [] }`, 'when.all: is an empty list'],
    [
      'a sign-up',
      `when: { all: [{ count: signup, atLeast: 1 }] }`,
      'when.all[0].count: listens to a sign-up (Signed Up)',
    ],
    [
      'a quote that none of its events carries',
      `when: { all: [${invites}] }\n    quotes: [report_count]`,
      'quotes[0]: no event of the signal carries report_count',
    ],
    [
      'strengths that are not one for each height',
      `count: invites\n    atLeast: [2, 3]\n    strength: [0.1, 0.2, 0.3]`,
      'strength: names 3 strengths for 2 heights',
    ],
    ['a strength above 1', `count: invites\n    atLeast: 2\n    strength: 2`, 'strength: '],
  ])('is refused with %s', (_, fields, problem) => {
    const source = withTrigger(fields).replace(
      'signals:\n',
      'signals:\n  signup: { events: Signed Up }\n',
    );
    expect(problemsOf(source)).toContain(problem);
  });

  it('shares its counters with other triggers, and is looked at only when one of them moves', () => {
    const playbook = playbookOf(
      withTrigger(`when: { all: [${invites}, ${full}] }\n    quotes: [plan_limit]`),
    );
    expect(playbook.counters.map(({ key }) => key)).toEqual([
      'invites>reports|last|account|ever',
      'invites|count|account|7d',
      'reports|count|account|ever',
      'reports|gauge|account|ever|of=reportcount|limit=planlimit,reports,|share',
    ]);
    const moved = playbook.counters.filter(({ id }) => playbook.combined?.has(id) === true);
    expect(moved.map(({ kind }) => kind)).toEqual(['last', 'count', 'gauge']);
    expect(playbook.keptProperties.get('track:reportcreated')).toContain('planlimit');
  });

  it('gives copy the names of what must be reached, and of nothing else', () => {
    const when = `when: { all: [${full}], any: [{ sum: reports, atLeast: 5 }] }`;
    const quoting = (name: string): string =>
      problemsOf(withTrigger(when).replace('headline: Invites', `headline: "{{ ${name} }}"`));
    expect(quoting('used')).toBe('');
    expect(quoting('total')).toContain('quotes total, which no trigger of the offer gives');
  });
});

describe('the strength of a trigger', () => {
  const strengths = (fields: string): readonly (number | undefined)[] =>
    playbookOf(withTrigger(fields))
      .counters.flatMap((counter) => counter.triggers)
      .filter(({ id }) => id.startsWith('third_invite'))
      .map(({ strength }) => strength);

  it.each<readonly [string, string, readonly number[]]>([
    ['is middling for one number', 'count: invites\n    atLeast: 3', [0.5]],
    ['rises with several', 'count: invites\n    atLeast: [9, 3, 6]', [0.5, 0.75, 1]],
    ['is the share of a limit', 'gauge: reports\n    atLeast: [80%, 100%]', [0.8, 1]],
    ['is cut at 1', 'trend: invites\n    within: 7d\n    atLeast: 250%', [1]],
    [
      'is as written, for all',
      'count: invites\n    atLeast: [3, 6]\n    strength: 0.3',
      [0.3, 0.3],
    ],
    [
      'is as written, for each',
      'count: invites\n    atLeast: [3, 6]\n    strength: [0.2, 0.9]',
      [0.2, 0.9],
    ],
  ])('%s', (_, fields, expected) => {
    expect(strengths(fields)).toEqual(expected);
  });
});
