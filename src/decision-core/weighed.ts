import type { AccountSize } from '../core/model/size.ts';
import type { Answer } from './answer.ts';
import type { FitRow } from './fit.ts';

/**
 * The known bias of dm1 section 5.2, checked: within a cell, accounts worth more are asked more often, so asked and silent
 * moments may come from different accounts. Where every finished row of the cell brings its `pi` (the recorded
 * probability of asking), the plain difference of rates stands beside the one weighed by it. Empty where it is not
 * known, or where only one of both could happen.
 */
export function comparePlainAndWeighed(
  rows: readonly FitRow[],
  asked: {
    readonly offer: string;
    readonly signal: string;
    readonly channel: string;
    readonly family: string;
    readonly size?: AccountSize | undefined;
  },
  asOfDay: number,
  windowDays: number,
): Answer {
  const finished = rows.filter((row) => row.day <= asOfDay - windowDays && isOf(row, asked));
  const prompted = sideOf(finished, 'prompt');
  const held = sideOf(finished, 'hold');
  if (prompted === undefined || held === undefined) {
    return {};
  }
  const plain = prompted.plain - held.plain;
  const weighed = prompted.weighed - held.weighed;
  const standardError = Math.sqrt(prompted.variance + held.variance);
  return {
    weighed: {
      plainUplift: plain,
      uplift: weighed,
      standardError,
      differs: Math.abs(plain - weighed) > 2 * standardError,
    },
  };
}

function isOf(row: FitRow, asked: Parameters<typeof comparePlainAndWeighed>[1]): boolean {
  const { cell } = row;
  const isAlike =
    cell.signal === asked.signal && cell.family === asked.family && cell.size === asked.size;
  return (
    isAlike &&
    (row.arm === 'hold' || (row.cell.offer === asked.offer && row.cell.channel === asked.channel))
  );
}

/** Rate of one arm, plain and weighed (self-normalised), and the variance of the weighed one. */
function sideOf(
  rows: readonly FitRow[],
  arm: FitRow['arm'],
): { readonly plain: number; readonly weighed: number; readonly variance: number } | undefined {
  let n = 0;
  let y = 0;
  let weights = 0;
  let converted = 0;
  const mine = rows.filter((row) => row.arm === arm);
  for (const row of mine) {
    if (row.pi === undefined || row.pi === 0 || row.pi === 1) {
      return undefined;
    }
    const weight = weightOf(row.pi, arm);
    n += 1;
    y += row.y ? 1 : 0;
    weights += weight;
    converted += row.y ? weight : 0;
  }
  if (n === 0) {
    return undefined;
  }
  const weighed = converted / weights;
  const squares = mine.reduce(
    (sum, row) => sum + (((row.y ? 1 : 0) - weighed) * weightOf(row.pi ?? 0.5, arm)) ** 2,
    0,
  );
  return { plain: y / n, weighed, variance: squares / (weights * weights) };
}

function weightOf(pi: number, arm: FitRow['arm']): number {
  return 1 / (arm === 'prompt' ? pi : 1 - pi);
}
