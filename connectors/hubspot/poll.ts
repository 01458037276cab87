import { z } from 'zod';
import type { Feedback } from '../../src/core/outcome/feedback.ts';
import type { CrmRequestKind } from '../../src/core/crm-request.ts';
import type { FeedbackPoll } from '../../src/core/ports.ts';
import { createSearchApi, type Found } from './api.ts';
import type { HubSpotPollConfig } from './config.ts';
import { closedTicket, isUrgent, openedTicket, urgentTicket, wonDeal } from './map.ts';
import { FoundDeal, FoundTicket } from './schema.ts';

const dayMs = 86_400_000;
/** A search does not find what was changed within some seconds, so the next one begins before the end of the last. */
const overlapMs = 300_000;
/** A hub that was off for longer does not catch up with older tickets and deals. */
const backMaxMs = 30 * dayMs;

/** Where the poll stands: from when on deals and tickets are asked for, epoch ms, and which of them is being read. */
const Cursor = z.object({
  of: z.enum(['deals', 'tickets']),
  dealsMs: z.int(),
  ticketsMs: z.int(),
  /** Within what was changed in one and the same millisecond. */
  after: z.string().optional(),
});
type Cursor = z.infer<typeof Cursor>;

/** What a caller may give besides the settings. */
export interface PollDeps {
  /** Told one sentence, without keys or people, when the hub lives without something until a person mends it. */
  readonly onTrouble?: (sentence: string) => void;
  /** Told of each request that went out, and what became of it. */
  readonly onRequest?: (kind: CrmRequestKind) => void;
  /** Stands for the platform's fetch, so that a test can record what is sent. */
  readonly fetch?: typeof fetch;
}

/**
 * Asks HubSpot for won deals, and then for tickets, that were changed since the last time: all that a service key can do,
 * which has no webhooks. One call of `ask` is one page; begins a day back. Pages go on from the newest change that was
 * read, so nothing is left out when records change under the search. A token that may not read tickets is told of once,
 * and deals go on.
 */
export function createHubSpotPoll(config: HubSpotPollConfig, deps: PollDeps = {}): FeedbackPoll {
  const search = createSearchApi(config, deps.fetch, deps.onRequest);
  let wasToldOfTickets = false;
  return {
    vendor: 'hubspot',
    async ask(kept, nowMs, signal) {
      const at = read(kept) ?? { of: 'deals', dealsMs: nowMs - dayMs, ticketsMs: nowMs - dayMs };
      const fromMs = Math.max(fromOf(at), nowMs - backMaxMs);
      const answer = await search({ of: at.of, fromMs, after: at.after }, nowMs, signal);
      if (answer.kind === 'unavailable') {
        return answer;
      }
      if (answer.kind === 'not_allowed') {
        if (!wasToldOfTickets) {
          wasToldOfTickets = true;
          deps.onTrouble?.(
            'HubSpot does not let the token read tickets (403), so tickets there keep nobody from being asked; grant the scope tickets to change that.',
          );
        }
        const cursor: Cursor = { of: 'deals', dealsMs: at.dealsMs, ticketsMs: nowMs - overlapMs };
        return { kind: 'page', feedback: [], cursor: JSON.stringify(cursor), isLast: true };
      }
      const { results, isFull, after } = answer;
      const feedback = results.flatMap((one) => (at.of === 'deals' ? ofDeal(one) : ofTicket(one)));
      const lastMs = Math.max(fromMs, ...results.map(({ changedMs }) => changedMs));
      const cursor = isFull
        ? moreOf(at, fromMs, lastMs, after)
        : nextOf(at, Math.max(fromMs, nowMs - overlapMs));
      return {
        kind: 'page',
        feedback: feedback.map((one) => ({ ...one, timeMs: Math.min(one.timeMs, nowMs) })),
        cursor: JSON.stringify(cursor),
        isLast: !isFull && at.of === 'tickets',
      };
    },
  };
}

function fromOf({ of, dealsMs, ticketsMs }: Cursor): number {
  return of === 'deals' ? dealsMs : ticketsMs;
}

/** On from the newest change that was read; by pages only within one millisecond. */
function moreOf(at: Cursor, fromMs: number, lastMs: number, after: string | undefined): Cursor {
  const { of, dealsMs, ticketsMs } = at;
  const moved = of === 'deals' ? { dealsMs: lastMs, ticketsMs } : { dealsMs, ticketsMs: lastMs };
  return lastMs > fromMs || after === undefined ? { of, ...moved } : { of, ...moved, after };
}

function nextOf({ of, dealsMs, ticketsMs }: Cursor, fromMs: number): Cursor {
  return of === 'deals'
    ? { of: 'tickets', dealsMs: fromMs, ticketsMs }
    : { of: 'deals', dealsMs, ticketsMs: fromMs };
}

function ofDeal(found: Found): readonly Feedback[] {
  const { data } = FoundDeal.safeParse(found.properties);
  return data === undefined ? [] : [wonDeal(found.id, data.closedate ?? found.changedMs)];
}

/** What a ticket tells now. That one was opened again is not seen: only that it was opened, is urgent, was closed. */
function ofTicket(found: Found): readonly Feedback[] {
  const { data } = FoundTicket.safeParse(found.properties);
  if (data === undefined) {
    return [];
  }
  const createdMs = data.createdate ?? found.changedMs;
  const { closed_date: closedMs, hs_ticket_priority: priority } = data;
  return [
    openedTicket(found.id, createdMs),
    ...(isUrgent(priority) ? [urgentTicket(found.id, createdMs)] : []),
    ...(closedMs === undefined ? [] : [closedTicket(found.id, closedMs)]),
  ];
}

/** A cursor that cannot be read is none: the poll begins anew, and what it repeats changes nothing. */
function read(kept: string | undefined): Cursor | undefined {
  try {
    return Cursor.safeParse(JSON.parse(kept ?? '')).data;
  } catch {
    return undefined;
  }
}
