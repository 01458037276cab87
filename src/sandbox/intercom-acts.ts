import { hash53 } from '../core/hash.ts';
import type { Clock } from '../core/ports.ts';
import { contactBody, conversationBody, ticketBody } from './intercom-answers.ts';
import type { WebhookSender } from './intercom-webhooks.ts';
import type {
  IntercomWorkspace,
  SandboxContact,
  SandboxEvent,
  SandboxMessage,
} from './intercom-workspace.ts';

/** What a person can do on their page, in the order of the buttons. */
export const acts = {
  see: 'Sees the prompt',
  click: 'Clicks its button',
  reply: 'Answers it',
  write_to_support: 'Writes to support',
  close_conversation: 'Support closes the conversation',
  open_ticket: 'Opens a ticket',
  close_ticket: 'Support closes the ticket',
  unsubscribe: 'Unsubscribes from e-mails',
} as const;

export type Act = keyof typeof acts;

/** A prompt as the person has it before their eyes. */
export type Shown = SandboxEvent | SandboxMessage;

/**
 * Does what the person does, in the workspace and by a notification to the hub. `not_possible`: there is no prompt, open
 * conversation or ticket that it could be done to. Seeing and clicking are reported once per prompt under the same id, as
 * by Intercom, however often the button is pressed.
 */
export function createActor(workspace: IntercomWorkspace, webhooks: WebhookSender, clock: Clock) {
  async function report(contact: SandboxContact, shown: Shown, stat: string): Promise<void> {
    const topic = shown.kind === 'event' ? 'content_stat.banner' : 'content_stat.chat';
    const [content, at] =
      shown.kind === 'event' ? [shown.name, shown.createdAt] : [shown.id, shown.receivedMs];
    await webhooks.send(topic, {
      type: topic,
      created_at: new Date(clock.nowMs()).toISOString(),
      content_stat: {
        id: hash53([contact.id, content, at].join()),
        content_type: shown.kind === 'event' ? 'banner' : 'chat',
        content_id: hash53(content),
        content_title: shown.kind === 'event' ? shown.name : 'Message',
        stat_type: stat,
        ruleset_id: hash53(content, 1),
        ruleset_version_id: -1,
        receipt_id: hash53([contact.id, content, at].join(), 1),
        tags: { type: 'list', data: [], total_count: 0, has_more: false },
      },
      contact: {
        type: 'contact',
        id: contact.id,
        external_id: contact.externalId ?? null,
        role: contact.role,
      },
    });
  }

  /** An answer to a message makes it a conversation, which the teammate began. */
  async function answer(contact: SandboxContact, message: SandboxMessage): Promise<void> {
    const nowS = Math.floor(clock.nowMs() / 1000);
    const known = workspace.conversations().find(({ sourceId }) => sourceId === message.id);
    const conversation = workspace.putConversation({
      ...(known === undefined ? {} : { id: known.id }),
      contactId: contact.id,
      deliveredAs: 'admin_initiated',
      sourceId: message.id,
      body: message.body,
      createdAt: known?.createdAt ?? Math.floor(message.receivedMs / 1000),
      updatedAt: nowS,
      repliedAt: nowS,
    });
    await webhooks.send('conversation.user.replied', conversationBody(conversation, contact));
  }

  async function writeToSupport(contact: SandboxContact): Promise<void> {
    const nowS = Math.floor(clock.nowMs() / 1000);
    const known = openConversationOf(contact);
    if (known === undefined) {
      const begun = workspace.putConversation({
        contactId: contact.id,
        deliveredAs: 'customer_initiated',
        sourceId: String(hash53(`${contact.id}${nowS}`)),
        body: '<p>I need help, please.</p>',
        createdAt: nowS,
        updatedAt: nowS,
      });
      await webhooks.send('conversation.user.created', conversationBody(begun, contact));
      return;
    }
    const replied = workspace.putConversation({ ...known, updatedAt: nowS, repliedAt: nowS });
    await webhooks.send('conversation.user.replied', conversationBody(replied, contact));
  }

  const openConversationOf = (contact: SandboxContact) =>
    workspace
      .conversations()
      .findLast(
        (one) =>
          one.contactId === contact.id &&
          one.deliveredAs === 'customer_initiated' &&
          one.closedAt === undefined,
      );

  const openTicketOf = (contact: SandboxContact) =>
    workspace.tickets().findLast((one) => one.contactId === contact.id && one.open);

  return async (
    act: Act,
    contact: SandboxContact,
    shown: Shown | undefined,
  ): Promise<'done' | 'not_possible'> => {
    const nowS = Math.floor(clock.nowMs() / 1000);
    switch (act) {
      case 'see':
      case 'click':
      case 'reply':
        if (shown === undefined) {
          return 'not_possible';
        }
        await (act === 'reply' && shown.kind === 'message'
          ? answer(contact, shown)
          : report(contact, shown, stats[act]));
        return 'done';
      case 'write_to_support':
        await writeToSupport(contact);
        return 'done';
      case 'close_conversation': {
        const open = openConversationOf(contact);
        if (open === undefined) {
          return 'not_possible';
        }
        const closed = workspace.putConversation({ ...open, updatedAt: nowS, closedAt: nowS });
        await webhooks.send('conversation.admin.closed', conversationBody(closed, contact));
        return 'done';
      }
      case 'open_ticket': {
        const opened = workspace.putTicket({
          contactId: contact.id,
          title: 'Something does not work',
          createdAt: nowS,
          updatedAt: nowS,
          open: true,
        });
        await webhooks.send('ticket.created', ticketBody(opened, contact));
        return 'done';
      }
      case 'close_ticket': {
        const open = openTicketOf(contact);
        if (open === undefined) {
          return 'not_possible';
        }
        const closed = workspace.putTicket({ ...open, updatedAt: nowS, open: false });
        await webhooks.send('ticket.closed', { ticket: ticketBody(closed, contact) });
        return 'done';
      }
      case 'unsubscribe':
        await webhooks.send('contact.unsubscribed', {
          ...contactBody(contact),
          unsubscribed_from_emails: true,
        });
        return 'done';
      default:
        return act satisfies never;
    }
  };
}

/** How Intercom names it in `stat_type`. A banner is answered by a reaction. */
const stats = { see: 'receipt', click: 'click', reply: 'reaction' } as const;

/** The act that a form names; undefined when it is none. */
export function actOf(name: string): Act | undefined {
  return Object.hasOwn(acts, name)
    ? Object.keys(acts).find((known): known is Act => known === name)
    : undefined;
}
