import { describe, expect, it } from 'vitest';
import { type AccountOutput, hashOf } from '../../bench/workload/output.ts';

const outputs: readonly AccountOutput[] = [
  { accountId: 'a', counts: { reports: 3, invites: 1 }, fired: ['t1', 't2'] },
  { accountId: 'b', counts: { reports: 0, invites: 2 }, fired: [] },
];

describe('the hash by which the outputs of two builds are compared', () => {
  it('does not depend on the order of accounts, counters or triggers', () => {
    const other: readonly AccountOutput[] = [
      { accountId: 'b', counts: { invites: 2, reports: 0 }, fired: [] },
      { accountId: 'a', counts: { invites: 1, reports: 3 }, fired: ['t2', 't1'] },
    ];
    expect(hashOf(other)).toBe(hashOf(outputs));
  });

  it.each<[string, AccountOutput]>([
    [
      'a count is off by one',
      { accountId: 'a', counts: { reports: 2, invites: 1 }, fired: ['t1', 't2'] },
    ],
    [
      'a trigger did not fire',
      { accountId: 'a', counts: { reports: 3, invites: 1 }, fired: ['t1'] },
    ],
    [
      'another account has it',
      { accountId: 'c', counts: { reports: 3, invites: 1 }, fired: ['t1', 't2'] },
    ],
  ])('differs when %s', (_, changed) => {
    expect(hashOf([changed, ...outputs.slice(1)])).not.toBe(hashOf(outputs));
  });
});
