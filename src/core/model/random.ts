import { sha256Hex } from '../hash.ts';

/*
 * The model's own chance: a stream of numbers that a seed determines, the same on every machine. Any change here changes
 * what is drawn, so it changes the version of the model (dm1 section 8).
 */

/** A stream of pseudo-random numbers; taking one moves it on. */
export interface Random {
  /** Above 0 and below 1, 32 bits. */
  open01(): number;
  /** From 0 to below 1, 53 bits: for a pick that must be as fine as a double. */
  u01(): number;
}

/** The stream of a text: sfc32 seeded by the first 16 bytes of its SHA-256. */
export function randomOf(text: string): Random {
  return createRandom(sha256Hex(text).slice(0, 32));
}

/** sfc32 (Chris Doty-Humphrey, PractRand; public domain), seeded by 32 hex digits. */
export function createRandom(seed: string): Random {
  // A typed array, because a closure's number above 31 bits would be allocated anew at every step.
  const state = new Int32Array(4);
  for (let word = 0; word < 4; word += 1) {
    state[word] = Number.parseInt(seed.slice(word * 8, word * 8 + 8), 16);
  }
  const next = (): number => {
    const a = state[0] ?? 0;
    const b = state[1] ?? 0;
    const c = state[2] ?? 0;
    const counter = state[3] ?? 0;
    const sum = (((a + b) | 0) + counter) | 0;
    state[0] = b ^ (b >>> 9);
    state[1] = (c + (c << 3)) | 0;
    state[2] = (((c << 21) | (c >>> 11)) + sum) | 0;
    state[3] = (counter + 1) | 0;
    return sum >>> 0;
  };
  // The first outputs of sfc32 still show the seed.
  for (let round = 0; round < 12; round += 1) {
    next();
  }
  return {
    open01: () => (next() + 0.5) / 4_294_967_296,
    u01: () => ((next() >>> 5) * 67_108_864 + (next() >>> 6)) / 9_007_199_254_740_992,
  };
}

/** One standard normal number, by Marsaglia's polar method. */
export function drawNormal(random: Random): number {
  for (;;) {
    const x = 2 * random.open01() - 1;
    const y = 2 * random.open01() - 1;
    const square = x * x + y * y;
    if (square < 1) {
      return x * Math.sqrt((-2 * Math.log(square)) / square);
    }
  }
}

/** The logarithm of one gamma number of this shape (above 0) and scale 1, by Marsaglia and Tsang 2000. */
function drawLogGamma(random: Random, shape: number): number {
  if (shape < 1) {
    // In logarithms, because U^(1/shape) is 0 as a double for the small shapes of rare conversions.
    return drawLogGamma(random, shape + 1) + Math.log(random.open01()) / shape;
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = drawNormal(random);
    const root = 1 + c * x;
    if (root > 0) {
      const v = root * root * root;
      const u = random.open01();
      if (u < 1 - 0.0331 * x * x * x * x || Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v))) {
        return Math.log(d * v);
      }
    }
  }
}

/** One number of Beta(alpha, beta), both above 0, by two gamma numbers. From 0 to 1. */
export function drawBeta(random: Random, alpha: number, beta: number): number {
  const left = drawLogGamma(random, alpha);
  const right = drawLogGamma(random, beta);
  return 1 / (1 + Math.exp(right - left));
}
