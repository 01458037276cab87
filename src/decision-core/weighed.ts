import {
  compareWeighings,
  isBiased,
  isEnough,
  type MixEpisode,
} from '../core/model/account-mix.ts';
import type { AccountSize } from '../core/model/size.ts';
import { isByChance } from '../core/model/weighed-episodes.ts';
import type { Answer } from './answer.ts';
import type { FitRow } from './fit.ts';

/**
 * The known bias of dm1 section 5.2, looked for in the finished rows of a cell as the hub does in its log: the plain
 * difference of rates beside the one weighed by the recorded probability of asking. A row is an account of its own. Empty
 * where a row brings no such probability, or where only one of both could happen.
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
  const episodesOf = (arm: FitRow['arm']): readonly MixEpisode[] =>
    finished.flatMap((row, at) =>
      row.arm === arm
        ? [{ unit: String(at), isHoldout: false, pi: row.pi ?? 0, isConverted: row.y }]
        : [],
    );
  const sides = [episodesOf('prompt'), episodesOf('hold')] as const;
  if (!sides.every((side) => side.length > 0 && side.every(isByChance))) {
    return {};
  }
  const compared = compareWeighings(...sides);
  const { counted, weighed, standardError } = compared;
  return {
    weighed: {
      plainUplift: counted,
      uplift: weighed,
      standardError,
      differs: sides.every(isEnough) && isBiased(compared),
    },
  };
}

/** A cell without a size is that of all of them. */
function isOf(row: FitRow, asked: Parameters<typeof comparePlainAndWeighed>[1]): boolean {
  const { cell } = row;
  const isAlike = cell.signal === asked.signal && cell.family === asked.family;
  const isOfSize = asked.size === undefined || cell.size === asked.size;
  return (
    isAlike &&
    isOfSize &&
    (row.arm === 'hold' || (row.cell.offer === asked.offer && row.cell.channel === asked.channel))
  );
}
