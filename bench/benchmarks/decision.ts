import { type Arm, chooseArm } from '../../src/core/model/choose.ts';
import {
  type Cell,
  type CellHistory,
  createSnapshot,
  type Snapshot,
} from '../../src/core/model/snapshot.ts';
import type { Benchmark } from '../harness/benchmark.ts';
import { quantile } from '../harness/rounds.ts';

/*
 * What one decision takes: beliefs of every arm read from a snapshot of 200 cells, 128 draws, probabilities, pick. Each
 * is the fastest of a few times over: on a busy machine one time would measure the neighbours.
 */

const decisionsPerRound = 2_000;
const repetitions = 5;
const settings = { epsNone: 0.1, epsArm: 0.02, draws: 128, exploration: 1 };
const signals = ['limit', 'power', 'team', 'explore', 'adjacent'];

/** What 99 in 100 decisions among 3 and among 8 arms stay below. */
export const decision: Benchmark = {
  name: 'decision',
  async run({ rounds, scale, progress }) {
    const few: number[] = [];
    const many: number[] = [];
    const decisions = Math.ceil(decisionsPerRound * scale);
    for (let round = 0; round <= rounds; round += 1) {
      progress.show(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
      const three = timesOf(3, decisions, round);
      const eight = timesOf(8, decisions, round);
      if (round > 0) {
        few.push(quantile(three, 0.99));
        many.push(quantile(eight, 0.99));
      }
    }
    const mark = { unit: 'us', better: 'lower', stretch: undefined } as const;
    return {
      marks: [
        { ...mark, name: 'decision among 3 arms, p99', must: 300, values: few },
        { ...mark, name: 'decision among 8 arms, p99', must: 1_000, values: many },
      ],
      figures: [],
      notes: [],
    };
  },
};

/** Microseconds of each decision. */
function timesOf(arms: number, decisions: number, round: number): readonly number[] {
  const snapshot = createSnapshot(
    { cells: histories(), lags: new Map() },
    100,
    { windowDays: 14, halfLifeDays: 180, kappaRatio: 10, kappaCell: 40 },
    (cell) => (cell.arm === 'prompt' ? 0.07 : 0.03),
  );
  return Array.from({ length: decisions }, (_, at) => {
    const times = Array.from({ length: repetitions }, () => {
      const beforeMs = performance.now();
      chooseArm(`decision ${round} ${at}`, offeredAt(at, arms, snapshot), settings);
      return (performance.now() - beforeMs) * 1_000;
    });
    return Math.min(...times);
  });
}

function offeredAt(at: number, arms: number, snapshot: Snapshot): readonly Arm[] {
  return Array.from({ length: arms }, (_, arm): Arm => {
    const signal = signals[(at + arm) % signals.length] ?? 'limit';
    const offer = `offer${arm}`;
    return {
      key: `${offer}|intercom`,
      offer,
      holdKey: `upgrade|${signal}`,
      prompt: snapshot.belief({ arm: 'prompt', offer, signal, channel: 'intercom' }),
      hold: snapshot.belief({ arm: 'hold', family: 'upgrade', signal }),
      saleValue: 300 + 20 * arm,
      churnAvoided: 10,
      cost: 5.25,
      fatigueFactor: 0.8,
    };
  });
}

function histories(): readonly CellHistory[] {
  const prompts = Array.from({ length: 10 }, (_, offer) =>
    signals.flatMap((signal) =>
      ['intercom', 'sendgrid', 'banner'].map(
        (channel): Cell => ({ arm: 'prompt', offer: `offer${offer}`, signal, channel }),
      ),
    ),
  ).flat();
  const holds = Array.from({ length: 10 }, (_, family) =>
    signals.map((signal): Cell => ({ arm: 'hold', family: `family${family}`, signal })),
  ).flat();
  return [...prompts, ...holds].map((cell, at) => ({
    cell,
    family: 'upgrade',
    days: Array.from({ length: 60 }, (_, day) => ({
      day,
      n: 1 + ((at + day) % 3),
      y: day % 9 === 0 ? 1 : 0,
    })),
  }));
}
