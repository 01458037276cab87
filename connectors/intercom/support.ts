import type { Feedback, FeedbackBody } from '../../src/core/outcome/feedback.ts';
import type { Conversation, Person, Ticket } from './schema.ts';

/** Which moments of a conversation or ticket are told. */
export type Moment = 'created' | 'replied' | 'closed';

/** Where a prompt's own link stands in a message, with the decision that it names. */
const promptLink = /\/go\/(\d{1,2}-[0-9a-f]{8,64})\./u;
/** `priority` is the word of API versions before 2.16. */
const urgent = new Set(['priority', 'high', 'urgent', 'critical', 'p0', 'p1']);
const customerInitiated = 'customer_initiated';

/**
 * Feedback of a conversation. One that the person began is a support request; one that began with a prompt is an answer to
 * it, by its link to an exact decision; a bot's or campaign's answer is about the newest prompt; what a teammate began
 * without our link is none of our business. Ids name conversation, moment and second, so that notification and poll agree.
 * `sentMs` is when the notification was made, for those that do not say when the person wrote.
 */
export function ofConversation(
  conversation: Conversation,
  moments: readonly Moment[],
  sentMs: number | undefined,
): readonly Feedback[] {
  const { id, source, contacts } = conversation;
  const createdMs = conversation.created_at ?? sentMs;
  const repliedMs = conversation.statistics?.last_contact_reply_at ?? newestReplyMs(conversation);
  const prefix = `intercom.conversation.${id}`;
  const ticketId = prefix;
  const opened: FeedbackBody = {
    kind: 'ticket_opened',
    ticketId,
    isPriority: urgent.has(conversation.priority?.toLowerCase() ?? ''),
  };
  const asksSupport = source?.delivered_as?.toLowerCase() === customerInitiated;
  return moments.flatMap((moment): readonly Feedback[] => {
    if (moment === 'created' && asksSupport) {
      return createdMs === undefined
        ? []
        : about(contacts.contacts, `${prefix}.created`, createdMs, undefined, opened);
    }
    if (moment === 'closed') {
      const closedMs = conversation.statistics?.last_close_at ?? conversation.updated_at ?? sentMs;
      return asksSupport && closedMs !== undefined
        ? about(contacts.contacts, `${prefix}.closed.${closedMs / 1000}`, closedMs, undefined, {
            kind: 'ticket_closed',
            ticketId,
          })
        : [];
    }
    // A conversation that began with a message is created by the first answer to it.
    const atMs = repliedMs ?? sentMs;
    if (atMs === undefined) {
      return [];
    }
    const replyId = `${prefix}.replied.${atMs / 1000}`;
    if (asksSupport) {
      return about(contacts.contacts, replyId, atMs, undefined, opened);
    }
    const decisionId = promptLink.exec(source?.body ?? '')?.[1];
    const isOurs =
      decisionId !== undefined || source?.delivered_as?.toLowerCase() !== 'admin_initiated';
    return isOurs
      ? about(contacts.contacts, replyId, atMs, 'intercom', { kind: 'replied' }, decisionId)
      : [];
  });
}

/** Feedback of a customer's ticket; back-office and tracker tickets are the team's own. */
export function ofTicket(
  ticket: Ticket,
  moments: readonly Moment[],
  sentMs: number | undefined,
): readonly Feedback[] {
  // A search or an older version may leave the category out; the topics tell of customers' tickets first of all.
  if ((ticket.category ?? 'customer').toLowerCase() !== 'customer') {
    return [];
  }
  const prefix = `intercom.ticket.${ticket.id}`;
  const people = ticket.contacts.contacts;
  return moments.flatMap((moment): readonly Feedback[] => {
    const atMs = (moment === 'created' ? ticket.created_at : ticket.updated_at) ?? sentMs;
    if (atMs === undefined || moment === 'replied') {
      return [];
    }
    return moment === 'created'
      ? about(people, `${prefix}.created`, atMs, undefined, {
          kind: 'ticket_opened',
          ticketId: prefix,
          isPriority: isUrgent(ticket),
        })
      : about(people, `${prefix}.closed.${atMs / 1000}`, atMs, undefined, {
          kind: 'ticket_closed',
          ticketId: prefix,
        });
  });
}

/** One feedback for each of the people whom the hub can know. The contact is part of the id: two people are two facts. */
export function about(
  people: readonly Person[],
  id: string,
  timeMs: number,
  channel: Feedback['channel'],
  body: FeedbackBody,
  decisionId?: string,
): readonly Feedback[] {
  return people.flatMap((person) =>
    person.external_id === undefined && decisionId === undefined
      ? []
      : [
          {
            id: `${id}.${person.id}`,
            timeMs,
            channel,
            about: { decisionId, userId: person.external_id, accountId: undefined },
            body,
          },
        ],
  );
}

/** Tickets have no priority of their own; teams add an attribute of that name. */
function isUrgent({ ticket_attributes }: Ticket): boolean {
  return Object.entries(ticket_attributes ?? {}).some(
    ([name, value]) =>
      name.toLowerCase().replaceAll(/[^a-z]/gu, '') === 'priority' &&
      typeof value === 'string' &&
      urgent.has(value.trim().toLowerCase()),
  );
}

function newestReplyMs({ conversation_parts }: Conversation): number | undefined {
  const times = (conversation_parts?.conversation_parts ?? [])
    .filter(({ author }) => ['user', 'lead', 'contact'].includes(author?.type ?? ''))
    .map(({ created_at }) => created_at)
    .filter((ms) => typeof ms === 'number');
  return times.length === 0 ? undefined : Math.max(...times);
}
