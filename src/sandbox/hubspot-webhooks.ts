import { createHmac } from 'node:crypto';
import type { Clock } from '../core/ports.ts';

/** Where HubSpot's webhooks go, and what they are signed with. */
export interface HubspotWebhookTarget {
  /** The client secret of the app, with which the hub checks signatures. */
  readonly clientSecret: string;
  /** Address of the hub's `/webhooks/hubspot`; undefined while the hub has none yet. */
  readonly url: () => string | undefined;
  /** The address that is signed: the public one, where the hub has one. Default: the one that is asked. */
  readonly signedUrl?: () => string | undefined;
  /** Waits before each repetition. Default: 1 s, 10 s, a minute; HubSpot repeats ten times within a day. */
  readonly repeatMs?: readonly number[];
}

/** What happened to a record, as an app's subscription tells it. */
export interface HubspotFact {
  readonly subscriptionType: string;
  readonly objectId: string;
  readonly propertyName?: string;
  readonly propertyValue?: string;
}

/** A webhook that was sent, for the page. */
export interface SentHubspotWebhook {
  readonly what: string;
  readonly sentMs: number;
  /** In words: the status, or why there was none. */
  readonly answer: string;
}

/** HubSpot gives up after 5 s (changelog on webhooks). */
const answerMsMax = 5_000;
const usualRepeatMs = [1000, 10_000, 60_000];
const keptMax = 20;
const portalId = 4711;

/**
 * Sends what happened as HubSpot does: an array of events, signed with v3 over method, address, raw body and time, signed
 * anew at each repetition. Keeps what became of the newest 20.
 */
export function createHubspotWebhooks(target: HubspotWebhookTarget | undefined, clock: Clock) {
  const sent: SentHubspotWebhook[] = [];
  const stopping = new AbortController();
  const waiting = new Set<NodeJS.Timeout>();
  let events = 0;

  function keep(what: string, answer: string): void {
    sent.unshift({ what, sentMs: clock.nowMs(), answer });
    sent.splice(keptMax);
  }

  async function post(fact: HubspotFact, event: object, attemptNumber: number): Promise<void> {
    const url = target?.url();
    const what = [fact.subscriptionType, fact.propertyName, fact.objectId].join(' ');
    if (target === undefined || url === undefined) {
      keep(what, 'not sent: this sandbox knows no hub');
      return;
    }
    const body = JSON.stringify([{ ...event, attemptNumber }]);
    const timestamp = String(clock.nowMs());
    const signature = createHmac('sha256', target.clientSecret)
      .update(`POST${target.signedUrl?.() ?? url}${body}${timestamp}`)
      .digest('base64');
    const answer = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'x-hubspot-request-timestamp': timestamp,
        'x-hubspot-signature-v3': signature,
      },
      body,
      signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(answerMsMax)]),
    }).catch(() => undefined);
    await answer?.body?.cancel();
    keep(what, answer === undefined ? 'no answer' : `answered ${answer.status}`);
    const waitMs = (target.repeatMs ?? usualRepeatMs)[attemptNumber];
    if (answer?.ok !== true && waitMs !== undefined && !stopping.signal.aborted) {
      const repeat = setTimeout(() => {
        waiting.delete(repeat);
        void post(fact, event, attemptNumber + 1);
      }, waitMs);
      waiting.add(repeat.unref());
    }
  }

  return {
    /** Newest first. */
    sent: (): readonly SentHubspotWebhook[] => sent,

    /** Sends one fact; resolves when the hub has answered or has had its time. */
    async send(fact: HubspotFact): Promise<void> {
      events += 1;
      const occurredAt = clock.nowMs();
      const { subscriptionType, objectId, propertyName, propertyValue } = fact;
      await post(
        fact,
        {
          eventId: events,
          subscriptionId: 1,
          portalId,
          appId: 1,
          occurredAt,
          subscriptionType,
          objectId: Number(objectId),
          ...(propertyName === undefined ? {} : { propertyName, propertyValue }),
          changeSource: 'CRM_UI',
        },
        0,
      );
    },

    stop(): void {
      stopping.abort();
      for (const repeat of waiting) {
        clearTimeout(repeat);
      }
    },
  };
}

export type HubspotWebhooks = ReturnType<typeof createHubspotWebhooks>;
