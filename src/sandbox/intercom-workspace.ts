import { randomBytes, randomInt } from 'node:crypto';
import { z } from 'zod';
import { hash53 } from '../core/hash.ts';
import { openJournal } from './journal.ts';

const ContactLine = z.object({
  kind: z.literal('contact'),
  id: z.string(),
  externalId: z.string().optional(),
  email: z.string().optional(),
  name: z.string().optional(),
  role: z.string(),
  createdAt: z.int(),
  updatedAt: z.int(),
  customAttributes: z.record(z.string(), z.unknown()),
});

const EventLine = z.object({
  kind: z.literal('event'),
  contactId: z.string(),
  name: z.string(),
  createdAt: z.int(),
  receivedMs: z.number(),
  metadata: z.record(z.string(), z.unknown()),
});

const MessageLine = z.object({
  kind: z.literal('message'),
  id: z.string(),
  contactId: z.string(),
  body: z.string(),
  receivedMs: z.number(),
});

const ConversationLine = z.object({
  kind: z.literal('conversation'),
  id: z.string(),
  contactId: z.string(),
  deliveredAs: z.enum(['customer_initiated', 'admin_initiated']),
  /** Id of the message that began it. */
  sourceId: z.string(),
  body: z.string(),
  createdAt: z.int(),
  updatedAt: z.int(),
  repliedAt: z.int().optional(),
  closedAt: z.int().optional(),
});

const TicketLine = z.object({
  kind: z.literal('ticket'),
  id: z.string(),
  contactId: z.string(),
  title: z.string(),
  createdAt: z.int(),
  updatedAt: z.int(),
  open: z.boolean(),
});

const DismissedLine = z.object({ kind: z.literal('dismissed'), viewId: z.string() });

const Line = z.discriminatedUnion('kind', [
  ContactLine,
  EventLine,
  MessageLine,
  ConversationLine,
  TicketLine,
  DismissedLine,
]);
type Line = z.infer<typeof Line>;

/** A contact of the stand-in workspace. Times in Unix seconds, as at Intercom. */
export type SandboxContact = Readonly<z.infer<typeof ContactLine>>;

/** An event that the workspace took, repetitions removed. `createdAt` Unix seconds, `receivedMs` epoch ms. */
export type SandboxEvent = Readonly<z.infer<typeof EventLine>>;

/** A chat message of a teammate. Intercom removes no repetition of one. */
export type SandboxMessage = Readonly<z.infer<typeof MessageLine>>;

/** A conversation, of the person's own making or by an answer to a message. Times in Unix seconds. */
export type SandboxConversation = Readonly<z.infer<typeof ConversationLine>>;

/** A customer ticket. Times in Unix seconds. */
export type SandboxTicket = Readonly<z.infer<typeof TicketLine>>;

/** What a caller may set of a contact. */
export type ContactFields = Partial<
  Pick<SandboxContact, 'externalId' | 'email' | 'name' | 'role' | 'customAttributes'>
>;

/** Intercom keeps the first 10 keys (API description 2.16, createDataEvent, "Metadata behaviour"). */
const metadataKeysMax = 10;

/**
 * The stand-in workspace: contacts, their events, messages, conversations and tickets, in memory and in a journal. Keeps
 * the newest `max` of each; what is dropped is simply unknown again.
 */
export function openIntercomWorkspace(path: string | undefined, max = 20_000) {
  const journal = openJournal(path, (value) => Line.safeParse(value).data);
  const contacts = new Map<string, SandboxContact>();
  const byExternalId = new Map<string, string>();
  const byEmail = new Map<string, string>();
  const events = new Map<string, SandboxEvent>();
  const messages = new Map<string, SandboxMessage>();
  const conversations = new Map<string, SandboxConversation>();
  const tickets = new Map<string, SandboxTicket>();
  const dismissed = new Map<string, Extract<Line, { kind: 'dismissed' }>>();
  let lines = journal.start.length;

  for (const line of journal.start) {
    keep(line);
  }

  function keep(line: Line): void {
    switch (line.kind) {
      case 'event':
        return put(events, eventKey(line), line);
      case 'message':
        return put(messages, line.id, line);
      case 'conversation':
        return put(conversations, line.id, line);
      case 'ticket':
        return put(tickets, line.id, line);
      case 'dismissed':
        return put(dismissed, line.viewId, line);
      case 'contact':
        return keepContact(line);
      default:
        line satisfies never;
    }
  }

  function put<T>(map: Map<string, T>, key: string, line: T): void {
    map.set(key, line);
    dropOldest(map);
  }

  function keepContact(line: SandboxContact): void {
    forgetKeys(contacts.get(line.id));
    contacts.set(line.id, line);
    if (line.externalId !== undefined) {
      byExternalId.set(line.externalId, line.id);
    }
    if (line.email !== undefined) {
      byEmail.set(line.email.toLowerCase(), line.id);
    }
    forgetKeys(dropOldest(contacts));
  }

  function forgetKeys(contact: SandboxContact | undefined): void {
    byExternalId.delete(contact?.externalId ?? '');
    byEmail.delete(contact?.email?.toLowerCase() ?? '');
  }

  function dropOldest<T>(map: Map<string, T>): T | undefined {
    const oldest = map.size > max ? map.entries().next().value : undefined;
    if (oldest === undefined) {
      return undefined;
    }
    map.delete(oldest[0]);
    return oldest[1];
  }

  function write(line: Line): void {
    keep(line);
    journal.append(line);
    lines += 1;
    if (lines > 3 * max) {
      const all = [contacts, events, messages, conversations, tickets, dismissed].flatMap(
        (map): Line[] => [...map.values()],
      );
      journal.rewrite(all);
      lines = all.length;
    }
  }

  function conflictOf(fields: ContactFields, self: string | undefined): SandboxContact | undefined {
    const ids = [
      byExternalId.get(fields.externalId ?? ''),
      byEmail.get(fields.email?.toLowerCase() ?? ''),
    ];
    const id = ids.find((taken) => taken !== undefined && taken !== self);
    return id === undefined ? undefined : contacts.get(id);
  }

  return {
    contact: (id: string) => contacts.get(id),
    contactOf: (externalId: string) => contacts.get(byExternalId.get(externalId) ?? ''),
    contactWithEmail: (email: string) => contacts.get(byEmail.get(email.toLowerCase()) ?? ''),
    contacts: (): readonly SandboxContact[] => [...contacts.values()],
    /** In the order in which they came. */
    events: (): readonly SandboxEvent[] => [...events.values()],
    messages: (): readonly SandboxMessage[] => [...messages.values()],
    conversations: (): readonly SandboxConversation[] => [...conversations.values()],
    tickets: (): readonly SandboxTicket[] => [...tickets.values()],
    isDismissed: (event: SandboxEvent): boolean => dismissed.has(viewIdOf(event)),

    /** Makes a contact, or changes the one with this id; `conflict`: another holds the external id or the e-mail address. */
    putContact(
      id: string | undefined,
      fields: ContactFields,
      nowMs: number,
    ): { readonly kind: 'stored' | 'conflict'; readonly contact: SandboxContact } {
      const conflict = conflictOf(fields, id);
      if (conflict !== undefined) {
        return { kind: 'conflict', contact: conflict };
      }
      const old = contacts.get(id ?? '');
      const second = Math.floor(nowMs / 1000);
      const contact: SandboxContact = {
        kind: 'contact',
        id: id ?? randomBytes(12).toString('hex'),
        createdAt: old?.createdAt ?? second,
        updatedAt: second,
        externalId: fields.externalId ?? old?.externalId,
        email: fields.email ?? old?.email,
        name: fields.name ?? old?.name,
        role: fields.role ?? old?.role ?? 'user',
        customAttributes: { ...old?.customAttributes, ...fields.customAttributes },
      };
      write(contact);
      return { kind: 'stored', contact };
    },

    /** False when it is a repetition: the same person, event name and second as before. */
    putEvent(event: Omit<SandboxEvent, 'kind'>): boolean {
      const kept = Object.entries(event.metadata).slice(0, metadataKeysMax);
      const line: SandboxEvent = { ...event, kind: 'event', metadata: Object.fromEntries(kept) };
      if (events.has(eventKey(line))) {
        return false;
      }
      write(line);
      return true;
    },

    /** Adds a message, however often the same one is sent. */
    putMessage(contactId: string, body: string, nowMs: number): SandboxMessage {
      const id = newId();
      const message: SandboxMessage = { kind: 'message', id, contactId, body, receivedMs: nowMs };
      write(message);
      return message;
    },

    /** Begins a conversation, or changes the one with this id. */
    putConversation(conversation: Omit<SandboxConversation, 'kind' | 'id'> & { id?: string }) {
      const line: SandboxConversation = {
        ...conversation,
        kind: 'conversation',
        id: conversation.id ?? newId(),
      };
      write(line);
      return line;
    },

    /** Opens a ticket, or changes the one with this id. */
    putTicket(ticket: Omit<SandboxTicket, 'kind' | 'id'> & { id?: string }): SandboxTicket {
      const line: SandboxTicket = { ...ticket, kind: 'ticket', id: ticket.id ?? newId() };
      write(line);
      return line;
    },

    /** Takes a banner away from the person who has this view of it. False: nobody has. May be repeated. */
    dismiss(contactId: string, viewId: string): boolean {
      const isTheirs = [...events.values()].some(
        (event) => event.contactId === contactId && viewIdOf(event) === viewId,
      );
      if (isTheirs && !dismissed.has(viewId)) {
        write({ kind: 'dismissed', viewId });
      }
      return isTheirs;
    },

    close: () => journal.close(),
  };
}

/** Ids of messages, conversations and tickets are numbers in text at Intercom. */
function newId(): string {
  return String(randomInt(1e12, 1e13));
}

/** What the person sees of the banner that an event started: a number that the same event always has. */
export function viewIdOf(event: SandboxEvent): string {
  return String(hash53(eventKey(event)));
}

export type IntercomWorkspace = ReturnType<typeof openIntercomWorkspace>;

function eventKey(event: SandboxEvent): string {
  return JSON.stringify([event.contactId, event.name, event.createdAt]);
}
