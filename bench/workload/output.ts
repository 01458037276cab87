import { createHash } from 'node:crypto';

/** What a build made of a stream for one account: the height of each counter, and the triggers that fired. */
export interface AccountOutput {
  readonly accountId: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly fired: readonly string[];
}

/** One hash over all accounts; the same for the same counts and the same set of fired triggers, in whatever order. */
export function hashOf(outputs: readonly AccountOutput[]): string {
  const lines = outputs.map(({ accountId, counts, fired }) => {
    const heights = Object.entries(counts).map(([name, height]) => `${name}=${height}`);
    return [accountId, heights.toSorted().join(','), fired.toSorted().join(',')].join(' ');
  });
  return createHash('sha256').update(lines.toSorted().join('\n')).digest('hex');
}

/** How many triggers fired over all accounts. */
export function firedIn(outputs: readonly AccountOutput[]): number {
  return outputs.reduce((sum, { fired }) => sum + fired.length, 0);
}
