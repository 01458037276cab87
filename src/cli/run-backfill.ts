import { randomUUID } from 'node:crypto';
import { minuteMs } from '../core/duration.ts';
import { Fault } from '../core/fault.ts';
import { priorOf } from '../core/model/learned.ts';
import type { LearningFact } from '../core/model/step.ts';
import type { Playbook } from '../core/playbook.ts';
import { type Backfill, backfill } from '../replay/backfill.ts';
import type { LearningStore } from '../store/learning.ts';
import { callsInWords, cannotReadCalls, readCalls, timeOf } from './read-calls.ts';
import { tableInWords } from './table.ts';
import { withLearning } from './with-learning.ts';

/** `motisig backfill <events>`: learns from past events what accounts buy without being asked. Gives the exit code. */
export async function runBackfill(
  file: string,
  options: { readonly dryRun: boolean },
): Promise<number> {
  const lines = await withLearning((store, playbook) =>
    backfillFile(store, playbook, file, Date.now(), options.dryRun),
  );
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

/** Steps that are handed to Redis at once. */
const together = 500;
/** A turn that was over while the past was lived through is asked for again before anything is counted. */
const turnMs = 15 * minuteMs;

type Store = Pick<LearningStore, 'apply' | 'facts' | 'pastTurn'>;

/**
 * Learns from a file of Segment calls, as of `nowMs`; with `isDryRun` it only tells. Gives lines for people. Throws
 * Fault('config_invalid') for a file that cannot be read, and Fault('past_in_progress') while another tells of a past.
 */
export async function backfillFile(
  store: Store,
  playbook: Playbook,
  file: string,
  nowMs: number,
  isDryRun: boolean,
): Promise<readonly string[]> {
  const calls = await readCalls(playbook, file).catch((error: unknown) => {
    const words = cannotReadCalls(file, error);
    throw words === undefined ? error : new Fault('config_invalid', 'never', words, error);
  });
  const past = calls.inputs.map((input) => ({ input, timeMs: timeOf(input) }));
  const live = async (): Promise<Backfill> => {
    const held: LearningFact[] = [];
    for await (const fact of store.facts()) {
      held.push(fact);
    }
    return backfill(playbook, past, held, nowMs);
  };
  const made = isDryRun ? await live() : await inTurn(store, live);
  return [
    `Read from ${file}: ${callsInWords(calls, made.setAside)}.`,
    ...cellsInWords(made, playbook),
    ...leftOutInWords(made),
    ...endInWords(made, playbook, isDryRun),
  ];
}

/** Lives through a past and counts it, while nobody else does: what is there already must not change in between. */
async function inTurn(store: Store, live: () => Promise<Backfill>): Promise<Backfill> {
  const holder = randomUUID();
  if (!(await store.pastTurn.take(holder, turnMs))) {
    throw new Fault(
      'past_in_progress',
      'later',
      'Another backfill is learning in this Redis. Wait until it has ended (at most 15 minutes, if it broke off), and run this one again.',
    );
  }
  try {
    const made = await live();
    for (let from = 0; from < made.steps.length; from += together) {
      if (!(await store.pastTurn.take(holder, turnMs))) {
        throw new Fault(
          'past_in_progress',
          'later',
          'This backfill took so long that another has begun meanwhile, so it stopped. Run it again when that has ended; nothing is counted twice.',
        );
      }
      await store.apply(made.steps.slice(from, from + together));
    }
    return made;
  } finally {
    await store.pastTurn.end(holder);
  }
}

function cellsInWords({ cells }: Backfill, playbook: Playbook): readonly string[] {
  const chanceOf = priorOf(playbook);
  const rows = cells.flatMap(({ cell, days }) => {
    if (cell.arm === 'prompt') {
      return [];
    }
    const moments = days.reduce((sum, { n }) => sum + n, 0);
    const bought = days.reduce((sum, { y }) => sum + y, 0);
    return [
      [
        cell.size === undefined ? cell.family : `${cell.family} (${cell.size})`,
        cell.signal,
        String(moments),
        String(bought),
        percent(bought / moments),
        percent(chanceOf(cell)),
      ],
    ];
  });
  const head = ['family', 'signal', 'moments', 'bought', 'share', 'the playbook says'];
  const { attributionDays } = playbook.economics;
  return rows.length === 0
    ? []
    : [
        '',
        `Moments at which nobody was asked, and what was bought within ${attributionDays} days:`,
        ...tableInWords(
          head,
          rows.toSorted((left, right) => (left.join('|') < right.join('|') ? -1 : 1)),
        ),
        '',
      ];
}

function leftOutInWords({ leftOut, toCome }: Backfill): readonly string[] {
  const { overlapping, tooOld, unfinished } = leftOut;
  return [
    ...(toCome === 0 ? [] : [`Left out: ${counted(toCome, 'call')} of times that are to come.`]),
    ...(unfinished === 0
      ? []
      : [
          `Left out: ${counted(unfinished, 'moment')} whose window is not over when the events end.`,
        ]),
    ...(overlapping === 0
      ? []
      : [
          `Left out: ${counted(overlapping, 'moment')} in or beside a window that was learned from before.`,
        ]),
    ...(tooOld === 0 ? [] : [`Left out: ${counted(tooOld, 'moment')} of more than 400 days ago.`]),
  ];
}

function endInWords(
  { leftOut, steps }: Backfill,
  { learning }: Playbook,
  isDryRun: boolean,
): readonly string[] {
  if (steps.length === 0) {
    return [
      Object.values(leftOut).some((count) => count > 0)
        ? 'There is nothing else to learn from.'
        : 'No moment was found at which the hub could have asked. A trigger has to fire, for an account that has reached its first value (valueMoment).',
    ];
  }
  if (isDryRun) {
    return ['Nothing was counted; leave --dry-run out to learn from it.'];
  }
  return [
    'Counted. Told again, nothing is counted twice.',
    ...(learning.mode === 'learn'
      ? []
      : [
          'The playbook says learning.mode: fixed, so the hub decides by the chances of the playbook until that says learn.',
        ]),
  ];
}

function counted(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
