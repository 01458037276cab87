import type { Rules } from '../account/advance.ts';
import type { Added } from '../account/add-event.ts';
import { planOf } from '../account/plan-of.ts';
import type { Event } from '../event/event.ts';
import { addresseeOf } from '../prompt/addressee.ts';
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
export function decisionPoint(at: FiredEvent): Decided & {
  /** Members who might have been spoken to and were not loaded. */ readonly missing: readonly string[];
} {
  const { accountId, actorId, added, event, fired, nowMs, rules } = at;
  const { account } = added.view;
  const addressing =
    actorId === undefined
      ? undefined
      : addresseeOf(actorId, added.actor, added.view, rules.playbook);
  const decided = decideAndClaim(
    {
      accountId,
      account,
      actorId,
      actor: added.actor,
      to: addressing?.addressee,
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
  return { ...decided, missing: addressing?.missing ?? [] };
}
