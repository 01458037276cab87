/*
 * Common random numbers: the chance of an account's day depends on (seed, account, day, what it is for) and on nothing
 * else, so two policies live through the same luck and differ only by what they do.
 */

/** From above 0 to below 1. A hash, not a stream: nobody can use up another's numbers. */
export function chanceAt(seed: number, account: number, day: number, use: number): number {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  mixed = scrambled(mixed ^ Math.imul(account + 1, 0xc2b2ae35));
  mixed = scrambled(mixed ^ Math.imul(day + 1, 0x27d4eb2f));
  mixed = scrambled(mixed ^ Math.imul(use + 1, 0x165667b1));
  return (mixed + 0.5) / 4_294_967_296;
}

/** A standard normal number, of two uses (Box and Muller). */
export function normalAt(seed: number, account: number, day: number, use: number): number {
  const radius = Math.sqrt(-2 * Math.log(chanceAt(seed, account, day, use)));
  return radius * Math.cos(2 * Math.PI * chanceAt(seed, account, day, use + 1));
}

/** The finalizer `lowbias32` by Chris Wellons (public domain). */
function scrambled(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x7feb352d);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
