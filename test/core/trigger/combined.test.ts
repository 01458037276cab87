import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../../src/core/duration.ts';
import type { EventInput } from '../../../src/core/input.ts';
import type { Playbook } from '../../../src/core/playbook.ts';
import { event, noon, playbookOf, run } from '../account/world.ts';

/** A playbook whose one trigger is `ready`, given as flow YAML without the braces. */
function playbookWith(ready: string, headline = 'Go', signals = ''): Playbook {
  return playbookOf(`
version: 1
events: { A: [], B: [], C: [], Level: [used, limit, region] }
plan: { from: account, trait: plan, default: starter }
plans: { free: { monthlyPrice: 0 }, starter: { monthlyPrice: 49 }, pro: { monthlyPrice: 149 } }
signals:
  a: { events: A }
  b: { events: B }
  c: { events: C }
  level: { events: Level, value: used, limit: { property: limit } }
${signals}
valueMoment: { signal: a }
triggers:
  ready: { ${ready}, offers: [pro] }
offers:
  pro:
    plan: pro
    copy: { headline: "${headline}", body: Go on, cta_label: Go, cta_url: https://app.example/go }
`);
}

/** [signal, minutes after noon, user] */
type Happened = readonly [name: string, minute: number, userId?: string];

let ids = 0;
function happened([name, minute, userId = 'lena']: Happened): EventInput {
  ids += 1;
  const [call, used] = name.split(' ');
  return event({
    id: `m${ids}`,
    name: call ?? name,
    userId,
    timeMs: noon + minute * minuteMs,
    properties: used === undefined ? {} : { used: Number(used), limit: 10, region: 'eu' },
  });
}

/** At which of the events, by number from 0, the trigger fired. */
function firedAt(playbook: Playbook, all: readonly Happened[]): readonly number[] {
  const inputs = all.map(happened);
  const { decisions } = run(inputs, { playbook, mode: 'live' });
  return decisions.map(({ cause }) => inputs.findIndex(({ id }) => id === cause.messageId));
}

const day = dayMs / minuteMs;

describe('a trigger of several measurements fires at the event that makes the whole true:', () => {
  const cases: readonly (readonly [string, string, readonly Happened[], readonly number[]])[] = [
    [
      'all, whichever is reached last',
      'when: { all: [{ count: a, within: 7d, atLeast: 2 }, { count: b, atLeast: 1 }] }',
      [
        ['a', 0],
        ['a', 1],
        ['b', 2],
        ['b', 3],
        ['a', 4],
      ],
      [2],
    ],
    [
      'all, of which none is reached twice at once',
      'when: { all: [{ count: a, within: 7d, atLeast: 2 }, { count: b, atLeast: 1 }] }',
      [
        ['b', 0],
        ['a', 1],
        ['a', 2],
      ],
      [2],
    ],
    [
      'any, the first of them alone',
      'when: { any: [{ count: a, within: 7d, atLeast: 2 }, { count: b, atLeast: 1 }] }',
      [
        ['a', 0],
        ['b', 1],
        ['a', 2],
        ['a', 3],
      ],
      [1],
    ],
    [
      'all and any together',
      'when: { all: [{ count: c, atLeast: 1 }], any: [{ count: a, atLeast: 2 }, { count: b, atLeast: 1 }] }',
      [
        ['a', 0],
        ['a', 1],
        ['c', 2],
        ['b', 3],
      ],
      [2],
    ],
    [
      'not at all, once what must not happen has happened',
      'when: { all: [{ count: a, atLeast: 2 }], not: [{ count: b, atLeast: 1 }] }',
      [
        ['a', 0],
        ['b', 1],
        ['a', 2],
        ['a', 3],
      ],
      [],
    ],
    [
      'not, at the next event after what must not happen has left its window',
      'when: { all: [{ count: a, within: 7d, atLeast: 2 }], not: [{ count: b, within: 1h, atLeast: 1 }] }',
      [
        ['b', 0],
        ['a', 1],
        ['a', 2],
        ['a', 90],
        ['a', 91],
      ],
      [3],
    ],
    [
      'not, and stays silent about what it fired for already',
      'when: { all: [{ count: a, within: 7d, atLeast: 1 }], not: [{ count: b, within: 1h, atLeast: 1 }] }',
      [
        ['a', 0],
        ['a', 1],
        ['b', 2],
        ['a', 3],
        ['a', 200],
      ],
      [0, 4],
    ],
    [
      'again, after it was no longer true',
      'when: { all: [{ count: a, within: 1d, atLeast: 2 }, { count: b, atLeast: 1 }] }',
      [
        ['b', 0],
        ['a', 1],
        ['a', 2],
        ['a', 3 * day],
        ['a', 3 * day + 1],
      ],
      [2, 4],
    ],
    [
      'a gauge that teeters, once; again when it was below its re-arming height',
      'when: { all: [{ gauge: level, atLeast: 90%, rearmBelow: 50% }, { count: a, atLeast: 1 }] }',
      [
        ['a', 0],
        ['Level 9', 1],
        ['Level 8', 2],
        ['Level 9', 3],
        ['Level 4', 4],
        ['Level 9', 5],
      ],
      [1, 5],
    ],
    [
      'a gauge that stands at its height, at the event of the other',
      'when: { all: [{ gauge: level, atLeast: 90% }, { count: a, atLeast: 1 }] }',
      [
        ['Level 9', 1],
        ['Level 8', 2],
        ['a', 3],
      ],
      [2],
    ],
    [
      'a gauge that must not stand there, when it has fallen',
      'when: { all: [{ count: a, atLeast: 1 }], not: [{ gauge: level, atLeast: 90%, rearmBelow: 50% }] }',
      [
        ['Level 9', 0],
        ['a', 1],
        ['Level 8', 2],
        ['Level 4', 3],
      ],
      [3],
    ],
    [
      'first and last',
      'when: { all: [{ first: a }, { last: level, atLeast: 7 }] }',
      [
        ['a', 0],
        ['Level 6', 1],
        ['Level 7', 2],
        ['Level 9', 3],
      ],
      [2],
    ],
    [
      'the user who acts and the account together',
      'when: { all: [{ count: a, per: user, atLeast: 2 }, { count: b, atLeast: 2 }] }',
      [
        ['a', 0],
        ['a', 1],
        ['b', 2, 'sam'],
        ['a', 3, 'sam'],
        ['b', 4],
      ],
      [4],
    ],
    [
      'each user for itself, when all of it is the user’s',
      'per: user, when: { all: [{ count: a, atLeast: 1 }, { count: b, atLeast: 1 }] }',
      [
        ['a', 0],
        ['b', 1, 'sam'],
        ['b', 2],
        ['a', 3, 'sam'],
      ],
      [2, 3],
    ],
    [
      'a sequence beside a count',
      'when: { all: [{ sequence: [a, b], within: 1d }, { count: c, atLeast: 1 }] }',
      [
        ['b', 0],
        ['a', 1],
        ['c', 2],
        ['b', 3],
      ],
      [3],
    ],
  ];

  it.each(cases)('%s', (_, ready, all, expected) => {
    // Events are written small here, and the playbook names them A, B and C.
    expect(firedAt(playbookWith(ready), all)).toEqual(expected);
  });

  it('and several triggers on one counter fire each for itself', () => {
    const playbook = playbookOf(`
version: 1
events: { A: [], B: [] }
plans: { starter: { monthlyPrice: 49 }, pro: { monthlyPrice: 149 } }
plan: { default: starter }
signals: { a: { events: A }, b: { events: B } }
valueMoment: { signal: a }
triggers:
  alone: { count: a, atLeast: 2, offers: [pro] }
  also: { count: a, atLeast: 3, offers: [pro] }
  both: { when: { all: [{ count: a, atLeast: 2 }, { count: b, atLeast: 1 }] }, offers: [pro] }
  other: { when: { all: [{ count: a, atLeast: 3 }], not: [{ count: b, atLeast: 1 }] }, offers: [pro] }
offers:
  pro: { plan: pro, copy: { headline: Go, body: Go, cta_label: Go, cta_url: https://app.example/go } }
`);
    expect(playbook.counters.filter(({ kind }) => kind === 'count')).toHaveLength(2);
    const inputs = (['a', 'a', 'b', 'a'] as const).map((name, at) => happened([name, at]));
    const { decisions } = run(inputs, { playbook, mode: 'live' });
    expect(decisions.map(({ fired }) => fired.map((one) => one.triggerId))).toEqual([
      ['alone'],
      ['both'],
      ['also'],
    ]);
  });

  it('with the numbers of all that was measured, in words and for copy', () => {
    const ready =
      'strength: 0.9, quotes: [region], when: { all: [{ count: a, within: 7d, atLeast: 2 }, { gauge: level, atLeast: 80% }], not: [{ count: b, within: 1d, atLeast: 1 }] }';
    const playbook = playbookWith(
      ready,
      '{{ count }} and {{ used }} of {{ limit }} in {{ region }}',
    );
    const inputs = (
      [
        ['a', 0],
        ['a', 1],
        ['Level 9', 2],
      ] as const
    ).map(happened);
    const [decision] = run(inputs, { playbook, mode: 'live' }).decisions;
    expect(decision?.fired).toEqual([
      {
        triggerId: 'ready',
        signalKind: 'none',
        subject: 'account',
        strength: 0.9,
        because:
          'a of the account happened 2 times within 7 days, 2 were needed; ' +
          'level of the account is 9 of 10 (90 %) and reached 80 %; ' +
          'but not: b of the account happened 0 times within 1 day, 1 were needed',
        evidence: {
          count: 2,
          threshold: 2,
          window: '7 days',
          used: 9,
          limit: 10,
          remaining: 1,
          percent: 90,
          region: 'eu',
        },
      },
    ]);
    expect(decision?.words?.['headline']).toBe('2 and 9 of 10 in eu');
  });

  it('and not for history, nor while what the account must be does not hold', () => {
    const ready = 'where: { plan: free }, when: { all: [{ count: a, atLeast: 1 }] }';
    expect(firedAt(playbookWith(ready), [['a', 0]])).toEqual([]);
    const old = playbookWith('when: { all: [{ count: a, atLeast: 1 }] }');
    const ran = run(
      [happened(['a', 0])],
      { playbook: old, mode: 'live' },
      () => noon + 25 * hourMs,
    );
    expect(ran.decisions).toEqual([]);
  });
});

describe('a trigger of several measurements', () => {
  /** A count within a window, or ever. */
  const count = fc.record({
    signal: fc.constantFrom<string>('a', 'b', 'c'),
    hours: fc.constantFrom(undefined, 1, 24),
    atLeast: fc.integer({ min: 1, max: 3 }),
  });
  type Count = typeof count extends fc.Arbitrary<infer Value> ? Value : never;
  const whens = fc.record({
    all: fc.array(count, { minLength: 1, maxLength: 2 }),
    any: fc.array(count, { maxLength: 2 }),
    not: fc.array(count, { maxLength: 2 }),
  });
  type When = typeof whens extends fc.Arbitrary<infer Value> ? Value : never;
  const yamlOf = (when: When): string => {
    const list = (all: readonly Count[]): string =>
      all
        .map(
          ({ signal, hours, atLeast }) =>
            `{ count: ${signal}, atLeast: ${atLeast}${hours === undefined ? '' : `, within: ${hours}h`} }`,
        )
        .join(', ');
    const roles = Object.entries(when).filter(([, all]) => all.length > 0);
    return `when: { ${roles.map(([role, all]) => `${role}: [${list(all)}]`).join(', ')} }`;
  };

  /** What is true of a set of events at a time, counted one by one. */
  const isTrue = (when: When, events: readonly Happened[], minute: number): boolean => {
    const reached = ({ signal, hours, atLeast }: Count): boolean =>
      events.filter(
        ([name, at]) => name === signal && (hours === undefined || at > minute - hours * 60),
      ).length >= atLeast;
    return (
      when.all.every(reached) &&
      (when.any.length === 0 || when.any.some(reached)) &&
      !when.not.some(reached)
    );
  };
  /** Where the trigger must fire, worked out from the raw events in their order of arrival. */
  const expectedOf = (when: When, events: readonly Happened[]): readonly number[] => {
    const named = new Set([...when.all, ...when.any, ...when.not].map(({ signal }) => signal));
    const heard = events.map((one, at) => [one, at] as const).filter(([[name]]) => named.has(name));
    return heard.flatMap(([[, minute], at], nth) => {
      const before = heard.slice(0, nth).map(([one]) => one);
      const heardSoFar = heard.slice(0, nth + 1).map(([one]) => one);
      const previous = Math.max(...before.map(([, earlier]) => earlier));
      const now = Math.max(minute, previous);
      const was =
        isTrue(when, before, now) && (before.length === 0 || isTrue(when, before, previous));
      return isTrue(when, heardSoFar, now) && !was ? [at] : [];
    });
  };

  it('fires exactly where its condition, worked out from the raw events, becomes true, in any order of arrival', () => {
    const stream = fc.array(
      fc.tuple(fc.constantFrom<string>('a', 'b', 'c'), fc.integer({ min: 0, max: 20 * 60 })),
      { minLength: 1, maxLength: 14 },
    );
    fc.assert(
      fc.property(whens, stream, (when, events) => {
        const playbook = playbookWith(yamlOf(when));
        const expected = expectedOf(when, events);
        const inputs = events.map(happened);
        // All arrive within the day, so that none is too old to fire.
        const { decisions } = run(inputs, { playbook, mode: 'live' }, () => noon + 21 * hourMs);
        const fired = decisions.map(({ cause }) =>
          inputs.findIndex(({ id }) => id === cause.messageId),
        );
        expect(fired).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  });
});

describe('a count that is held against its limit among others', () => {
  const playbook = playbookWith(
    'when: { all: [{ count: capped, atLeast: 100% }, { count: b, atLeast: 1 }] }',
    '{{ used }} of {{ limit }}',
    '  capped: { events: C, limit: { trait: cap, fixed: 3 } }',
  );

  it.each<readonly [string, readonly string[]]>([
    ['its own event', ['a', 'c', 'b', 'c', 'c', 'c']],
    ['that of another, which carries no limit', ['a', 'c', 'c', 'c', 'b', 'c']],
  ])('is reached at its limit and not before, at %s', (_, names) => {
    expect(
      firedAt(
        playbook,
        names.map((name, minute): Happened => [name, minute]),
      ),
    ).toEqual([4]);
  });

  it('is held against the limit that its account has, and copy quotes it', () => {
    const inputs = ['a', 'c', 'b', 'c'].map((name, minute) => happened([name, minute]));
    const bought = event({
      id: 'cap',
      call: 'group',
      timeMs: noon - minuteMs,
      traits: { cap: 2 },
    });
    const { decisions } = run([bought, ...inputs], { playbook, mode: 'live' });
    expect(decisions.map(({ cause, words }) => [cause.messageId, words?.['headline']])).toEqual([
      [inputs[3]?.id, '2 of 2'],
    ]);
  });
});
