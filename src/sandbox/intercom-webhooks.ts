import { createHmac, randomUUID } from 'node:crypto';
import type { Clock } from '../core/ports.ts';

/** Where webhooks go, and what they are signed with. */
export interface WebhookTarget {
  /** The client secret that the hub checks signatures with. */
  readonly clientSecret: string;
  /** Address of the hub's `/webhooks/intercom`; undefined while the hub has none yet. */
  readonly url: () => string | undefined;
  /** From a failed delivery to the second and last one. Default: a minute, as at Intercom. */
  readonly retryMs?: number;
}

/** A notification that was sent, for the page. */
export interface SentWebhook {
  readonly topic: string;
  readonly sentMs: number;
  /** In words: the status, or why there was none. */
  readonly answer: string;
}

const answerMsMax = 5_000;
const usualRetryMs = 60_000;
const keptMax = 20;

/**
 * Sends notifications as Intercom does: one per request, HMAC-SHA1 over the raw body, an answer within 5 s, and a second
 * and last try a minute later. Keeps what became of the newest 20.
 */
export function createWebhookSender(target: WebhookTarget | undefined, clock: Clock) {
  const sent: SentWebhook[] = [];
  const stop = new AbortController();
  const retries = new Set<NodeJS.Timeout>();

  function keep(topic: string, answer: string): void {
    sent.unshift({ topic, sentMs: clock.nowMs(), answer });
    sent.splice(keptMax);
  }

  async function post(topic: string, notification: object, attempt: 1 | 2): Promise<void> {
    const url = target?.url();
    if (target === undefined || url === undefined) {
      keep(topic, 'not sent: this sandbox knows no hub');
      return;
    }
    const body = JSON.stringify({ ...notification, delivery_attempts: attempt });
    const signature = createHmac('sha1', target.clientSecret).update(body).digest('hex');
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hub-signature': `sha1=${signature}` },
      body,
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(answerMsMax)]),
    }).catch(() => undefined);
    await answer?.body?.cancel();
    keep(topic, answer === undefined ? 'no answer' : `answered ${answer.status}`);
    if (answer?.ok !== true && attempt === 1 && !stop.signal.aborted) {
      const retry = setTimeout(() => {
        retries.delete(retry);
        void post(topic, notification, 2);
      }, target.retryMs ?? usualRetryMs);
      retries.add(retry.unref());
    }
  }

  return {
    /** Newest first. */
    sent: (): readonly SentWebhook[] => sent,

    /** Sends one notification; resolves when the hub has answered or has had its time. */
    async send(topic: string, item: object): Promise<void> {
      const nowS = Math.floor(clock.nowMs() / 1000);
      await post(
        topic,
        {
          type: 'notification_event',
          topic,
          id: `notif_${randomUUID()}`,
          app_id: 'sandbox',
          created_at: nowS,
          first_sent_at: nowS,
          data: { type: 'notification_event_data', item },
        },
        1,
      );
    },

    stop(): void {
      stop.abort();
      for (const retry of retries) {
        clearTimeout(retry);
      }
    },
  };
}

export type WebhookSender = ReturnType<typeof createWebhookSender>;
