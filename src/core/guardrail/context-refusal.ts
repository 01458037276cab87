import { type Context, lasts, openPriorityTicket } from '../account/context.ts';
import type { ActiveMember } from '../account/state.ts';
import { emptyCounter, readCounter } from '../counter/counter.ts';
import type { Guardrails, Playbook } from '../playbook.ts';
import type { Refusal } from './refusal.ts';

/**
 * What stands around an account, or a person over all accounts, and keeps us silent: a ticket of the last day (or an open
 * one with priority), a failed payment, a cancellation, an incident, an opt-out. Each lasts until it is told to be over.
 */
export function contextRefusal(
  context: Context,
  guardrails: Guardrails,
  nowMs: number,
): Refusal | undefined {
  for (const circumstance of ['opted_out', 'payment_failed', 'cancelling', 'incident'] as const) {
    if (lasts(context, circumstance)) {
      return { reason: 'circumstance', circumstance };
    }
  }
  const { newestTicketMs } = context;
  if (newestTicketMs !== undefined && nowMs < newestTicketMs + guardrails.afterTicketMs) {
    return {
      reason: 'support_ticket',
      openedMs: newestTicketMs,
      untilMs: newestTicketMs + guardrails.afterTicketMs,
    };
  }
  const open = openPriorityTicket(context);
  return open === undefined
    ? undefined
    : { reason: 'support_ticket', openedMs: open.beganMs, untilMs: undefined };
}

/** The person meets one error after the other: no moment to sell. */
export function errorsRefusal(
  member: ActiveMember | undefined,
  { errors }: Playbook,
  nowMs: number,
): Refusal | undefined {
  if (errors === undefined || member === undefined) {
    return undefined;
  }
  const { counter, atLeast } = errors;
  const held = member.counters.get(counter) ?? emptyCounter(counter);
  const count = readCounter(held, counter, nowMs, undefined).value;
  return count >= atLeast
    ? { reason: 'meeting_errors', count, withinMs: counter.windowMs ?? 0 }
    : undefined;
}

/** People of one's own are never prompted. */
export function testUserRefusal(
  userId: string,
  member: ActiveMember | undefined,
  { testUsers }: Guardrails,
): Refusal | undefined {
  const email = member?.traits.get('email')?.value;
  const domain = typeof email === 'string' ? email.split('@').at(-1)?.toLowerCase() : undefined;
  const marked = testUsers.trait === undefined ? undefined : member?.traits.get(testUsers.trait);
  const isMarked =
    marked !== undefined && ['true', '1', 'yes'].includes(String(marked.value).toLowerCase());
  const isOurs =
    isMarked ||
    testUsers.ids.has(userId) ||
    (domain !== undefined && testUsers.emailDomains.has(domain));
  return isOurs ? { reason: 'test_user' } : undefined;
}
