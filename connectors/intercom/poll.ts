import { z } from 'zod';
import type { Feedback } from '../../src/core/outcome/feedback.ts';
import type { FeedbackPoll } from '../../src/core/ports.ts';
import { createSearchApi } from './api.ts';
import type { IntercomPollConfig } from './config.ts';
import { Conversation, Ticket } from './schema.ts';
import { type Moment, ofConversation, ofTicket } from './support.ts';

/*
 * Intercom tries a webhook twice, a minute apart, and then never again. The poll asks for the conversations and tickets
 * that changed, and gives the same feedback under the same ids as their webhooks would: what came already changes nothing.
 * What is not repaired, because no call lists it: content_stat.* (our own links tell of clicks and dismissals) and opt-outs.
 */

const dayS = 86_400;
/** Searches are behind by some time; so much is read again. */
const overlapS = 600;
/** The pages of the last window may take so long, and it is still the last one. */
const readingS = 60;
/** A hub that was off for longer does not catch up with older support requests: their 24 hours are over. */
const backMaxS = 30 * dayS;

/** Where the poll stands, in seconds. `untilS` is there while a window is being read. */
const Cursor = z.object({
  of: z.enum(['conversations', 'tickets']),
  fromS: z.int(),
  untilS: z.int().optional(),
  after: z.string().optional(),
});
type Cursor = z.infer<typeof Cursor>;

/** What a caller may give besides the settings. */
export interface PollDeps {
  /** Stands for the platform's fetch, so that a test can record what is sent. */
  readonly fetch?: typeof fetch;
}

/**
 * Reads, window by window of at most a day, the conversations and then the tickets that were updated in it; one call of
 * `ask` is one page. Begins a day back. Dates match by the workspace's calendar day, so each search asks for a day more on
 * both sides and the rest is left out here.
 */
export function createIntercomPoll(config: IntercomPollConfig, deps: PollDeps = {}): FeedbackPoll {
  const search = createSearchApi(config, deps.fetch);
  return {
    vendor: 'intercom',
    async ask(kept, nowMs, signal) {
      const nowS = Math.floor(nowMs / 1000);
      const at = read(kept) ?? { of: 'conversations', fromS: nowS - dayS };
      const fromS = Math.max(at.fromS, nowS - backMaxS);
      const untilS = at.untilS ?? Math.min(nowS, fromS + dayS);
      const answer = await search(
        { of: at.of, fromS: fromS - dayS, untilS: untilS + dayS, after: at.after },
        nowMs,
        signal,
      );
      if (answer.kind === 'unavailable') {
        return answer;
      }
      const { page } = answer;
      const feedback =
        at.of === 'conversations'
          ? (page.conversations ?? []).flatMap((one) => conversationOf(one, fromS, untilS))
          : (page.tickets ?? []).flatMap((one) => ticketOf(one, fromS, untilS));
      const after = page.pages?.next?.starting_after ?? undefined;
      const isNow = untilS >= nowS - readingS;
      const next: Cursor =
        after !== undefined
          ? { of: at.of, fromS, untilS, after }
          : at.of === 'conversations'
            ? { of: 'tickets', fromS, untilS }
            : { of: 'conversations', fromS: isNow ? untilS - overlapS : untilS };
      return {
        kind: 'page',
        feedback: feedback.map((one) => ({ ...one, timeMs: Math.min(one.timeMs, nowMs) })),
        cursor: JSON.stringify(next),
        isLast: next.untilS === undefined && isNow,
      };
    },
  };
}

function conversationOf(element: unknown, fromS: number, untilS: number): readonly Feedback[] {
  const { data } = Conversation.safeParse(element);
  if (data === undefined || !isWithin(data.updated_at, fromS, untilS)) {
    return [];
  }
  const createdMs = data.created_at ?? 0;
  const repliedMs = data.statistics?.last_contact_reply_at ?? undefined;
  const isClosed = data.state === 'closed' || data.open === false;
  const moments: Moment[] = [
    ...(isNews(createdMs, fromS) || !isClosed ? (['created'] as const) : []),
    // The first message stands among the replies too.
    ...(repliedMs !== undefined && repliedMs > createdMs && isNews(repliedMs, fromS)
      ? (['replied'] as const)
      : []),
    ...(isClosed ? (['closed'] as const) : []),
  ];
  // Created and replied are one fact where the person answered a message.
  const byId = new Map(ofConversation(data, moments, undefined).map((one) => [one.id, one]));
  return [...byId.values()];
}

function ticketOf(element: unknown, fromS: number, untilS: number): readonly Feedback[] {
  const { data } = Ticket.safeParse(element);
  if (data === undefined || !isWithin(data.updated_at, fromS, untilS)) {
    return [];
  }
  const isClosed = data.open === false;
  const moments: Moment[] = [
    ...(isNews(data.created_at ?? 0, fromS) || !isClosed ? (['created'] as const) : []),
    ...(isClosed ? (['closed'] as const) : []),
  ];
  return ofTicket(data, moments, undefined);
}

function isWithin(updatedMs: number | null | undefined, fromS: number, untilS: number): boolean {
  const updatedS = (updatedMs ?? 0) / 1000;
  return updatedS >= fromS && updatedS <= untilS;
}

/** Happened in this window or shortly before it. */
function isNews(atMs: number, fromS: number): boolean {
  return atMs / 1000 >= fromS - dayS;
}

/** A cursor that cannot be read is none: the poll begins anew, and what it repeats changes nothing. */
function read(kept: string | undefined): Cursor | undefined {
  try {
    return Cursor.safeParse(JSON.parse(kept ?? '')).data;
  } catch {
    return undefined;
  }
}
