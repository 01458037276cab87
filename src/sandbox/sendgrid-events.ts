import { randomBytes } from 'node:crypto';
import type { Clock } from '../core/ports.ts';
import type { WebhookKey } from './sendgrid-key.ts';
import type { SandboxEmail } from './sendgrid-outbox.ts';

/** What a person or a mail server can do with an e-mail, by the name of the button that plays it. */
export const reactions = {
  open: 'Opens it',
  machine_open: 'A proxy opens it',
  click: 'Clicks the button',
  bounce: 'The address does not exist',
  blocked: 'The server refuses it for now',
  dropped: 'SendGrid drops it (unsubscribed address)',
  spamreport: 'Reports spam',
  group_unsubscribe: 'Leaves the group of offers',
  group_resubscribe: 'Comes back to the group',
  unsubscribe: 'Leaves all e-mails',
} as const;

/** A kind of event that the stand-in reports. */
export type SandboxReaction = keyof typeof reactions | 'processed' | 'delivered';

/** Whether a text names a reaction that has a button. */
export function isReaction(name: string): name is keyof typeof reactions {
  return Object.hasOwn(reactions, name);
}

/** How SendGrid words each; keys as in its Event Webhook reference (2021) and its Email Logs description (2025-11-06). */
const worded: Readonly<Record<SandboxReaction, Readonly<Record<string, unknown>>>> = {
  processed: { event: 'processed', 'smtp-id': '<sandbox@localhost>' },
  delivered: { event: 'delivered', 'smtp-id': '<sandbox@localhost>', response: '250 OK', tls: 1 },
  open: { event: 'open', useragent: 'Mozilla/5.0', ip: '203.0.113.7' },
  machine_open: {
    event: 'open',
    useragent: 'Mozilla/5.0',
    ip: '203.0.113.8',
    sg_machine_open: true,
  },
  click: {
    event: 'click',
    useragent: 'Mozilla/5.0',
    ip: '203.0.113.7',
    url: 'https://example.com/',
  },
  bounce: { event: 'bounce', type: 'bounce', status: '5.1.1', reason: '550 5.1.1 unknown user' },
  blocked: { event: 'bounce', type: 'blocked', status: '4.2.1', reason: '450 4.2.1 try later' },
  dropped: { event: 'dropped', reason: 'Unsubscribed Address', 'smtp-id': '<sandbox@localhost>' },
  spamreport: { event: 'spamreport' },
  group_unsubscribe: { event: 'group_unsubscribe', useragent: 'Mozilla/5.0', ip: '203.0.113.9' },
  group_resubscribe: { event: 'group_resubscribe', useragent: 'Mozilla/5.0', ip: '203.0.113.9' },
  unsubscribe: { event: 'unsubscribe' },
};

/** Events that carry the group that the message was sent to. */
const grouped = new Set<SandboxReaction>(['group_unsubscribe', 'group_resubscribe']);

/** One element of a webhook body. The message's custom arguments stand among the other keys. */
export function eventOf(email: SandboxEmail, reaction: SandboxReaction, nowMs: number) {
  return {
    email: email.to.email,
    timestamp: Math.floor(nowMs / 1000),
    sg_event_id: randomBytes(16).toString('base64url'),
    sg_message_id: `${email.messageId}.recvd-sandbox-0`,
    ...(email.categories.length === 0 ? {} : { category: email.categories }),
    ...(grouped.has(reaction) ? { asm_group_id: email.unsubscribeGroup ?? 0 } : {}),
    ...worded[reaction],
    ...email.customArgs,
  };
}

/** What signs the webhooks, and where they go. */
export interface WebhookSenderParts {
  readonly key: WebhookKey;
  /** Where the hub takes events; undefined while nobody does. */
  readonly url: () => string | undefined;
  readonly clock: Clock;
  readonly log: { info(sentence: string): void };
}

/** Waits before each repetition; SendGrid repeats for 24 hours, a stand-in for as long as a restart takes. */
const repeatMs = [1000, 5000, 30_000, 120_000];

/** Sends signed batches to the hub, and repeats those that it did not take. */
export function createWebhookSender({ key, url, clock, log }: WebhookSenderParts) {
  const waiting = new Set<NodeJS.Timeout>();
  const stopping = new AbortController();

  /** Gives the hub's status; undefined when nobody answered or nobody is there to be told. */
  async function ask(body: Buffer): Promise<number | undefined> {
    const to = url();
    if (to === undefined) {
      return undefined;
    }
    // Like SendGrid, each repetition is signed anew: a wrong clock is no reason to lose it.
    const timestamp = String(Math.floor(clock.nowMs() / 1000));
    try {
      const response = await fetch(to, {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(10_000)]),
        headers: {
          'content-type': 'application/json',
          'x-twilio-email-event-webhook-timestamp': timestamp,
          'x-twilio-email-event-webhook-signature': key.sign(timestamp, body),
        },
        body: new Uint8Array(body),
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      return undefined;
    }
  }

  async function send(body: Buffer, tries: number): Promise<boolean> {
    const status = await ask(body);
    if (status !== undefined && status >= 200 && status < 300) {
      return true;
    }
    const waitMs = repeatMs[tries];
    if (stopping.signal.aborted || url() === undefined) {
      return false;
    }
    if (waitMs === undefined) {
      log.info(
        `the hub did not take a report of the stand-in of SendGrid (${status ?? 'no answer'}); it is given up.`,
      );
      return false;
    }
    const timer = setTimeout(() => {
      waiting.delete(timer);
      void send(body, tries + 1);
    }, waitMs);
    timer.unref();
    waiting.add(timer);
    return false;
  }

  return {
    /** True when the hub took it at once; otherwise it is repeated a few times in the background. The bytes end as SendGrid's do. */
    report: (events: readonly ReturnType<typeof eventOf>[]): Promise<boolean> =>
      send(Buffer.from(`${JSON.stringify(events)}\r\n`), 0),
    close(): void {
      stopping.abort();
      for (const timer of waiting) {
        clearTimeout(timer);
      }
      waiting.clear();
    },
  };
}
