import type { CounterTable } from '../counter/table.ts';
import type { Standing } from '../outcome/standing.ts';
import type { Touch } from '../prompt/touch.ts';
import type { Context } from './context.ts';
import type { AccountLearning } from './learning-state.ts';
import type { Purchases } from './purchases.ts';
import type { Buyer } from './buyers.ts';
import type { Traits } from './trait.ts';

/** All that the hub knows of a paying account, but for its members. Small whatever the number of members. */
export interface AccountState {
  readonly counters: CounterTable;
  readonly traits: Traits;
  /** The account's prompts of the last 120 days, oldest first, at most 64. */
  readonly touches: readonly Touch[];
  /** Newest sign-up of the account (`Account Created`), epoch ms. */
  readonly signedUpMs: number | undefined;
  /** Tickets, failed payments and whatever else keeps us silent. */
  readonly context: Context;
  readonly purchases: Purchases;
  /** Triggers whose cross-sell waits for its turn, by id, with the time since; they fire again when their signal comes. */
  readonly waiting: ReadonlyMap<string, number>;
  /** Users who were said to be buyers, newest first, at most 8. */
  readonly buyers: readonly Buyer[];
  /** What the account adds to what all learn from. */
  readonly learning: AccountLearning;
  /** Where outcomes last said that it stands; `quiet` where nothing was told. */
  readonly toldStanding: Standing;
}

/** What the hub knows of one user in one account. */
export type MemberState =
  | {
      readonly kind: 'active';
      readonly counters: CounterTable;
      readonly traits: Traits;
      /** `hash32` of the anonymousIds that were linked to the user from here, ascending, at most 8. */
      readonly anonymousHashes: readonly number[];
      /** Newest sign-up of the user (`Signed Up`), epoch ms. */
      readonly signedUpMs: number | undefined;
      /** What is known of the user's place in the account; undefined where nothing was said of it. */
      readonly seat: Seat | undefined;
    }
  /** An alias: the history moved to another member of the same account. */
  | { readonly kind: 'moved'; readonly userId: string }
  /** Forgotten on request. Stays, so that a late event does not bring the person back. */
  | { readonly kind: 'erased' };

export type ActiveMember = Extract<MemberState, { kind: 'active' }>;

/** First and last times only, epoch ms, so that the order of events cannot matter. */
export interface Seat {
  readonly firstJoinMs: number | undefined;
  readonly lastJoinMs: number | undefined;
  readonly lastLeftMs: number | undefined;
  /** The first identify call that named the account. */
  readonly namedMs: number | undefined;
  /** When each role was said first, by `hash32` of the role in lower case, ascending; at most 8. */
  readonly roles: ReadonlyMap<number, number>;
  /** The ids of the account's seat counters that count this member. */
  readonly countedIn: readonly number[];
}

/** An anonymous visitor's links beyond this many are not followed: it is a shared computer. */
export const anonymousLinksMax = 8;
