// Deliveries. In: a job per prompt. Out: the vendor was asked at most once at a time, the ledger says what became of it,
// and account and person are told.
//
// Always true: nobody asks without a claim in the ledger, written before the request; an unanswered request is looked
// for at the vendor before it may be repeated, and given up as `unknown` (counted as sent) when that stays impossible
// until the prompt expires; the inputs that tell account and person are stored before the job is done, and told again
// when a finished job is repeated. Waiting uses up no attempt: the job moves to a later time until the prompt expires.
// Redis gone: nothing is asked without a claim; a claim that could not be settled outlives its lease and is reconciled.

import { randomUUID } from 'node:crypto';
import { type Job, Worker } from 'bullmq';
import { Fault } from '../core/fault.ts';
import type { PromptOutcome } from '../core/input.ts';
import type { Playbook } from '../core/playbook.ts';
import type {
  Clock,
  Delivery,
  Ledger,
  LedgerEntry,
  PromptChannel,
  Reconciliation,
} from '../core/ports.ts';
import type { LinkedPrompt, Prompt, PromptLinks } from '../core/prompt/prompt.ts';
import { settledInputs } from '../core/prompt/settled-inputs.ts';
import type { LaneQueues } from '../inbox/lane-queues.ts';
import type { Metrics } from '../metrics.ts';
import type { RedisConnection } from '../store/connection.ts';
import type { Admission, ControlStore } from '../store/controls.ts';
import {
  type DeliveryJob,
  type DeliveryQueues,
  deliveryPrefix,
  deliveryQueueName,
} from './delivery-queue.ts';
import { createTroubleLog, type JobLog } from './job-log.ts';
import { backoffMs, postpone } from './postpone.ts';
import { stopWorkers } from './stop-worker.ts';

/** What delivering needs. */
export interface DeliveryDeps {
  /** A `worker` connection. */
  readonly connection: RedisConnection;
  readonly channels: readonly PromptChannel[];
  readonly ledger: Ledger;
  readonly queues: Pick<DeliveryQueues, 'hold'>;
  /** The operator's switches, budgets and the workspace's pace. */
  readonly controls: Pick<ControlStore, 'admit' | 'giveBack'>;
  readonly playbook: Pick<Playbook, 'offers' | 'guardrails'>;
  /** The signed addresses of a prompt, the same each time. */
  readonly linksOf: (prompt: Prompt) => PromptLinks;
  /** Where account and person are told what became of a prompt. */
  readonly lanes: Pick<LaneQueues, 'enqueue'>;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'deliveries' | 'deliveriesPostponed' | 'deliverySeconds'>;
  readonly log: JobLog;
  /** How long to wait; the defaults are for production. */
  readonly waits?: Partial<DeliveryWaits>;
}

/** How long things may take; all in ms. */
export interface DeliveryWaits {
  /** A claim that nobody settled for so long is taken over. Longer than asking and looking take together. */
  readonly leaseMs: number;
  /** Longest the vendor is waited for. */
  readonly askMs: number;
  /** From no answer to looking whether it arrived, and between two looks. */
  readonly lookAgainMs: number;
  /** First wait after `unavailable`, doubled up to `retryMsMax`. */
  readonly retryMs: number;
  readonly retryMsMax: number;
  /** Longest that a prompt whose time has not come is left alone: then the hub's clock, which may be moved, is asked again. */
  readonly dueMsMax: number;
}

const usualWaits: DeliveryWaits = {
  leaseMs: 60_000,
  askMs: 15_000,
  lookAgainMs: 5000,
  retryMs: 1000,
  retryMsMax: 60_000,
  dueMsMax: 60_000,
};

/** Starts a worker per channel, up to 20 prompts at a time. Resolves when all have their connections. */
export async function startDelivery(deps: DeliveryDeps): Promise<{ stop(): Promise<void> }> {
  const onTrouble = createTroubleLog(deps.log);
  const workers = deps.channels.map((channel) => {
    const courier = createCourier(channel, deps);
    const worker = new Worker<DeliveryJob, void, 'deliver'>(
      deliveryQueueName(channel.name),
      courier,
      {
        connection: deps.connection,
        prefix: deliveryPrefix,
        concurrency: 20,
        lockDuration: 30_000,
        stalledInterval: 10_000,
        maxStalledCount: 10,
        // Far above what the vendor allows: BullMQ obeys `hold` only for workers that have a limit of their own.
        limiter: { max: 1_000_000, duration: 1000 },
        // A repeated job finds its prompt settled; to clear copies of done ones away costs the server long scripts.
        removeOnComplete: { count: 0 },
      },
    );
    worker.on('error', (error) => onTrouble(error.message));
    worker.on('failed', (job, error) => {
      deps.log.error(
        {
          channel: channel.name,
          decision: job?.id,
          attempts: job?.attemptsMade,
          why: error.message.slice(0, 200),
        },
        'A delivery job failed; it is tried again, and kept when it fails for good.',
      );
    });
    return worker;
  });
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  return { stop: () => stopWorkers(workers) };
}

type PromptJob = Job<DeliveryJob, void, 'deliver'>;

/** The processor of one channel's jobs. */
function createCourier(channel: PromptChannel, deps: DeliveryDeps) {
  const { ledger, clock, metrics } = deps;
  const waits = { ...usualWaits, ...deps.waits };

  /** One run of a job. Gives what it must wait for, or undefined when the job is done. */
  const carry = async (
    { prompt, withheld }: DeliveryJob,
    tries: number,
  ): Promise<Wait | undefined> => {
    const claim = randomUUID();
    const { decisionId } = prompt;
    const settle = async (
      outcome: PromptOutcome,
      detail: { vendorId?: string; reason?: string },
      metric: string = outcome,
    ) => {
      if (!(await ledger.settle(decisionId, claim, outcome, detail, clock.nowMs()))) {
        // Somebody took the claim over: what it finds out counts.
        return { delayMs: waits.lookAgainMs };
      }
      if (outcome === 'refused' || outcome === 'expired') {
        await deps.controls.giveBack(decisionId, prompt.offerId);
      }
      metrics.deliveries.inc({ channel: channel.name, outcome: metric });
      await tell(prompt, outcome);
      return undefined;
    };
    /** Lets the claim run out, so that the next run finds it `reclaimed` and looks at the vendor first. */
    const lookLater = async (): Promise<Wait> => {
      await ledger.claim(decisionId, claim, clock.nowMs(), waits.lookAgainMs);
      return { delayMs: waits.lookAgainMs + 1 };
    };
    const ask = async (): Promise<Wait | undefined> => {
      const entry = await ledger.read(decisionId);
      if (entry?.withdrawn !== undefined) {
        // Taken back while an earlier request was on its way, which surely did not arrive.
        return settle('refused', { reason: entry.withdrawn }, 'withdrawn');
      }
      measure(entry);
      const answer = await deliverOnce(prompt);
      switch (answer.kind) {
        case 'accepted':
          return settle('sent', { vendorId: answer.vendorId });
        case 'refused':
          return settle('refused', { reason: answer.reason });
        case 'unknown':
          return lookLater();
        case 'unavailable': {
          metrics.deliveriesPostponed.inc({ channel: channel.name });
          await ledger.release(decisionId, claim, clock.nowMs());
          const usualMs = backoffMs(tries, waits.retryMs, waits.retryMsMax);
          return answer.scope === 'channel'
            ? { holdMs: answer.retryAfterMs ?? usualMs }
            : { delayMs: answer.retryAfterMs ?? usualMs };
        }
        default:
          return answer satisfies never;
      }
    };

    const untilDueMs = prompt.notBeforeMs - clock.nowMs();
    if (withheld === undefined && untilDueMs > 0) {
      // Taken back meanwhile: account and person need not wait for the morning to go on.
      return (await tellAgain(prompt))
        ? undefined
        : { delayMs: Math.min(untilDueMs, waits.dueMsMax) };
    }
    const taken = await ledger.claim(decisionId, claim, clock.nowMs(), waits.leaseMs);
    const isExpired = clock.nowMs() > prompt.expiresMs;
    if (taken === 'missing') {
      return undefined;
    }
    if (taken === 'settled') {
      await tellAgain(prompt);
      return undefined;
    }
    if (taken === 'busy') {
      return { delayMs: waits.lookAgainMs };
    }
    if (withheld !== undefined) {
      return settle('refused', { reason: withheld.reason }, 'withheld');
    }
    // Nobody asked yet under a fresh claim; under one taken over, only the vendor knows.
    const found = taken === 'claimed' ? 'absent' : await look(prompt);
    if (found === 'present') {
      return settle('sent', {});
    }
    if (found === 'absent') {
      if (isExpired) {
        return settle('expired', { reason: 'not sent in time' });
      }
      const admission = await admit(prompt);
      switch (admission.kind) {
        case 'admitted':
          return ask();
        case 'wait':
          await ledger.release(decisionId, claim, clock.nowMs());
          return { delayMs: admission.forMs };
        case 'refused':
          return settle('refused', { reason: admission.reason }, 'stopped');
        default:
          return admission satisfies never;
      }
    }
    return isExpired ? settle('unknown', { reason: 'asked without an answer' }) : lookLater();
  };

  /** The last look before asking: a switch that was thrown a moment ago holds. */
  const admit = ({ decisionId, offerId }: Prompt): Promise<Admission> =>
    deps.controls.admit({
      decisionId,
      offerId,
      budget: deps.playbook.offers.get(offerId)?.budget,
      perMinute: deps.playbook.guardrails.perMinute,
      nowMs: clock.nowMs(),
    });

  const linked = (prompt: Prompt): LinkedPrompt => ({ ...prompt, links: deps.linksOf(prompt) });

  const deliverOnce = async (prompt: Prompt): Promise<Delivery> => {
    const signal = AbortSignal.timeout(waits.askMs);
    try {
      return await channel.deliver(linked(prompt), signal);
    } catch (error) {
      if (signal.aborted && error === signal.reason) {
        return { kind: 'unavailable', retryAfterMs: undefined, scope: 'prompt' };
      }
      // A channel throws nothing else. If it does, it may have asked: never repeat blindly.
      deps.log.error(
        { channel: channel.name, decision: prompt.decisionId },
        'A channel threw; the prompt is looked for.',
      );
      return { kind: 'unknown' };
    }
  };

  const look = async (prompt: Prompt): Promise<Reconciliation> => {
    try {
      return await channel.reconcile(linked(prompt), AbortSignal.timeout(waits.askMs));
    } catch {
      // It never sends, so a failed look is only a look that must be repeated.
      return 'unavailable';
    }
  };

  const tell = (prompt: Prompt, outcome: PromptOutcome): Promise<void> =>
    deps.lanes.enqueue(settledInputs(prompt, outcome, clock.nowMs()));

  /** Tells what somebody else settled: a worker that died on the way, or whoever took it back. False when it is not over. */
  const tellAgain = async (prompt: Prompt): Promise<boolean> => {
    const state = (await ledger.read(prompt.decisionId))?.state;
    if (state === undefined || state === 'queued' || state === 'claimed') {
      return false;
    }
    if (state === 'refused' || state === 'expired') {
      await deps.controls.giveBack(prompt.decisionId, prompt.offerId);
    }
    await tell(prompt, state);
    return true;
  };

  const measure = (entry: LedgerEntry | undefined): void => {
    // Later requests measure the vendor's trouble, not the hub.
    if (entry?.attempts === 1) {
      metrics.deliverySeconds.observe(
        Math.max(0, clock.nowMs() - entry.record.cause.receivedMs) / 1000,
      );
    }
  };

  return async (job: PromptJob, token: string | undefined): Promise<void> => {
    const tries = job.attemptsStarted - 1;
    const wait = await carry(job.data, tries).catch((error: unknown): Wait => {
      if (error instanceof Fault && error.retry === 'later') {
        return { delayMs: backoffMs(tries, waits.retryMs, waits.retryMsMax) };
      }
      throw error;
    });
    if (wait === undefined) {
      return;
    }
    if ('holdMs' in wait) {
      await deps.queues.hold(channel.name, wait.holdMs);
      throw Worker.RateLimitError();
    }
    // Not far beyond its expiry: account and person wait for the answer.
    const untilExpiryMs = Math.max(
      waits.lookAgainMs,
      job.data.prompt.expiresMs - clock.nowMs() + 1,
    );
    throw await postpone(job, token, Math.min(wait.delayMs, untilExpiryMs));
  };
}

/** Why a job goes back: this prompt waits, or the whole channel does. */
type Wait = { readonly delayMs: number } | { readonly holdMs: number };
