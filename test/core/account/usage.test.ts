import { describe, expect, it } from 'vitest';
import { hasUsageHalved, highestShare } from '../../../src/core/account/usage.ts';
import { dayMs } from '../../../src/core/duration.ts';
import type { Input } from '../../../src/core/input.ts';
import { did, playbook } from '../decision/scenario.ts';
import { noon, run } from './world.ts';

const used = (count: number, timeMs: number) =>
  did('Report Created', timeMs, { reportcount: count });

it('the pressure is the largest share of any limit of the account', () => {
  const share = (...inputs: readonly Input[]) =>
    highestShare(run(inputs, { playbook, mode: 'live' }).view.account, playbook, noon);
  expect(share()).toBe(0);
  expect(share(used(4, noon - 1))).toBeCloseTo(0.4);
  expect(share(used(12, noon - 1))).toBeCloseTo(1.2);
});

describe('usage has halved', () => {
  // Weeks begin on Thursdays; noon is a Friday, so the last whole week ended 36 hours before it.
  const week = (ago: number, times: number): readonly Input[] =>
    Array.from({ length: times }, (_, at) =>
      used(3, noon - 2 * dayMs - (ago - 1) * 7 * dayMs - at),
    );
  const halved = (inputs: readonly Input[], book = playbook): boolean =>
    hasUsageHalved(run(inputs, { playbook: book, mode: 'live' }).view.account, book, noon);

  it.each([
    ['when the last week has half of what the one three weeks before had', [4, 9, 9, 8], true],
    ['when it has nothing', [0, 9, 9, 8], true],
    ['not when it has a little more', [5, 1, 1, 8], false],
    ['not when usage grows', [8, 4, 2, 1], false],
    ['not when there was none', [0, 0, 0, 0], false],
    ['not when the account is young', [1, 5, 0, 0], false],
  ])('%s', (_, [first = 0, second = 0, third = 0, fourth = 0], expected) => {
    const inputs = [...week(4, fourth), ...week(3, third), ...week(2, second), ...week(1, first)];
    expect(halved(inputs)).toBe(expected);
  });

  it('never where the playbook does not say what usage is', () => {
    const timed = { ...playbook, sequencing: { ...playbook.sequencing, usage: undefined } };
    expect(halved([...week(4, 8), ...week(1, 1)], timed)).toBe(false);
  });
});
