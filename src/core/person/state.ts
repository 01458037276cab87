import { type Context, noContext } from '../account/context.ts';
import type { EventInput } from '../input.ts';
import type { Touch } from '../prompt/touch.ts';

/**
 * What the hub knows of one person (a userId, or an anonymousId not yet known to be a user) beyond any single account:
 * where it belongs, who it became, what waits for that knowledge, and every prompt it was ever shown.
 */
export interface PersonState {
  /** Accounts it was seen in, ascending by id. One: events without an account go there. Several: the hub does not guess. */
  readonly accounts: readonly string[];
  /** Users it became, ascending by id. One: its events are that user's. Several: a shared computer, not followed. */
  readonly becameUsers: readonly string[];
  /** Events that wait for an account, oldest first by event time. */
  readonly waiting: readonly EventInput[];
  /** Prompts of the last 120 days over all accounts, oldest first, at most 64. */
  readonly touches: readonly Touch[];
  /** Opt-outs, dead addresses and tickets: they hold in every account. */
  readonly context: Context;
  readonly isErased: boolean;
}

/** A person nobody has heard of. */
export const unknownPerson: PersonState = {
  accounts: [],
  becameUsers: [],
  waiting: [],
  touches: [],
  context: noContext,
  isErased: false,
};

/** Accounts remembered per person; an id that is seen in more is a machine, not a person. */
export const accountsMax = 1_000;

/** Users remembered per anonymousId. Two already mean a shared computer. */
export const becameUsersMax = 8;

/** Events that wait for an account, per person; the oldest beyond it are set aside. */
export const waitingMax = 100;

/** How long an event waits for an account. */
export const waitingMs = 7 * 24 * 60 * 60 * 1_000;
