import { dayMs } from '../../src/core/duration.ts';
import { createRandom } from './random.ts';
import { counters } from './rules.ts';

/** One use of the imaginary product. */
export interface UsageEvent {
  readonly messageId: string;
  readonly name: string;
  readonly timeMs: number;
  readonly userId: string;
  readonly accountId: string;
}

/** What a stream is like. The same shape gives the same stream in every process. */
export interface StreamShape {
  /** Part of every id, so that the streams of two rounds share no account and no message. */
  readonly label: string;
  readonly seed: number;
  readonly events: number;
  readonly accounts: number;
  readonly usersPerAccount: number;
  /** `spread`: each event of any account. `locality`: five events of an account in a row. */
  readonly order: 'spread' | 'locality';
  /** The newest event's time, epoch ms; the stream covers the hour before it. */
  readonly nowMs: number;
  /** Whether 3 % of the messages come twice and 3 % are two days old. */
  readonly hasDisorder: boolean;
}

const runLength = 5;
const spanMs = 3_600_000;
const disorder = 0.03;
const repeatDistanceMax = 2_000;

/**
 * The events in the order in which they arrive: times rise, but for the disorder. The first events, at most a fifth of 24
 * per account, come from every user of every account once, because a user is new once in its life and known ever after.
 * An old message is of a counter whose window is one day, so that it must be taken in and must not count, whichever of two
 * builds is the faster.
 */
export function createStream(shape: StreamShape): readonly UsageEvent[] {
  const random = createRandom(shape.seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const actorOf = shape.order === 'spread' ? spreadActor(shape, below) : localActor(shape, below);
  const events: UsageEvent[] = [];
  for (let at = 0; at < shape.events; at += 1) {
    if (shape.hasDisorder && at > 0 && random() < disorder) {
      const again = events[Math.max(0, at - 1 - below(repeatDistanceMax))];
      if (again !== undefined) {
        events.push(again);
        continue;
      }
    }
    const { account, user } = actorOf(at);
    const isOld = shape.hasDisorder && random() < disorder;
    const counter = counters[below(isOld ? 2 : counters.length)];
    const onTimeMs = shape.nowMs - spanMs + Math.floor((at / shape.events) * spanMs);
    events.push({
      messageId: messageId(shape.label, at),
      name: counter?.eventName ?? '',
      timeMs: isOld ? onTimeMs - 2 * dayMs : onTimeMs,
      userId: `user-${shape.label}-${account}-${user}`,
      accountId: accountId(shape.label, account),
    });
  }
  return events;
}

interface Actor {
  readonly account: number;
  readonly user: number;
}

/** Each user once, then anybody. */
function spreadActor(
  { accounts, usersPerAccount }: StreamShape,
  below: (limit: number) => number,
): (at: number) => Actor {
  return (at) =>
    at < accounts * usersPerAccount
      ? { account: at % accounts, user: Math.floor(at / accounts) }
      : { account: below(accounts), user: below(usersPerAccount) };
}

/** Runs of five events; the accounts take turns, so that all are equally busy. The users of the first run take turns too. */
function localActor(
  { accounts, usersPerAccount }: StreamShape,
  below: (limit: number) => number,
): (at: number) => Actor {
  return (at) => {
    const run = Math.floor(at / runLength);
    return {
      account: run % accounts,
      user: run < accounts ? at % usersPerAccount : below(usersPerAccount),
    };
  };
}

/** The ids of all accounts of a stream. */
export function accountsOf(shape: Pick<StreamShape, 'label' | 'accounts'>): readonly string[] {
  return Array.from({ length: shape.accounts }, (_, at) => accountId(shape.label, at));
}

function accountId(label: string, at: number): string {
  return `acct-${label}-${at}`;
}

/** As long as the ids of Segment's own libraries. */
function messageId(label: string, at: number): string {
  return `node-next-${label}-${String(at).padStart(8, '0')}-4f2a-8c31-b0d9e7a6c512`;
}
