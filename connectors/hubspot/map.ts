import type { Feedback, FeedbackBody } from '../../src/core/outcome/feedback.ts';
import type { HubSpotEvent } from './schema.ts';

/** What an event became. `forget`: a person is to be forgotten of whom HubSpot names only its own contact. */
export type Mapped =
  | { readonly kind: 'feedback'; readonly feedback: Feedback }
  | { readonly kind: 'forget'; readonly id: string; readonly contactId: string }
  | { readonly kind: 'ignored' };

/** Numbers of HubSpot's standard objects, as the generic subscriptions name them. */
const objectNames: Readonly<Record<string, string>> = {
  '0-1': 'contact',
  '0-2': 'company',
  '0-3': 'deal',
  '0-5': 'ticket',
};
const urgent = new Set(['high', 'urgent']);

/**
 * Turns one event into feedback. HubSpot names its own objects only, so the feedback is about nobody yet: whoever can read
 * HubSpot finds the account of `about.record`. Ids name object and fact, not the event: `eventId` is not unique by some
 * reports, two subscriptions may tell of one fact, and so may the poll.
 */
export function mapEvent(event: HubSpotEvent): Mapped {
  const [prefix, change] = event.subscriptionType.split('.');
  const object = prefix === 'object' ? objectNames[event.objectTypeId ?? ''] : prefix;
  const value = String(event.propertyValue ?? '')
    .trim()
    .toLowerCase();
  if (object === 'contact' && change === 'privacyDeletion') {
    const { objectId } = event;
    return { kind: 'forget', id: `hubspot.contact.${objectId}.forgotten`, contactId: objectId };
  }
  if (object === 'deal') {
    // Stages have names of each customer's own; this property is true in whichever stage means won.
    const isWon =
      change === 'propertyChange' && event.propertyName === 'hs_is_closed_won' && value === 'true';
    return isWon ? given(wonDeal(event.objectId, event.occurredAt)) : ignored;
  }
  return object === 'ticket' ? mapTicket(event, change, value) : ignored;
}

function mapTicket(event: HubSpotEvent, change: string | undefined, value: string): Mapped {
  const { objectId, occurredAt } = event;
  if (change === 'creation') {
    return given(openedTicket(objectId, occurredAt));
  }
  if (change === 'deletion') {
    return given(ticketFeedback(objectId, 'deleted', occurredAt, 'closed'));
  }
  if (change !== 'propertyChange') {
    return ignored;
  }
  if (event.propertyName === 'hs_ticket_priority' && isUrgent(value)) {
    return given(urgentTicket(objectId, occurredAt));
  }
  if (event.propertyName === 'closed_date') {
    // Emptied when the ticket is opened again.
    return value === ''
      ? given(ticketFeedback(objectId, `reopened.${occurredAt}`, occurredAt, 'opened'))
      : given(closedTicket(objectId, occurredAt));
  }
  return ignored;
}

const ignored: Mapped = { kind: 'ignored' };

function given(feedback: Feedback): Mapped {
  return { kind: 'feedback', feedback };
}

/** A deal was won. */
export function wonDeal(dealId: string, timeMs: number): Feedback {
  const body: FeedbackBody = { kind: 'deal_won', dealId, monthlyCents: undefined };
  return feedbackOf({ kind: 'deal', id: dealId }, 'won', timeMs, body);
}

/** A ticket was opened. */
export function openedTicket(objectId: string, timeMs: number): Feedback {
  return ticketFeedback(objectId, 'created', timeMs, 'opened');
}

/** A ticket is of high priority. */
export function urgentTicket(objectId: string, timeMs: number): Feedback {
  return ticketFeedback(objectId, `priority.${timeMs}`, timeMs, 'urgent');
}

/** A ticket was closed. */
export function closedTicket(objectId: string, timeMs: number): Feedback {
  return ticketFeedback(objectId, `closed.${timeMs}`, timeMs, 'closed');
}

/** Whether a priority of HubSpot's is one that keeps us silent until the ticket is closed. */
export function isUrgent(priority: string | null | undefined): boolean {
  return urgent.has((priority ?? '').trim().toLowerCase());
}

function ticketFeedback(
  objectId: string,
  fact: string,
  timeMs: number,
  what: 'opened' | 'urgent' | 'closed',
): Feedback {
  const ticketId = `hubspot.ticket.${objectId}`;
  const body: FeedbackBody =
    what === 'closed'
      ? { kind: 'ticket_closed', ticketId }
      : { kind: 'ticket_opened', ticketId, isPriority: what === 'urgent' };
  return feedbackOf({ kind: 'ticket', id: objectId }, fact, timeMs, body);
}

function feedbackOf(
  record: NonNullable<Feedback['about']['record']>,
  fact: string,
  timeMs: number,
  body: FeedbackBody,
): Feedback {
  return {
    id: `hubspot.${record.kind}.${record.id}.${fact}`,
    timeMs,
    channel: undefined,
    about: { decisionId: undefined, userId: undefined, accountId: undefined, record },
    body,
  };
}
