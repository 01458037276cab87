import { createHmac } from 'node:crypto';
import { secondMs } from '../core/duration.ts';

/** What a person confirmed, as the customer's webhook gets it. The same each time it is asked for one decision. */
export interface UpgradeOrder {
  readonly decisionId: string;
  readonly accountId: string;
  readonly userId: string | undefined;
  readonly offerId: string;
  /** The plan to move to; undefined for an add-on. */
  readonly plan: string | undefined;
  /** What the page showed, in cents. */
  readonly monthlyPriceCents: number;
  readonly currency: string | undefined;
  /** When the person first confirmed, epoch ms. */
  readonly confirmedMs: number;
}

/**
 * `done`: answered 2xx, the upgrade is in force. `failed`: surely not made, may be asked again. `unknown`: asked, and
 * whether it was made is not known.
 */
export type UpgradeOutcome = 'done' | 'failed' | 'unknown';

/** Asks the customer's webhook once. Never throws. */
export type UpgradeWebhook = (order: UpgradeOrder, nowMs: number) => Promise<UpgradeOutcome>;

/** Where the customer's webhook is, and what signs the calls. */
export interface UpgradeWebhookConfig {
  readonly url: string;
  readonly secret: string;
  /** Longest wait for the answer; default 10 s, which a person still waits. */
  readonly timeoutMs?: number;
}

/** Codes of a connection that was never made: nothing was asked. */
const neverAsked =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$|^CERT_|_CERT_|_CERT$/u;

/**
 * The customer's upgrade webhook (docs/links.md): a POST of JSON with `Idempotency-Key`, the decision id, and
 * `X-Motisig-Signature: t=<seconds>,v1=<hex>`, the HMAC-SHA256 of `<seconds>.<body>`. A redirect is not followed, because
 * the signature was made for this address. 502, 504 and 408 come from something in between, which does not know whether
 * the receiver acted, so they are `unknown`, as are a time-out and a reset; every other answer but 2xx is the receiver's no.
 */
export function createUpgradeWebhook(config: UpgradeWebhookConfig): UpgradeWebhook {
  return async (order, nowMs) => {
    const body = JSON.stringify({ type: 'upgrade.confirmed', ...order });
    const seconds = Math.floor(nowMs / secondMs);
    const signature = createHmac('sha256', config.secret)
      .update(`${seconds}.${body}`)
      .digest('hex');
    try {
      const response = await fetch(config.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': order.decisionId,
          'x-motisig-signature': `t=${seconds},v1=${signature}`,
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(config.timeoutMs ?? 10 * secondMs),
      });
      await response.body?.cancel();
      return outcomeOf(response.status);
    } catch (error) {
      return neverAsked.test(codeOf(error)) ? 'failed' : 'unknown';
    }
  };
}

function outcomeOf(status: number): UpgradeOutcome {
  if (status >= 200 && status < 300) {
    return 'done';
  }
  return [408, 502, 504].includes(status) ? 'unknown' : 'failed';
}

/** Node's fetch wraps what the socket said; of several addresses tried, the first speaks for all. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const first = cause instanceof AggregateError ? cause.errors[0] : cause;
  return first instanceof Error && 'code' in first ? String(first.code) : '';
}
