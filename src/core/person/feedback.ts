import { complainedOf } from '../account/told.ts';
import {
  type Circumstance,
  type Context,
  withCircumstance,
  withTicket,
} from '../account/context.ts';
import type { Refusal } from '../guardrail/refusal.ts';
import type { Effect, Input } from '../input.ts';
import { type Moved, still } from '../moved.ts';
import { isWaiting } from '../prompt/life.ts';
import { afterReaction, touchOf } from '../prompt/react.ts';
import { changeTouch, type Touch } from '../prompt/touch.ts';
import type { PersonState } from './state.ts';

/**
 * Moves a person by what people or vendors said of it. What came without an account is handed on to all its accounts: a
 * ticket keeps each of them silent, a reaction finds the account that asked.
 */
export function advancePersonFeedback(
  person: PersonState,
  input: Input & { kind: 'feedback' },
): Moved<PersonState> {
  const touch = touchOf(person.touches, input);
  const reacted =
    touch === undefined
      ? person.touches
      : changeTouch(person.touches, touch.decisionId, (one) =>
          afterReaction(one, input.body, input.timeMs),
        );
  const touches =
    input.body.kind === 'ticket_opened'
      ? complainedOf(reacted, input.userId, input.timeMs)
      : reacted;
  const context = contextAfter(person.context, input);
  const hindrance = hindranceOf(person.context, context);
  const state =
    context === person.context && touches === person.touches
      ? person
      : { ...person, context, touches };
  return {
    ...still(state),
    effects: [
      ...handedOn(person, input, touch),
      ...(hindrance === undefined ? [] : withdrawWaiting(touches, hindrance)),
    ],
  };
}

/** Takes back every prompt that nobody is sending yet; a person without e-mail still has a product. */
export function withdrawWaiting(touches: readonly Touch[], because: Refusal): readonly Effect[] {
  return touches
    .filter(
      (touch) => isWaiting(touch.state) && (touch.channel === 'sendgrid' || !isOfEmail(because)),
    )
    .map(({ decisionId }) => ({ kind: 'withdraw', decisionId, because }));
}

function isOfEmail(because: Refusal): boolean {
  return because.reason === 'circumstance' && because.circumstance === 'no_email';
}

function contextAfter(context: Context, input: Input & { kind: 'feedback' }): Context {
  const { body, timeMs } = input;
  switch (body.kind) {
    case 'ticket_opened':
      return withTicket(
        context,
        { id: body.ticketId, isPriority: body.isPriority },
        'began',
        timeMs,
      );
    case 'ticket_closed':
      return withTicket(context, { id: body.ticketId, isPriority: false }, 'ended', timeMs);
    case 'bounced':
      return withCircumstance(context, 'no_email', 'began', timeMs);
    case 'spam_reported':
      return withCircumstance(context, 'opted_out', 'began', timeMs);
    case 'unsubscribed':
      return withCircumstance(context, circumstanceOf(body.of), 'began', timeMs);
    case 'resubscribed':
      return withCircumstance(context, circumstanceOf(body.of), 'ended', timeMs);
    case 'accepted':
    case 'seen':
    case 'clicked':
    case 'dismissed':
    case 'replied':
    case 'dropped':
    case 'deal_won':
    case 'bought':
      return context;
    default:
      return body satisfies never;
  }
}

function circumstanceOf(of: 'email' | 'all'): Circumstance {
  return of === 'email' ? 'no_email' : 'opted_out';
}

function hindranceOf(before: Context, after: Context): Refusal | undefined {
  if (before === after) {
    return undefined;
  }
  for (const [circumstance, span] of after.spans) {
    if (span.beganMs !== (before.spans.get(circumstance)?.beganMs ?? 0)) {
      return { reason: 'circumstance', circumstance };
    }
  }
  const openedMs = after.newestTicketMs;
  return openedMs === undefined || openedMs === before.newestTicketMs
    ? undefined
    : { reason: 'support_ticket', openedMs, untilMs: undefined };
}

function handedOn(
  person: PersonState,
  input: Input & { kind: 'feedback' },
  touch: Touch | undefined,
): readonly Effect[] {
  if (input.accountId !== undefined) {
    return [];
  }
  return person.accounts.map((accountId) => ({
    kind: 'input',
    input: {
      ...input,
      id: `${input.id}.${accountId}`,
      to: 'account',
      accountId,
      decisionId: input.decisionId ?? touch?.decisionId,
    },
  }));
}
