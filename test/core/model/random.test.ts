import { describe, expect, it } from 'vitest';
import { createRandom, drawBeta, drawNormal, randomOf } from '../../../src/core/model/random.ts';

function momentsOf(draw: () => number, count: number): readonly [mean: number, variance: number] {
  const values = Array.from({ length: count }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count];
}

describe('the model’s chance', () => {
  it('is a stream that the seed alone determines', () => {
    const first = Array.from(
      { length: 5 },
      (
        (random) => () =>
          random.u01()
      )(randomOf('seed')),
    );
    const second = Array.from(
      { length: 5 },
      (
        (random) => () =>
          random.u01()
      )(randomOf('seed')),
    );
    const other = Array.from(
      { length: 5 },
      (
        (random) => () =>
          random.u01()
      )(randomOf('seed2')),
    );
    expect(first).toEqual(second);
    expect(first).not.toEqual(other);
  });

  it('is the published generator: the first numbers of sfc32 from a seed of zeroes, after its warm-up', () => {
    // The reference is the recurrence in whole numbers of any size, below.
    const random = createRandom('0'.repeat(32));
    const first = [random.open01(), random.open01()].map((u) =>
      Math.round(u * 4_294_967_296 - 0.5),
    );
    expect(first).toEqual(sfc32FromZero(12, 2));
  });

  it('never gives 0 or 1 where a logarithm follows, and covers the unit interval evenly', () => {
    const random = randomOf('even');
    const [mean, variance] = momentsOf(() => random.open01(), 50_000);
    expect(mean).toBeCloseTo(0.5, 2);
    expect(variance).toBeCloseTo(1 / 12, 2);
  });

  it('gives standard normal numbers', () => {
    const random = randomOf('normal');
    const [mean, variance] = momentsOf(() => drawNormal(random), 50_000);
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(variance).toBeCloseTo(1, 1);
  });

  it.each([
    [4.6, 74.4],
    [0.3, 2],
    [0.02, 40],
    [1, 1],
    [200, 3],
  ])('gives numbers of Beta(%d, %d)', (alpha, beta) => {
    const random = randomOf(`beta ${alpha} ${beta}`);
    const count = 40_000;
    const [mean, variance] = momentsOf(() => drawBeta(random, alpha, beta), count);
    const sum = alpha + beta;
    const foretold = (alpha * beta) / (sum * sum * (sum + 1));
    expect(Math.abs(mean - alpha / sum)).toBeLessThan(4 * Math.sqrt(foretold / count));
    expect(variance / foretold).toBeGreaterThan(0.8);
    expect(variance / foretold).toBeLessThan(1.2);
  });

  it('gives no NaN for the smallest shapes', () => {
    const random = randomOf('small');
    const values = Array.from({ length: 2_000 }, () => drawBeta(random, 0.001, 0.001));
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
  });
});

/** The recurrence of sfc32 in BigInt, apart from the code under test. */
function sfc32FromZero(skipped: number, count: number): readonly number[] {
  const mask = 0xffff_ffffn;
  let [a, b, c, counter] = [0n, 0n, 0n, 0n];
  const all: number[] = [];
  for (let step = 0; step < skipped + count; step += 1) {
    const sum = (a + b + counter) & mask;
    counter = (counter + 1n) & mask;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & mask;
    c = ((((c << 21n) & mask) | (c >> 11n)) + sum) & mask;
    all.push(Number(sum));
  }
  return all.slice(skipped);
}
