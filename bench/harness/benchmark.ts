import type { Marked } from './mark.ts';
import type { Progress } from './progress.ts';
import { median } from './rounds.ts';
import { ratesOf, type Sample } from './sample.ts';

/** How a benchmark is to be run. */
export interface RunSettings {
  /** Rounds that count; one more comes first, to warm everybody up, and does not. */
  readonly rounds: number;
  /** 1, or a part of it for a quick look: the sizes of all streams are multiplied by it. */
  readonly scale: number;
  /** Where CPU profiles of the processes under test go; undefined: none are taken. */
  readonly profileFolder: string | undefined;
  readonly progress: Progress;
}

/** What one contestant did, beside the marks: absolute numbers, which only this machine gives. */
export interface Figures {
  readonly name: string;
  /** Medians over the rounds. CPU in microseconds per event. */
  readonly perSecond: number;
  readonly nodeUs: number;
  readonly redisUs: number;
}

/** What a benchmark found. */
export interface Outcome {
  readonly marks: readonly Marked[];
  readonly figures: readonly Figures[];
  /** Whole sentences worth knowing with the numbers. */
  readonly notes: readonly string[];
}

/** One measured goal, or a few that one set-up measures. */
export interface Benchmark {
  readonly name: string;
  run(settings: RunSettings): Promise<Outcome>;
}

/** The medians of a contestant's rounds. */
export function figuresOf(name: string, samples: readonly Sample[]): Figures {
  const rates = samples.map(ratesOf);
  return {
    name,
    perSecond: median(rates.map(({ perSecond }) => perSecond)),
    nodeUs: median(rates.map(({ nodeUs }) => nodeUs)),
    redisUs: median(rates.map(({ redisUs }) => redisUs)),
  };
}

/** Round by round, one contestant's value over the other's. */
export function ratios(
  samples: readonly Sample[],
  over: readonly Sample[],
  value: (sample: Sample) => number,
): readonly number[] {
  return samples.flatMap((sample, at) => {
    const other = over[at];
    return other === undefined ? [] : [value(sample) / value(other)];
  });
}
