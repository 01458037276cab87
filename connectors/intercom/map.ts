import type { Feedback, FeedbackBody } from '../../src/core/outcome/feedback.ts';
import {
  ContactItem,
  Conversation,
  type Notification,
  StatItem,
  Ticket,
  WrappedTicket,
} from './schema.ts';
import { about, type Moment, ofConversation, ofTicket } from './support.ts';

/** What a notification became. `ignored`: nothing is wrong, and the hub has no use for it. */
export type Mapped =
  | { readonly kind: 'feedback'; readonly feedback: readonly Feedback[] }
  | { readonly kind: 'wrong' };

const wrong: Mapped = { kind: 'wrong' };

/**
 * Content that can be a prompt in the product, and what its stats mean. E-mail, SMS and push are other channels, and a
 * series is only the way to its content; `goal_success` is what the hub measures itself.
 */
const inApp = new Set(
  [
    'banner',
    'post',
    'chat',
    'survey',
    'carousel',
    'custom_bot',
    'tour',
    'tooltip_group',
    'checklist',
  ].map((content) => `content_stat.${content}`),
);
const stats: Readonly<Record<string, FeedbackBody>> = {
  receipt: { kind: 'seen' },
  open: { kind: 'seen' },
  click: { kind: 'clicked' },
  button_tap: { kind: 'clicked' },
  answer: { kind: 'clicked' },
  dismissal: { kind: 'dismissed', until: 'cooldown' },
  reply: { kind: 'replied' },
  reaction: { kind: 'replied' },
};

const conversationMoments: ReadonlyMap<string, Moment> = new Map([
  ['conversation.user.created', 'created'],
  ['conversation.user.replied', 'replied'],
  ['conversation.admin.closed', 'closed'],
]);
const ticketMoments: ReadonlyMap<string, Moment> = new Map([
  ['ticket.created', 'created'],
  ['ticket.closed', 'closed'],
]);
const unsubscribing = new Set(['contact.unsubscribed', 'granular.unsubscribe']);

/**
 * Turns one notification into feedback. A copy of a notification gives the same feedback under the same ids, and so does
 * the poll for what both can see. What is about nobody whom the hub can know (a lead without our id) gives nothing.
 */
export function mapNotification(
  notification: Notification,
  receivedMs: number,
  contentIds: ReadonlySet<string> | undefined,
): Mapped {
  const topic = notification.topic.toLowerCase();
  const { item } = notification.data;
  const sentMs = notification.created_at ?? receivedMs;
  if (inApp.has(topic)) {
    return mapStat(topic, item, sentMs, contentIds);
  }
  const conversationMoment = conversationMoments.get(topic);
  if (conversationMoment !== undefined) {
    const { data } = Conversation.safeParse(item);
    return data === undefined ? wrong : given(ofConversation(data, [conversationMoment], sentMs));
  }
  const ticketMoment = ticketMoments.get(topic);
  if (ticketMoment !== undefined) {
    const data = WrappedTicket.safeParse(item).data?.ticket ?? Ticket.safeParse(item).data;
    return data === undefined ? wrong : given(ofTicket(data, [ticketMoment], sentMs));
  }
  if (unsubscribing.has(topic)) {
    const { data } = ContactItem.safeParse(item);
    return data === undefined
      ? wrong
      : given(
          about([data], `intercom.${topic}.${sentMs / 1000}`, sentMs, undefined, {
            kind: 'unsubscribed',
            of: 'email',
          }),
        );
  }
  return given([]);
}

/** Stats are compared without case, as Intercom writes them both ways; those that it adds later mean nothing yet. */
function mapStat(
  topic: string,
  item: Readonly<Record<string, unknown>>,
  sentMs: number,
  contentIds: ReadonlySet<string> | undefined,
): Mapped {
  const { data } = StatItem.safeParse(item);
  if (data === undefined) {
    return wrong;
  }
  const { id, stat_type, content_id, ruleset_id } = data.content_stat;
  const stat = stat_type.toLowerCase();
  const body = Object.hasOwn(stats, stat) ? stats[stat] : undefined;
  const isOurs =
    contentIds === undefined ||
    contentIds.has(content_id ?? '') ||
    contentIds.has(ruleset_id ?? '');
  return given(
    body === undefined || !isOurs
      ? []
      : about([data.contact], '', data.created_at ?? sentMs, 'intercom', body).map((one) => ({
          // The stat's own number is one person's already.
          ...one,
          id: `intercom.${topic}.${id}.${stat}`,
        })),
  );
}

function given(feedback: readonly Feedback[]): Mapped {
  return { kind: 'feedback', feedback };
}
