import type { Rules } from '../account/advance.ts';
import type { Added } from '../account/add-event.ts';
import { planOf } from '../account/plan-of.ts';
import type { Event } from '../event/event.ts';
import type { Fired } from '../trigger/fire.ts';
import { type Decided, decideAndClaim } from './decide-and-claim.ts';

/** An event at which triggers fired. */
export interface FiredEvent {
  readonly accountId: string;
  /** The user who acted; undefined for an anonymous visitor. */
  readonly actorId: string | undefined;
  readonly added: Added;
  readonly fired: readonly Fired[];
  readonly event: Event;
  readonly rules: Rules;
  readonly nowMs: number;
}

/** Decides whether the moment of an event is one for an offer, and which. */
export function decisionPoint(at: FiredEvent): Decided {
  const { accountId, actorId, added, event, fired, nowMs, rules } = at;
  const { account } = added.view;
  return decideAndClaim(
    {
      accountId,
      account,
      userId: actorId,
      member: added.actor,
      plan: planOf(account, added.actor, rules.playbook),
      fired,
      cause: {
        messageId: event.messageId,
        name: event.name,
        timeMs: event.timeMs,
        receivedMs: event.receivedMs,
      },
      follows: undefined,
      over: undefined,
      rules,
      nowMs,
    },
    event.messageId,
  );
}
