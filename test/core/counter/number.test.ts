import { describe, expect, it } from 'vitest';
import { toThousandths } from '../../../src/core/counter/amount.ts';
import { toNumber } from '../../../src/core/counter/number.ts';

describe('a property as a number', () => {
  it.each([
    [10, 10],
    ['10', 10],
    [' 2.50 ', 2.5],
    ['-.5', -0.5],
    ['+7.', 7],
    ['1e3', 1_000],
    [-0, 0],
    ['-0', 0],
    [1e308, 1e308],
  ])('%j is %d', (value, number) => {
    expect(toNumber(value)).toBe(number);
  });

  it.each([
    ['1,204'],
    ['1 204'],
    ['0x10'],
    ['10 MB'],
    ['12%'],
    ['.'],
    ['e5'],
    ['--1'],
    [''],
    ['  '],
    ['NaN'],
    ['Infinity'],
    ['1e999'],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [true],
    [false],
    [null],
    [undefined],
  ])('%j is none', (value) => {
    expect(toNumber(value)).toBeUndefined();
  });
});

describe('an amount in thousandths', () => {
  it.each([
    [12, 12_000],
    [0.0005, 1],
    [-0.0005, -1],
    [0.0004, 0],
    [-0.0004, 0],
    [1e308, 1e12],
    [-1e308, -1e12],
  ])('of %d is %d', (value, thousandths) => {
    expect(toThousandths(value)).toBe(thousandths);
  });
});
