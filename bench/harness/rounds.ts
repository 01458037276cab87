import type { Progress } from './progress.ts';
import type { Sample } from './sample.ts';

/** Somebody whose speed is measured; a round is one measurement. */
export interface Contestant {
  readonly name: string;
  round(number: number): Promise<Sample>;
}

/**
 * Lets the contestants run in turns (A B C, A B C, ...), so that what else the machine does hits all of them alike. Round
 * 0 comes before and is thrown away: nobody has compiled its code yet. Gives the samples by name, in the order of the rounds.
 */
export async function interleave(
  contestants: readonly Contestant[],
  rounds: number,
  progress: Progress,
): Promise<ReadonlyMap<string, readonly Sample[]>> {
  const samples = new Map<string, Sample[]>(contestants.map(({ name }) => [name, []]));
  for (let number = 0; number <= rounds; number += 1) {
    for (const contestant of contestants) {
      progress.show(
        `${number === 0 ? 'warming up' : `round ${number} of ${rounds}`}: ${contestant.name}`,
      );
      const sample = await contestant.round(number);
      if (number > 0) {
        samples.get(contestant.name)?.push(sample);
      }
    }
  }
  return samples;
}

/** The samples of a contestant that took part. */
export function samplesOf(
  samples: ReadonlyMap<string, readonly Sample[]>,
  name: string,
): readonly Sample[] {
  const found = samples.get(name);
  if (found === undefined) {
    throw new Error(`Nobody of the name ${name} took part.`);
  }
  return found;
}

/** The middle value; of an even number of values the mean of the middle two. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value below or at which this share (0 to 1) of the values lies (nearest rank). NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
