import {
  type HarmfulOffer,
  harmfulByReactions,
  harmfulBySales,
} from '../core/decision/harmful-offers.ts';
import { dayOf } from '../core/duration.ts';
import { mixBiases, mixBiasInWords } from '../core/model/account-mix.ts';
import { compare, harmOfAll } from '../core/model/comparison.ts';
import { familyOf, type Learned, priorsOnly, snapshotOf } from '../core/model/learned.ts';
import type { LearningFact } from '../core/model/step.ts';
import type { Playbook } from '../core/playbook.ts';
import type { Clock } from '../core/ports.ts';
import { repeatedly } from '../repeatedly.ts';
import type { ControlStore } from '../store/controls.ts';
import type { LearningStore, OutcomeCounts } from '../store/learning.ts';

/*
 * Watches what was learned. Enters: the counters in Redis, once a minute. Leaves: the snapshot by which decisions are made,
 * a stop for each offer whose prompts do harm (dm1 section 11), and once a week a word on bias (section 5.2).
 * Redis gone: the last snapshot stays; at the start, when there is none, the playbook's own numbers hold, because a decision
 * never waits for what was learned.
 */

/** What was learned, as it was a minute ago at most. */
export interface WatchedLearning {
  current(): Learned;
  stop(): Promise<void>;
}

export interface WatchLearningDeps {
  readonly store: Pick<
    LearningStore,
    'counters' | 'countEnrolled' | 'enrolled' | 'facts' | 'outcomes'
  >;
  readonly controls: Pick<ControlStore, 'read' | 'stop'>;
  readonly playbook: Playbook;
  readonly clock: Clock;
  readonly onTrouble: (message: string) => void;
  /** Told of an offer that was stopped, in one sentence. */
  readonly onHarm: (message: string) => void;
  /** Told once a week, in one sentence, that what is learned compares different accounts. */
  readonly onBias: (message: string) => void;
  /** Default: a minute. */
  readonly everyMs?: number;
}

const everyMsDefault = 60_000;
/** The log is read once an hour. */
const looksPerLog = 60;
/** Of the readings of the log, the first and then one a week looks for bias (dm1 section 5.2). */
const logsPerBias = 7 * 24;

/** Reads now, and then once a minute. Throws nothing. */
export async function watchLearning(deps: WatchLearningDeps): Promise<WatchedLearning> {
  const { clock, onTrouble, playbook } = deps;
  let current = priorsOnly(playbook, clock.nowMs());
  let looks = 0;
  const look = async (): Promise<void> => {
    const outcomes = await deps.store.outcomes();
    await stopAll(harmfulByReactions(outcomes, playbook), deps);
    await pauseHarmful(deps);
    if (playbook.learning.mode === 'learn' && looks % looksPerLog === 0) {
      await learnFromLog(deps, (looks / looksPerLog) % logsPerBias === 0);
    }
    looks += 1;
    current = playbook.learning.mode === 'learn' ? await learnedOf(outcomes, deps) : current;
  };
  const looking = repeatedly(look, {
    everyMs: deps.everyMs ?? everyMsDefault,
    onTrouble,
    trouble: 'What was learned could not be read.',
  });
  await looking.ended();
  return { current: () => current, stop: () => looking.stop() };
}

async function learnedOf(
  outcomes: readonly OutcomeCounts[],
  { clock, playbook, store }: WatchLearningDeps,
): Promise<Learned> {
  const nowMs = clock.nowMs();
  const [counters, accounts] = await Promise.all([
    store.counters(familyOf(playbook), dayOf(nowMs)),
    store.countEnrolled(),
  ]);
  return {
    snapshot: snapshotOf(counters, playbook, nowMs),
    accounts,
    asking: new Map(outcomes.map((one) => [`${one.offer}|${one.channel}`, one])),
  };
}

/**
 * Stops offers that are proved to sell less than silence does, and tells where the counters compare different accounts. Reads
 * the whole log, so it is not done at every look.
 */
async function learnFromLog(deps: WatchLearningDeps, looksForBias: boolean): Promise<void> {
  const facts: LearningFact[] = [];
  for await (const fact of deps.store.facts()) {
    facts.push(fact);
  }
  const nowMs = deps.clock.nowMs();
  await stopAll(harmfulBySales(facts, deps.playbook, nowMs), deps);
  const bias = looksForBias ? mixBiasInWords(mixBiases(facts, nowMs)) : undefined;
  if (bias !== undefined) {
    deps.onBias(bias);
  }
}

/** Pauses everything once it is proved that the accounts that are asked do worse than those that are left alone. */
async function pauseHarmful({
  clock,
  controls,
  onHarm,
  playbook,
  store,
}: WatchLearningDeps): Promise<void> {
  if (playbook.learning.mode !== 'learn') {
    return;
  }
  const nowMs = clock.nowMs();
  const enrolled = await store.enrolled();
  const why = harmOfAll(compare({ enrolled, facts: [], prompts: 0 }, playbook, nowMs));
  if (why !== undefined && (await controls.read([], nowMs)).paused === undefined) {
    await controls.stop('everything', `paused by itself: ${why}`);
    onHarm(
      `The hub has paused itself: ${why}. Mend the playbook, give learning.salt another word (a new experiment), and resume by hand.`,
    );
  }
}

/** Stops what does harm and is not stopped yet. Several workers may find the same; that stops it once. */
async function stopAll(
  harmful: readonly HarmfulOffer[],
  { clock, controls, onHarm }: WatchLearningDeps,
): Promise<void> {
  if (harmful.length === 0) {
    return;
  }
  const { stopped } = await controls.read([], clock.nowMs());
  for (const { offerId, why } of harmful) {
    if (!stopped.has(offerId)) {
      await controls.stop({ offerId }, `stopped by itself: ${why}`);
      onHarm(
        `The offer ${offerId} was stopped: ${why}. Mend its words or its moment, and resume it by hand.`,
      );
    }
  }
}
