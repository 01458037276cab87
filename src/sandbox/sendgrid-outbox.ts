import { z } from 'zod';
import { openJournal } from './journal.ts';

const Person = z.object({ email: z.string(), name: z.string().optional() });

const EmailLine = z.object({
  kind: z.literal('email'),
  /** `X-Message-Id`. */
  messageId: z.string(),
  /** Epoch ms. */
  receivedMs: z.number(),
  from: Person,
  to: Person,
  subject: z.string(),
  text: z.string().optional(),
  html: z.string().optional(),
  headers: z.record(z.string(), z.string()),
  categories: z.array(z.string()),
  customArgs: z.record(z.string(), z.string()),
  unsubscribeGroup: z.int().optional(),
});

const EventLine = z.object({
  kind: z.literal('event'),
  messageId: z.string(),
  /** Epoch ms. */
  timeMs: z.number(),
  event: z.string(),
});

const Line = z.discriminatedUnion('kind', [EmailLine, EventLine]);
type Line = z.infer<typeof Line>;

/** An e-mail that the stand-in took, as one person would get it. */
export type SandboxEmail = Readonly<z.infer<typeof EmailLine>>;

/** What was reported of an e-mail: `processed`, `delivered`, `bounce`... */
export type SandboxEmailEvent = Readonly<z.infer<typeof EventLine>>;

/** All e-mails and what was reported of them, in memory and in a journal. Keeps the newest `max` e-mails with their events. */
export function openSendgridOutbox(path: string | undefined, max = 10_000) {
  const journal = openJournal(path, (value) => Line.safeParse(value).data);
  const emails = new Map<string, SandboxEmail>();
  const events = new Map<string, SandboxEmailEvent[]>();
  let lines = journal.start.length;

  for (const line of journal.start) {
    keep(line);
  }

  function keep(line: Line): void {
    if (line.kind === 'event') {
      events.get(line.messageId)?.push(line);
      return;
    }
    emails.set(line.messageId, line);
    events.set(line.messageId, []);
    const oldest = emails.size > max ? emails.keys().next().value : undefined;
    if (oldest !== undefined) {
      emails.delete(oldest);
      events.delete(oldest);
    }
  }

  function write(line: Line): void {
    keep(line);
    journal.append(line);
    lines += 1;
    if (lines > 6 * max) {
      const kept = [...emails.values(), ...[...events.values()].flat()];
      journal.rewrite(kept);
      lines = kept.length;
    }
  }

  return {
    /** In the order in which they came. */
    emails: (): readonly SandboxEmail[] => [...emails.values()],
    email: (messageId: string) => emails.get(messageId),
    eventsOf: (messageId: string): readonly SandboxEmailEvent[] => events.get(messageId) ?? [],
    put: (email: SandboxEmail): void => write(email),
    putEvent: (event: SandboxEmailEvent): void => write(event),
    close: () => journal.close(),
  };
}

export type SendgridOutbox = ReturnType<typeof openSendgridOutbox>;
