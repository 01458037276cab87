import { type Outcome, oracleNames } from './policies.ts';
import type { AskedOn } from './run.ts';
import { signals } from './world.ts';

/** A mean over seeds with the standard error of its difference to `never` under the same seeds. */
export interface Paired {
  readonly mean: number;
  /** Undefined with one seed, of which nobody knows how much was luck. */
  readonly standardError: number | undefined;
}

/** One policy in one world, against doing nothing. */
export interface PolicySummary {
  readonly policy: string;
  readonly conversions: number;
  readonly extraConversions: Paired;
  readonly extraExpansionMrr: Paired;
  readonly extraCollected: Paired;
  readonly prompts: number;
  /** Of the prompts, those that teach. */
  readonly lessons: number;
  /** Undefined where asking brought no conversion. */
  readonly promptsPerExtraConversion: number | undefined;
  /** Shares of the prices that were named after each kind of signal, first and last quarter of the days. */
  readonly early: AskedOn;
  readonly late: AskedOn;
  readonly dismissals: number;
  readonly complaints: number;
  readonly churned: number;
  /** What the oracle collects more. */
  readonly regret: Paired;
}

/** Sums the seeds of one world up. The oracle is the one of its prices of patience that collects most. */
export function summarize(seeds: readonly (readonly Outcome[])[]): readonly PolicySummary[] {
  const names = seeds[0]?.map(({ policy }) => policy) ?? [];
  const of = (name: string): readonly Outcome[] =>
    seeds.flatMap((outcomes) => outcomes.filter(({ policy }) => policy === name));
  const never = of('never');
  const best = oracleNames.reduce((held, name) =>
    mean(of(name).map(({ collected }) => collected)) >
    mean(of(held).map(({ collected }) => collected))
      ? name
      : held,
  );
  const oracle = of(best);
  return names
    .filter((name) => !oracleNames.includes(name) || name === best)
    .map((name): PolicySummary => {
      const mine = of(name);
      const extra = paired(mine, never, ({ conversions }) => conversions);
      const prompts = mean(mine.map((one) => one.prompts));
      return {
        policy: name === best ? 'oracle' : name,
        conversions: mean(mine.map(({ conversions }) => conversions)),
        extraConversions: extra,
        extraExpansionMrr: paired(mine, never, ({ expansionMrr }) => expansionMrr),
        extraCollected: paired(mine, never, ({ collected }) => collected),
        prompts,
        lessons: mean(mine.map(({ lessons }) => lessons)),
        promptsPerExtraConversion: extra.mean > 0 ? prompts / extra.mean : undefined,
        early: sharesOf(mine.map(({ early }) => early)),
        late: sharesOf(mine.map(({ late }) => late)),
        dismissals: mean(mine.map(({ dismissals }) => dismissals)),
        complaints: mean(mine.map(({ complaints }) => complaints)),
        churned: mean(mine.map(({ churned }) => churned)),
        regret: paired(oracle, mine, ({ collected }) => collected),
      };
    });
}

function paired(
  mine: readonly Outcome[],
  others: readonly Outcome[],
  value: (outcome: Outcome) => number,
): Paired {
  const differences = mine.map((one, at) => {
    const other = others[at];
    return value(one) - (other === undefined ? 0 : value(other));
  });
  const middle = mean(differences);
  const squares = differences.reduce((sum, one) => sum + (one - middle) ** 2, 0);
  const n = differences.length;
  return { mean: middle, standardError: n < 2 ? undefined : Math.sqrt(squares / (n - 1) / n) };
}

function sharesOf(seeds: readonly AskedOn[]): AskedOn {
  const counts = signals.map((signal) => seeds.reduce((sum, one) => sum + (one[signal] ?? 0), 0));
  const all = counts.reduce((sum, one) => sum + one, 0);
  return Object.fromEntries(
    signals.map((signal, at) => [signal, (counts[at] ?? 0) / Math.max(1, all)]),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
