import { z } from 'zod';
import type { LagCount } from '../core/model/delay.ts';
import type { AskingCounts } from '../core/model/rates.ts';
import { cellKey, type CellHistory, type Counters } from '../core/model/snapshot.ts';
import type {
  EnrolledAccount,
  HorizonResult,
  LearningFact,
  LearningStep,
} from '../core/model/step.ts';
import { readCellKey } from '../core/model/tally.ts';
import type { RedisConnection } from './connection.ts';
import type { ScriptArgument } from './scripts.ts';
import { reaching } from './store-fault.ts';
import { createTurn, type Turn } from './turn.ts';

/** What came of the prompts of an offer on a channel since it was last enabled. */
export interface OutcomeCounts extends AskingCounts {
  readonly offer: string;
  readonly channel: string;
  readonly clicked: number;
}

/** An enrolled account, with what became of it once its horizon has passed. */
export interface Enrolled extends EnrolledAccount {
  readonly result: HorizonResult | undefined;
}

/** What all accounts learn from: whole-number counters that only grow, the log that they follow from, and the comparison. */
export interface LearningStore {
  /** Takes steps, each once. */
  apply(steps: readonly LearningStep[]): Promise<void>;
  /** All counters. Days more than 400 before `today` are let go of. */
  counters(familyOf: (offer: string) => string, today: number): Promise<Counters>;
  outcomes(): Promise<readonly OutcomeCounts[]>;
  enrolled(): Promise<readonly Enrolled[]>;
  /** How many accounts take part. */
  countEnrolled(): Promise<number>;
  /** Puts these counters in place of all. Only while no worker counts. */
  replace(counters: Counters): Promise<void>;
  /** The log, oldest first. */
  facts(): AsyncGenerator<LearningFact>;
  /** Who tells of a past. Two at a time would not know of each other's windows. */
  readonly pastTurn: Turn;
}

const keys = {
  ids: (day: number): string => `{learning}:ids:${day}`,
  cells: '{learning}:cells',
  outcomes: '{learning}:outcomes',
  log: '{learning}:log',
  epochs: '{learning}:epochs',
  enrolled: '{learning}:enrolled',
  results: '{learning}:results',
  pastTurn: '{learning}:past-turn',
} as const;

/** An id is repeated within minutes, and for an episode of 60 days at most 95 days after its first. */
const idsLiveSeconds = 120 * 24 * 60 * 60;
const keptDays = 400;
const pageSize = 1_000;
const whats = ['prompts', 'clicked', 'dismissed', 'optedOut', 'tickets'] as const;

const Fact: z.ZodType<LearningFact> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('opened'),
    unit: z.string(),
    decisionId: z.string(),
    startMs: z.number(),
    windowDays: z.number(),
    isHoldout: z.boolean(),
    episodes: z.array(z.object({ family: z.string(), cell: z.string(), pi: z.number() })),
  }),
  z.object({
    kind: z.enum(['bought', 'reversed']),
    unit: z.string(),
    family: z.string(),
    timeMs: z.number(),
  }),
]);
const Account = z.object({
  unit: z.string(),
  timeMs: z.number(),
  isHoldout: z.boolean(),
  salt: z.string(),
  mrr: z.number(),
});
const Result = z.object({
  hasBought: z.boolean(),
  mrrChange: z.number(),
  hasLeft: z.boolean(),
});

/** A new epoch of an offer that is enabled again: what came of its prompts before is no longer held against it. */
export async function beginEpoch(redis: RedisConnection, offerId: string): Promise<void> {
  await reaching('count an offer anew', () => redis.hincrby(keys.epochs, offerId, 1));
}

/** The learning on Redis, in one slot. Every call throws `store_unreachable` when Redis does not answer. */
export function createLearningStore(redis: RedisConnection): LearningStore {
  return {
    async apply(steps) {
      await reaching('count what was learned', () =>
        Promise.all(
          steps.map((step) => {
            const { hash, fields } = callOf(step);
            const { cells, epochs, log } = keys;
            const ids = keys.ids(step.day);
            return redis.motisigLearn(
              ids,
              hash ?? cells,
              log,
              epochs,
              step.id,
              idsLiveSeconds,
              ...fields,
            );
          }),
        ),
      );
    },

    async counters(familyOf, today) {
      const held = await reaching('read what was learned', () => redis.hgetall(keys.cells));
      const { counters, old } = countersOf(held, familyOf, today - keptDays);
      if (old.length > 0) {
        await reaching('let go of old counts', () => redis.hdel(keys.cells, ...old));
      }
      return counters;
    },

    async replace(counters) {
      const fields = fieldsOf(counters);
      await reaching('write the counters anew', async () => {
        const writing = redis.multi().del(keys.cells);
        await (fields.length === 0 ? writing : writing.hset(keys.cells, ...fields.flat())).exec();
      });
    },

    async outcomes() {
      const [held, epochs] = await reaching('read what came of prompts', () =>
        Promise.all([redis.hgetall(keys.outcomes), redis.hgetall(keys.epochs)]),
      );
      return outcomesOf(held, epochs);
    },

    async enrolled() {
      const [accounts, results] = await reaching('read the comparison', () =>
        Promise.all([redis.hgetall(keys.enrolled), redis.hgetall(keys.results)]),
      );
      return Object.entries(accounts).map(([field, text]) => {
        const result = results[field];
        return {
          ...Account.parse(JSON.parse(text)),
          result: result === undefined ? undefined : Result.parse(JSON.parse(result)),
        };
      });
    },

    async countEnrolled() {
      return reaching('count the accounts of the comparison', () => redis.hlen(keys.enrolled));
    },

    async *facts() {
      let from = '-';
      for (;;) {
        const page = await reaching('read the log of learning', () =>
          redis.xrange(keys.log, from, '+', 'COUNT', pageSize),
        );
        for (const [, [, text]] of page) {
          yield Fact.parse(JSON.parse(text ?? ''));
        }
        const last = page.at(-1)?.[0];
        if (last === undefined || page.length < pageSize) {
          return;
        }
        from = `(${last}`;
      }
    },
    pastTurn: createTurn(redis, keys.pastTurn, 'learn from a past'),
  };
}

function callOf(step: LearningStep): {
  readonly hash: string | undefined;
  readonly fields: readonly ScriptArgument[];
} {
  switch (step.of) {
    case 'episodes':
      return { hash: keys.cells, fields: ['count', `n|${step.day}|${step.cell}`] };
    case 'conversions':
      return { hash: keys.cells, fields: ['count', `y|${step.day}|${step.cell}`] };
    case 'lags':
      return { hash: keys.cells, fields: ['count', `l|${step.day}|${step.lag}|${step.family}`] };
    case 'outcomes': {
      const { channel, offer, what } = step;
      return { hash: keys.outcomes, fields: ['outcome', `${offer}|${channel}|${what}`, offer] };
    }
    case 'facts':
      return { hash: undefined, fields: ['log', JSON.stringify(step.fact)] };
    case 'enrolments': {
      const field = `${step.account.unit}|${step.account.timeMs}`;
      return { hash: keys.enrolled, fields: ['write', field, JSON.stringify(step.account)] };
    }
    case 'results': {
      const field = `${step.unit}|${step.timeMs}`;
      return { hash: keys.results, fields: ['write', field, JSON.stringify(step.result)] };
    }
    default:
      return step satisfies never;
  }
}

function countersOf(
  held: Readonly<Record<string, string>>,
  familyOf: (offer: string) => string,
  oldestDay: number,
): { readonly counters: Counters; readonly old: readonly string[] } {
  const cells: CellHistory[] = [];
  const lags = new Map<string, LagCount[]>();
  const old: string[] = [];
  for (const [field, text] of Object.entries(held)) {
    const [what, dayText, ...rest] = field.split('|');
    const day = Number(dayText);
    const count = Number(text);
    if (day < oldestDay) {
      old.push(field);
    } else if (what === 'l') {
      const [lag, ...family] = rest;
      const name = family.join('|');
      lags.set(name, [...(lags.get(name) ?? []), { day, lag: Number(lag), count }]);
    } else {
      const cell = readCellKey(rest.join('|'));
      if (cell !== undefined) {
        const family = cell.arm === 'prompt' ? familyOf(cell.offer) : cell.family;
        const days = [{ day, n: what === 'n' ? count : 0, y: what === 'y' ? count : 0 }];
        cells.push({ cell, family, days });
      }
    }
  }
  return { counters: { cells, lags }, old };
}

/** Fields of the hash of cells with their counts, none of them 0. */
function fieldsOf({ cells, lags }: Counters): readonly (readonly [string, number])[] {
  const ofCells = cells.flatMap(({ cell, days }) =>
    days.flatMap(({ day, n, y }): readonly (readonly [string, number])[] => [
      [`n|${day}|${cellKey(cell)}`, n],
      [`y|${day}|${cellKey(cell)}`, y],
    ]),
  );
  const ofLags = [...lags].flatMap(([family, counted]) =>
    counted.map(({ count, day, lag }) => [`l|${day}|${lag}|${family}`, count] as const),
  );
  return [...ofCells, ...ofLags].filter(([, count]) => count > 0);
}

function outcomesOf(
  held: Readonly<Record<string, string>>,
  epochs: Readonly<Record<string, string>>,
): readonly OutcomeCounts[] {
  const found = new Map<string, OutcomeCounts>();
  for (const [field, text] of Object.entries(held)) {
    const [epoch, offer = '', channel = '', name] = field.split('|');
    const what = whats.find((known) => known === name);
    if (what !== undefined && epoch === (epochs[offer] ?? '0')) {
      const key = `${offer}|${channel}`;
      const before = found.get(key) ?? { offer, channel, ...nothing };
      found.set(key, { ...before, [what]: Number(text) });
    }
  }
  return [...found.values()].toSorted((left, right) =>
    `${left.offer}|${left.channel}` < `${right.offer}|${right.channel}` ? -1 : 1,
  );
}

const nothing = { prompts: 0, clicked: 0, dismissed: 0, optedOut: 0, tickets: 0 };
