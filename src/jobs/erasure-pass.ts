// One search for the traces of forgotten persons. In: persons who are forgotten already (store/forgotten.ts), so that
// nothing of theirs is counted any more. Out: what named them is gone, or somebody was told to let it go.
//
// Always true: what is moved by inputs is told by an input first and removed when it has let the person go; a job is taken
// out only while nobody works on it; a search may be repeated, and a person is through when one finds nothing.
// Redis gone: throws `store_unreachable`; the next search finds what is left.

import { Queue } from 'bullmq';
import { dayOf } from '../core/duration.ts';
import { sha256Hex } from '../core/hash.ts';
import type { Input } from '../core/input.ts';
import type { Outcome } from '../core/outcome/outcome.ts';
import { personsOf } from '../core/person/forgotten.ts';
import type { Clock, Ledger } from '../core/ports.ts';
import type { LaneJob, LaneQueues } from '../inbox/lane-queues.ts';
import { fromWire } from '../inbox/wire.ts';
import type { RedisConnection } from '../store/connection.ts';
import type { CrmBook } from '../store/crm-book.ts';
import type { Erasure, Forgotten } from '../store/forgotten.ts';
import { linkActsKey } from '../store/keys.ts';
import type { Quarantine } from '../store/quarantine.ts';
import { reaching } from '../store/store-fault.ts';
import type { TimerStore } from '../store/timer-store.ts';
import { findTraces, redactDecision, removeKey, type Trace } from '../store/traces.ts';
import type { DeliveryJob } from './delivery-queue.ts';

/** Every place in which traces of a person may be. */
export interface ErasurePassDeps {
  /** A `producer` connection. */
  readonly redis: RedisConnection;
  readonly forgotten: Pick<Forgotten, 'forget' | 'count'>;
  readonly quarantine: Pick<Quarantine, 'removeOf'>;
  readonly timers: Pick<TimerStore, 'forget'>;
  readonly ledger: Pick<Ledger, 'read' | 'withdraw'>;
  readonly lanes: Pick<LaneQueues, 'enqueue'>;
  /** What is remembered of whose contact is whose in the CRM. */
  readonly crm: Pick<CrmBook, 'forgetUser'>;
  readonly usersAreAccounts: boolean;
  readonly clock: Clock;
  readonly onTrouble: (message: string) => void;
}

/** Searches once for all of them. Gives those of whom nothing was found. */
export async function erasurePass(
  erasures: readonly Erasure[],
  deps: ErasurePassDeps,
): Promise<readonly Erasure[]> {
  const found = new Set<string>();
  const note = async (userId: string, what: string, count = 1): Promise<void> => {
    if (count > 0) {
      found.add(userId);
      await deps.forgotten.count(userId, { [what]: count });
    }
  };
  for (const { userId, emails } of erasures) {
    await deps.crm.forgetUser(userId);
    await note(userId, 'timers', await deps.timers.forget(userId));
    await note(userId, 'quarantined', await deps.quarantine.removeOf(userId, emails));
  }
  const queues = new Map<string, Queue>();
  const queueOf = (trace: Trace & { readonly kind: 'job' }): Queue => {
    const known = queues.get(trace.queue);
    if (known !== undefined) {
      return known;
    }
    const queue = new Queue(trace.queue, { connection: deps.redis, prefix: trace.prefix });
    queue.on('error', (error) => deps.onTrouble(error.message));
    queues.set(trace.queue, queue);
    return queue;
  };
  const userIds = erasures.map(({ userId }) => userId);
  try {
    for await (const trace of findTraces(deps.redis, { ...deps, userIds })) {
      const { userId } = trace;
      switch (trace.kind) {
        case 'key':
          await removeKey(deps.redis, trace.key);
          await note(userId, trace.what);
          break;
        case 'not_told':
          await deps.lanes.enqueue([erasureInput(userId, trace.accountId, deps.clock.nowMs())]);
          found.add(userId);
          break;
        case 'alias':
          await deps.forgotten.forget([trace.personId]);
          found.add(userId);
          break;
        case 'decision':
          if (await forgetDecision(trace, deps)) {
            await note(userId, 'decisions');
          } else {
            found.add(userId);
          }
          break;
        case 'effect':
          found.add(userId);
          break;
        case 'job': {
          const done = await forgetJob(trace, queueOf(trace), deps);
          if (done === 'removed') {
            await note(userId, 'jobs');
          } else if (done === 'later') {
            found.add(userId);
          }
          break;
        }
        default:
          trace satisfies never;
      }
    }
  } finally {
    await Promise.all([...queues.values()].map((queue) => queue.close()));
  }
  return erasures.filter(({ userId }) => !found.has(userId));
}

/** Its id is new in each search: an earlier one was perhaps heard before what it should forget came about. */
function erasureInput(userId: string, accountId: string | undefined, nowMs: number): Input {
  const about = { dedupeDay: undefined, receivedMs: nowMs, userId };
  const id = `forget.${sha256Hex(userId, accountId ?? '', String(nowMs)).slice(0, 32)}`;
  return accountId === undefined
    ? { kind: 'erasure', id, ...about }
    : { kind: 'member_erased', id, ...about, accountId };
}

/** False while somebody asks the channel: what it answers may name the person again. */
async function forgetDecision(
  trace: Trace & { readonly kind: 'decision' },
  { redis, ledger, usersAreAccounts, clock }: ErasurePassDeps,
): Promise<boolean> {
  await ledger.withdraw(trace.decisionId, 'the person was forgotten', clock.nowMs());
  if ((await ledger.read(trace.decisionId))?.state === 'claimed') {
    return false;
  }
  const acts = linkActsKey(trace.decisionId);
  if (acts !== undefined) {
    await removeKey(redis, acts);
  }
  await redactDecision(redis, trace, usersAreAccounts);
  return true;
}

/** `other`: the job only holds a text that looks like the person's id. `later`: somebody works on it, or will in a moment. */
async function forgetJob(
  trace: Trace & { readonly kind: 'job' },
  queue: Queue,
  deps: ErasurePassDeps,
): Promise<'removed' | 'later' | 'other'> {
  return reaching('take a person out of a queue', async () => {
    const job = await queue.getJob(trace.jobId);
    if (job === undefined) {
      return 'removed';
    }
    const rest = restOf(trace, job.data);
    if (rest === 'same') {
      return 'other';
    }
    const state = await job.getState();
    if (state === 'active' || state === 'unknown') {
      return 'later';
    }
    if (state === 'completed') {
      await job.remove();
      return 'removed';
    }
    if (trace.queue.startsWith('deliver')) {
      return (await endDelivery(job.data, deps)) ? remove(job) : 'later';
    }
    if (trace.queue.startsWith('lane') && state !== 'failed') {
      return 'later';
    }
    if (rest.length === 0) {
      return remove(job);
    }
    await job.updateData(rest);
    return 'removed';
  });
}

async function remove(job: { remove(): Promise<void> }): Promise<'removed' | 'later'> {
  try {
    await job.remove();
    return 'removed';
  } catch {
    // A worker has taken it just now: BullMQ refuses to remove what is locked.
    return 'later';
  }
}

/** What a job carries besides the person's; `same` when nothing of it is the person's. */
function restOf(
  { queue, userId }: Trace & { readonly kind: 'job' },
  data: LaneJob | DeliveryJob | readonly Outcome[],
): readonly unknown[] | 'same' {
  if ('prompt' in data) {
    return data.prompt.userId === userId ? [] : 'same';
  }
  const rest = data.filter((one) => !isTheirs(one, userId, queue));
  return rest.length === data.length ? 'same' : rest;
}

function isTheirs(one: LaneJob[number] | Outcome, userId: string, queue: string): boolean {
  if ('person' in one) {
    const { person } = one;
    return ('userId' in person ? person.userId : person.anonymousId) === userId;
  }
  if (!queue.startsWith('lane')) {
    return false;
  }
  const input = fromWire(one);
  return (
    personsOf(input).includes(userId) ||
    (input.kind === 'event' && input.event.anonymousId === userId)
  );
}

/** A prompt that is surely not asked for any more is ended for its account, which would wait for it else. */
async function endDelivery(
  { prompt }: DeliveryJob,
  { ledger, lanes, clock }: ErasurePassDeps,
): Promise<boolean> {
  const { accountId, decisionId, decidedMs } = prompt;
  await ledger.withdraw(decisionId, 'the person was forgotten', clock.nowMs());
  const state = (await ledger.read(decisionId))?.state;
  if (state === 'queued' || state === 'claimed') {
    return false;
  }
  await lanes.enqueue([
    {
      kind: 'prompt_settled',
      id: `${decisionId}.settled.account`,
      dedupeDay: dayOf(decidedMs),
      receivedMs: clock.nowMs(),
      to: 'account',
      decisionId,
      userId: '',
      accountId,
      outcome: state ?? 'expired',
    },
  ]);
  return true;
}
