import type { Feedback, FeedbackBody } from '../../src/core/outcome/feedback.ts';
import type { HubSpotEvent } from './schema.ts';

/** What an event became. `forget`: a person is to be forgotten of whom HubSpot names only its own contact. */
export type Mapped =
  | { readonly kind: 'feedback'; readonly feedback: Feedback }
  | { readonly kind: 'forget' }
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
 * HubSpot finds the account of the deal or ticket by `dealId` and `ticketId`. Ids name portal, object and fact, not the
 * event: `eventId` is not unique by some reports, and two subscriptions may tell of one fact.
 */
export function mapEvent(event: HubSpotEvent): Mapped {
  const [prefix, change] = event.subscriptionType.split('.');
  const object = prefix === 'object' ? objectNames[event.objectTypeId ?? ''] : prefix;
  const value = String(event.propertyValue ?? '')
    .trim()
    .toLowerCase();
  if (object === 'contact' && change === 'privacyDeletion') {
    return { kind: 'forget' };
  }
  if (object === 'deal') {
    // Stages have names of each customer's own; this property is true in whichever stage means won.
    const isWon =
      change === 'propertyChange' && event.propertyName === 'hs_is_closed_won' && value === 'true';
    return isWon
      ? given(event, 'deal', 'won', {
          kind: 'deal_won',
          dealId: event.objectId,
          monthlyCents: undefined,
        })
      : ignored;
  }
  return object === 'ticket' ? mapTicket(event, change, value) : ignored;
}

function mapTicket(event: HubSpotEvent, change: string | undefined, value: string): Mapped {
  const ticketId = `hubspot.ticket.${event.objectId}`;
  if (change === 'creation') {
    return given(event, 'ticket', 'created', {
      kind: 'ticket_opened',
      ticketId,
      isPriority: false,
    });
  }
  if (change === 'deletion') {
    return given(event, 'ticket', 'deleted', { kind: 'ticket_closed', ticketId });
  }
  if (change !== 'propertyChange') {
    return ignored;
  }
  if (event.propertyName === 'hs_ticket_priority' && urgent.has(value)) {
    return given(event, 'ticket', `priority.${event.occurredAt}`, {
      kind: 'ticket_opened',
      ticketId,
      isPriority: true,
    });
  }
  if (event.propertyName === 'closed_date') {
    // Emptied when the ticket is opened again.
    return value === ''
      ? given(event, 'ticket', `reopened.${event.occurredAt}`, {
          kind: 'ticket_opened',
          ticketId,
          isPriority: false,
        })
      : given(event, 'ticket', `closed.${event.occurredAt}`, { kind: 'ticket_closed', ticketId });
  }
  return ignored;
}

const ignored: Mapped = { kind: 'ignored' };

function given(event: HubSpotEvent, object: string, fact: string, body: FeedbackBody): Mapped {
  return {
    kind: 'feedback',
    feedback: {
      id: `hubspot.${event.portalId}.${object}.${event.objectId}.${fact}`,
      timeMs: event.occurredAt,
      channel: undefined,
      about: { decisionId: undefined, userId: undefined, accountId: undefined },
      body,
    },
  };
}
