import { createHmac } from 'node:crypto';
import { toSegmentCall } from '../workload/segment-call.ts';
import type { UsageEvent } from '../workload/stream.ts';

/** Secrets of the hubs under test; they protect nothing. */
export const benchSecrets = {
  sharedSecret: 'bench-shared-secret',
  bearerToken: 'bench-bearer-token',
  writeKeys: ['benchwritekey'],
  adminToken: 'bench-admin-token',
  linkSecret: 'bench-link-secret',
} as const;

/** One HTTP request, whole, as it goes over the line. */
export interface PreparedRequest {
  readonly bytes: Buffer;
  readonly events: number;
}

/** One signed webhook request per event, as Segment's Webhooks destination sends them. */
export function webhookRequests(events: readonly UsageEvent[]): readonly PreparedRequest[] {
  return events.map((event) => {
    const body = JSON.stringify(toSegmentCall(event));
    const signature = createHmac('sha1', benchSecrets.sharedSecret).update(body).digest('hex');
    return { bytes: request('/segment/webhook', body, [`x-signature: ${signature}`]), events: 1 };
  });
}

/** Requests of up to `size` events to the Tracking API, as Segment's libraries send them. */
export function batchRequests(
  events: readonly UsageEvent[],
  size: number,
): readonly PreparedRequest[] {
  const authorization = `authorization: Basic ${Buffer.from(`${benchSecrets.writeKeys[0]}:`).toString('base64')}`;
  const requests: PreparedRequest[] = [];
  for (let at = 0; at < events.length; at += size) {
    const batch = events.slice(at, at + size).map(toSegmentCall);
    const body = JSON.stringify({ batch, sentAt: batch.at(-1)?.sentAt });
    requests.push({ bytes: request('/v1/batch', body, [authorization]), events: batch.length });
  }
  return requests;
}

function request(path: string, body: string, headers: readonly string[]): Buffer {
  const lines = [
    `POST ${path} HTTP/1.1`,
    'host: hub',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...headers,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
