// Polls that repair what webhooks missed. In: a tick per vendor. Out: the vendor's feedback, accepted like a webhook's.
//
// Always true: one worker of the whole installation asks a vendor at a time; the cursor moves on only after the feedback of
// its page was accepted, so a crash repeats a page, which changes nothing because feedback has the ids of the webhooks; a
// round ends after some pages, at the vendor's first "too many requests" or trouble, and the next round goes on from there.
// Redis gone: no tick is given, or the round ends where it is.

import { Queue, Worker } from 'bullmq';
import { Fault } from '../core/fault.ts';
import { minuteMs } from '../core/duration.ts';
import type { Feedback } from '../core/outcome/feedback.ts';
import type { Clock, FeedbackPoll } from '../core/ports.ts';
import type { RedisConnection } from '../store/connection.ts';
import type { PollCursors } from '../store/poll-cursors.ts';
import { reaching } from '../store/store-fault.ts';
import { createTroubleLog, type JobLog } from './job-log.ts';
import { stopWorkers } from './stop-worker.ts';

/** What the poll asks, and where it puts what it finds. */
export interface FeedbackPollDeps {
  /** A `worker` connection. */
  readonly connection: RedisConnection;
  /** A `producer` connection. */
  readonly producer: RedisConnection;
  readonly polls: readonly FeedbackPoll[];
  readonly cursors: PollCursors;
  /** Stores feedback durably; throws when it could not, and then the page is asked for again. */
  readonly accept: (vendor: FeedbackPoll['vendor'], feedback: readonly Feedback[]) => Promise<void>;
  readonly clock: Clock;
  readonly log: JobLog;
  /** From one round to the next, of all workers together. Default: two minutes. */
  readonly everyMs?: number;
  /** Pages of one round. Default 40, which Intercom's limit of 1,666 calls in 10 s does not notice. */
  readonly pagesMax?: number;
}

const name = 'feedback-poll';
const prefix = '{feedback-poll}';
const usualEveryMs = 2 * minuteMs;
const usualPagesMax = 40;

/** Starts the rounds, the first one at once. Resolves when they are planned. Without polls it does nothing. */
export async function startFeedbackPoll(
  deps: FeedbackPollDeps,
): Promise<{ stop(): Promise<void> }> {
  if (deps.polls.length === 0) {
    return { stop: async () => {} };
  }
  const onTrouble = createTroubleLog(deps.log);
  const stopping = new AbortController();
  const queue = new Queue<null, void>(name, { connection: deps.producer, prefix });
  queue.on('error', (error) => onTrouble(error.message));
  await reaching('plan the polls of vendors', async () => {
    await queue.waitUntilReady();
    for (const { vendor } of deps.polls) {
      await queue.upsertJobScheduler(
        vendor,
        { every: deps.everyMs ?? usualEveryMs },
        { name: vendor, opts: { removeOnComplete: true, removeOnFail: true } },
      );
    }
    // Counts over all workers: nobody asks a vendor while another does.
    await queue.setGlobalConcurrency(1);
  });
  const worker = new Worker<null, void>(
    name,
    async (job) => {
      const poll = deps.polls.find(({ vendor }) => job.name === vendor);
      if (poll !== undefined) {
        await round(poll, deps, stopping.signal);
      }
    },
    { connection: deps.connection, prefix, concurrency: 1, lockDuration: minuteMs },
  );
  worker.on('error', (error) => onTrouble(error.message));
  worker.on('failed', (job, error) =>
    deps.log.error(
      { vendor: job?.name, why: error.message.slice(0, 200) },
      'A poll for missed feedback failed; the next round begins where it stopped.',
    ),
  );
  await worker.waitUntilReady();
  return {
    async stop() {
      stopping.abort();
      await stopWorkers([worker]);
      await queue.close();
    },
  };
}

/** Asks page by page until there is nothing more, the vendor says no, or the round is long enough. */
async function round(
  poll: FeedbackPoll,
  { cursors, accept, clock, log, pagesMax = usualPagesMax }: FeedbackPollDeps,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (let page = 0; page < pagesMax && !signal.aborted; page += 1) {
      const answer = await poll.ask(await cursors.read(poll.vendor), clock.nowMs(), signal);
      if (answer.kind === 'unavailable') {
        if (answer.trouble !== undefined) {
          log.error({ vendor: poll.vendor }, answer.trouble);
        }
        return;
      }
      if (answer.feedback.length > 0) {
        await accept(poll.vendor, answer.feedback);
      }
      await cursors.keep(poll.vendor, answer.cursor);
      if (answer.isLast) {
        return;
      }
    }
  } catch (error) {
    if (!(error instanceof Fault && error.retry === 'later')) {
      throw error;
    }
    log.warn(
      { vendor: poll.vendor, why: error.message },
      'A poll for missed feedback stopped; the next round goes on from there.',
    );
  }
}
