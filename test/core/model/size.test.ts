import { expect, it } from 'vitest';
import { readSize, sizeOf } from '../../../src/core/model/size.ts';

const borders = { midFrom: 100, largeFrom: 500 };

it.each([
  [0, 'small'],
  [99.99, 'small'],
  [100, 'mid'],
  [499, 'mid'],
  [500, 'large'],
  [1e9, 'large'],
] as const)('an account that pays %d a month is %s', (mrr, size) => {
  expect(sizeOf(mrr, borders)).toBe(size);
  expect(readSize(size)).toBe(size);
});

it('there are no sizes where the playbook tells none apart, and no others than three', () => {
  expect(sizeOf(100, undefined)).toBeUndefined();
  expect([undefined, '', 'huge', 'Large'].map(readSize)).toEqual(Array(4).fill(undefined));
});
