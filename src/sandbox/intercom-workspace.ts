import { randomBytes } from 'node:crypto';
import { z } from 'zod';
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

const Line = z.discriminatedUnion('kind', [ContactLine, EventLine]);
type Line = z.infer<typeof Line>;

/** A contact of the stand-in workspace. Times in Unix seconds, as at Intercom. */
export type SandboxContact = Readonly<z.infer<typeof ContactLine>>;

/** An event that the workspace took, repetitions removed. `createdAt` Unix seconds, `receivedMs` epoch ms. */
export type SandboxEvent = Readonly<z.infer<typeof EventLine>>;

/** What a caller may set of a contact. */
export type ContactFields = Partial<
  Pick<SandboxContact, 'externalId' | 'email' | 'name' | 'role' | 'customAttributes'>
>;

/** Intercom keeps the first 10 keys (API description 2.16, createDataEvent, "Metadata behaviour"). */
const metadataKeysMax = 10;

/**
 * The stand-in workspace: contacts and their events, in memory and in a journal. Keeps the newest `max` of each; what is
 * dropped is simply unknown again.
 */
export function openIntercomWorkspace(path: string | undefined, max = 20_000) {
  const journal = openJournal(path, (value) => Line.safeParse(value).data);
  const contacts = new Map<string, SandboxContact>();
  const byExternalId = new Map<string, string>();
  const byEmail = new Map<string, string>();
  const events = new Map<string, SandboxEvent>();
  let lines = journal.start.length;

  for (const line of journal.start) {
    keep(line);
  }

  function keep(line: Line): void {
    if (line.kind === 'event') {
      events.set(eventKey(line), line);
      dropOldest(events);
      return;
    }
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
      journal.rewrite([...contacts.values(), ...events.values()]);
      lines = contacts.size + events.size;
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

    close: () => journal.close(),
  };
}

export type IntercomWorkspace = ReturnType<typeof openIntercomWorkspace>;

function eventKey(event: SandboxEvent): string {
  return JSON.stringify([event.contactId, event.name, event.createdAt]);
}
