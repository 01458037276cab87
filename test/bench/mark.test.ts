import { expect, it } from 'vitest';
import { type Mark, verdictOf } from '../../bench/harness/mark.ts';
import { quantile } from '../../bench/harness/rounds.ts';

const higher: Mark = { name: 'ratio', unit: 'x', better: 'higher', must: 0.75, stretch: 0.8 };
const lower: Mark = { name: 'time', unit: 'ms', better: 'lower', must: 10, stretch: 5 };

it.each<[Mark, readonly number[], string]>([
  [higher, [0.7, 0.81, 0.9], 'stretch met'],
  [higher, [0.75], 'met'],
  [higher, [0.6, 0.99, 0.6], 'short by 20 %'],
  [lower, [4, 5], 'stretch met'],
  [lower, [9, 11], 'met'],
  [lower, [10.5], 'short by 5.0 %'],
  [lower, [25], '2.5 times the mark'],
  [lower, [], 'not measured'],
])('judges %o by the median of %o: %s', (mark, values, verdict) => {
  expect(verdictOf({ ...mark, values })).toBe(verdict);
});

it('takes as p99 a value that was measured, the 99th of a hundred', () => {
  const values = Array.from({ length: 100 }, (_, at) => 100 - at);
  expect([quantile(values, 0.5), quantile(values, 0.99)]).toEqual([50, 99]);
});
