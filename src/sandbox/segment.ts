import { join } from 'node:path';
import fastify from 'fastify';
import { z } from 'zod';
import type { Clock } from '../core/ports.ts';
import { openJournal } from './journal.ts';
import { pageHeaders } from './page.ts';
import { createScript, type ScriptedAnswer, type VendorAnswer } from './script.ts';
import { listenAs } from './stand-in.ts';
import { outcomesPage } from './segment-pages.ts';

/** Where the stand-in listens and keeps things. */
export interface SegmentSandboxOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Where `sandbox-segment.ndjson` is kept; undefined: nothing outlives the process. */
  readonly dataDir: string | undefined;
  readonly log: { info(sentence: string): void };
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

const Track = z.object({
  type: z.literal('track'),
  messageId: z.string().min(1).max(100),
  event: z.string().min(1),
  userId: z.string().min(1).optional(),
  anonymousId: z.string().min(1).optional(),
  timestamp: z.string(),
  properties: z.record(z.string(), z.unknown()),
  context: z.looseObject({ groupId: z.string().optional() }),
  integrations: z.record(z.string(), z.unknown()).optional(),
});

const Batch = z.object({ batch: z.array(z.unknown()).max(2500), writeKey: z.string().optional() });

const Line = z.object({ receivedMs: z.number(), copies: z.number(), call: Track });

/** A track call that the stand-in took, and how often it came. */
export type SandboxOutcome = Readonly<z.infer<typeof Line>>;

/** A running stand-in of the Tracking API. */
export interface SegmentSandbox {
  /** Base address of the API and the page, without a slash at the end. */
  readonly url: string;
  /** In the order in which they first came; a copy of a message id is counted and not shown again, as Segment does. */
  outcomes(): readonly SandboxOutcome[];
  /** How many requests came to `/v1/batch`. */
  requests(): number;
  /** Plays these answers for the next batches, in this order. */
  script(answers: readonly ScriptedAnswer[]): void;
  close(): Promise<void>;
}

/** Outcomes kept; the oldest go first. */
const keptMax = 10_000;
/** As Segment. */
const bodyBytesMax = 500 * 1024;

/**
 * Starts a local stand-in of Segment's Tracking API, as far as outcomes use it: `POST /v1/batch` with the key as user of
 * Basic, and a page that shows what came. Removes copies by their message id. Throws Fault `environment_invalid` when the
 * address is taken.
 */
export async function startSegmentSandbox(options: SegmentSandboxOptions): Promise<SegmentSandbox> {
  const { dataDir, log } = options;
  const clock = options.clock ?? { nowMs: () => Date.now() };
  const journal = openJournal(
    dataDir === undefined ? undefined : join(dataDir, 'sandbox-segment.ndjson'),
    (value) => Line.safeParse(value).data,
  );
  const held = new Map<string, SandboxOutcome>();
  let lines = journal.start.length;
  let requests = 0;
  for (const line of journal.start) {
    held.set(line.call.messageId, line);
  }
  const script = createScript<'batch'>((status) => ({ error: `scripted ${status}` }));

  function take(call: z.infer<typeof Track>): void {
    const known = held.get(call.messageId);
    const line = known ?? { receivedMs: clock.nowMs(), copies: 0, call };
    const kept = { ...line, copies: line.copies + 1 };
    held.set(call.messageId, kept);
    journal.append(kept);
    lines += 1;
    const oldest = held.size > keptMax ? held.keys().next().value : undefined;
    if (oldest !== undefined) {
      held.delete(oldest);
    }
    if (lines > 3 * keptMax) {
      journal.rewrite([...held.values()]);
      lines = held.size;
    }
  }

  const app = fastify({ forceCloseConnections: true, bodyLimit: bodyBytesMax });

  const takeBatch = script.played('batch', ({ body }): VendorAnswer => {
    const parsed = Batch.safeParse(body);
    if (!parsed.success) {
      return { status: 400, body: { error: 'malformed JSON' } };
    }
    for (const one of parsed.data.batch) {
      const call = Track.safeParse(one).data;
      // Segment answers 200 and drops what it does not understand; so does the stand-in.
      if (call !== undefined && (call.userId ?? call.anonymousId) !== undefined) {
        take(call);
      }
    }
    return { status: 200, body: { success: true } };
  });

  app.post('/v1/batch', (request, reply) => {
    requests += 1;
    return takeBatch(request, reply);
  });

  app.get('/', (_request, reply) =>
    reply.headers(pageHeaders).send(outcomesPage([...held.values()])),
  );

  const url = await listenAs('Segment', app, options, journal.close);
  log.info(`stand-in of Segment at ${url}; nothing there reaches a real workspace`);

  return {
    url,
    outcomes: () => [...held.values()],
    requests: () => requests,
    script: (answers) => script.add('batch', answers),
    close: async () => {
      await app.close();
      journal.close();
    },
  };
}
