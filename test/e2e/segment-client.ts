import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** A call as a Segment library writes it. */
export type SegmentCall = Readonly<Record<string, unknown>> & Sendable;

/** What can be sent: anything that has a message id, whatever else it says. */
export interface Sendable {
  readonly messageId: string;
}

/** The keys by which the tests enter a hub. Each test starts its hub with these. */
export const keys = {
  writeKey: 'e2e-write-key-of-the-tests',
  sharedSecret: 'e2e-shared-secret-of-the-tests',
  bearerToken: 'e2e-bearer-token-of-the-tests',
  adminToken: 'e2e-admin-token-of-the-tests',
  linkSecret: 'e2e-link-secret-of-the-tests',
} as const;

/** What a door answered; `undefined`: nobody answered, or the connection broke. */
export interface DoorAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly tookMs: number;
}

/** Posts calls to the Tracking API as one batch. `sentAtMs` is the sender's clock. */
export async function sendBatch(
  url: string,
  calls: readonly Sendable[],
  sentAtMs: number,
): Promise<DoorAnswer | undefined> {
  const body = JSON.stringify({ batch: calls, sentAt: new Date(sentAtMs).toISOString() });
  const authorization = `Basic ${Buffer.from(`${keys.writeKey}:`).toString('base64')}`;
  return post(`${url}/v1/batch`, body, { authorization });
}

/** Posts calls as Segment's webhook destination does: an array, signed over its bytes. */
export async function sendWebhook(
  url: string,
  calls: readonly Sendable[],
): Promise<DoorAnswer | undefined> {
  const body = JSON.stringify(calls);
  const signature = createHmac('sha1', keys.sharedSecret).update(body).digest('hex');
  return post(`${url}/segment/webhook`, body, { 'x-signature': signature });
}

/**
 * Sends a batch again and again until the hub says 200, as a library does; gives what it answered before. Throws when a
 * request was refused for good, or after `withinMs`.
 */
export async function sendUntilTaken(
  url: string,
  calls: readonly Sendable[],
  sentAtMs: number,
  withinMs = 60_000,
): Promise<readonly (DoorAnswer | undefined)[]> {
  const lastMs = performance.now() + withinMs;
  const before: (DoorAnswer | undefined)[] = [];
  while (performance.now() < lastMs) {
    const answer = await sendBatch(url, calls, sentAtMs);
    if (answer?.status === 200) {
      return before;
    }
    if (answer !== undefined && answer.status < 500 && answer.status !== 429) {
      throw new Error(`the hub refused a batch for good with ${answer.status}`);
    }
    before.push(answer);
    await delay(50);
  }
  throw new Error(`the hub did not take a batch within ${withinMs / 1000} s`);
}

async function post(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<DoorAnswer | undefined> {
  const startMs = performance.now();
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
      signal: AbortSignal.timeout(20_000),
    });
    await response.arrayBuffer();
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      tookMs: performance.now() - startMs,
    };
  } catch {
    // Refused, reset or silent: nothing was promised.
    return undefined;
  }
}
