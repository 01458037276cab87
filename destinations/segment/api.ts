import { Analytics } from '@segment/analytics-node';
import type { Clock } from '../../src/core/ports.ts';
import type { SegmentOutcomesConfig } from './config.ts';
import { retryAfterMsOf } from '../../src/core/retry-after.ts';
import type { Answer } from './failure.ts';
import type { TrackCall } from './map.ts';

/** The one call we make: a batch, asked once. */
export interface SegmentApi {
  /** Never throws for what Segment or the network does. */
  send(calls: readonly TrackCall[], signal: AbortSignal): Promise<Answer>;
}

/**
 * @segment/analytics-node 3.1.0, held in check (behaviour measured 2026-11-23): left to itself it keeps what it cannot send
 * in memory, repeats for hours, takes a redirect for a delivery and tells each call's fate apart from its batch. So each
 * batch gets a client of its own, which sends at once, and the request is ours: the library is told that all went well,
 * because whether to ask again is the queue's to decide.
 */
export function createSegmentApi(config: SegmentOutcomesConfig, clock: Clock): SegmentApi {
  return {
    async send(calls, signal) {
      if (calls.length === 0) {
        return { kind: 'answered', status: 200, retryAfterMs: undefined };
      }
      const both = AbortSignal.any([signal, AbortSignal.timeout(config.timeoutMs)]);
      const answers: Answer[] = [];
      const client = new Analytics({
        writeKey: config.writeKey,
        host: config.host,
        flushAt: calls.length,
        maxRetries: 0,
        httpRequestTimeout: config.timeoutMs,
        httpClient: async (url, { headers, body }) => {
          answers.push(await ask(url, headers, body, both, clock));
          return { status: 200, statusText: 'OK' };
        },
      });
      let isWhole = true;
      client.on('error', () => {
        isWhole = false;
      });
      for (const call of calls) {
        client.track(call);
      }
      await client.closeAndFlush({ timeout: config.timeoutMs + 1000 });
      // The library may split a batch; one part that failed fails the whole, and its repetition does no harm.
      const worst = answers.find((answer) => answer.kind === 'no_answer' || answer.status >= 300);
      const [first] = answers;
      return worst ?? (isWhole && first !== undefined ? first : { kind: 'no_answer' });
    },
  };
}

async function ask(
  url: string,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
  clock: Clock,
): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal,
    });
    await response.body?.cancel();
    const { headers: told, status } = response;
    const retryAfterMs = retryAfterMsOf(status, (name) => told.get(name), clock.nowMs());
    return { kind: 'answered', status, retryAfterMs };
  } catch {
    // The library's and fetch's own words may quote the address with the key's user.
    return { kind: 'no_answer' };
  }
}
