import { createHmac, timingSafeEqual } from 'node:crypto';
import { dayMs, secondMs } from '../core/duration.ts';
import type { Prompt, PromptLinks } from '../core/prompt/prompt.ts';

/** What a link does when a person confirms it. */
export type LinkAction = 'go' | 'dismiss' | 'unsubscribe';

/** What a token says. The decision's record has the rest: account, user, offer, target. */
export interface LinkClaim {
  readonly decisionId: string;
  readonly expiresMs: number;
}

/** A token that was read: it is ours and alive, it is ours and over, or it was not made here for this action. */
export type ReadToken =
  | { readonly kind: 'valid'; readonly claim: LinkClaim }
  | { readonly kind: 'expired'; readonly claim: LinkClaim }
  | { readonly kind: 'forged' };

/** A link in an e-mail is opened weeks later; the ledger entry that it needs lives 90 days (store/state-store). */
const lifeMs: Readonly<Record<LinkAction, number>> = {
  go: 30 * dayMs,
  dismiss: 30 * dayMs,
  // An unsubscribe link must work for at least 30 days after the message (CAN-SPAM). It works for as long as the ledger
  // knows whom the message was for: links/desk takes one that is over as well.
  unsubscribe: 60 * dayMs,
};

/** Signs with HMAC-SHA256 over action, decision and expiry: a token for one action opens no other. */
export function signToken(action: LinkAction, claim: LinkClaim, secret: string): string {
  const text = `${claim.decisionId}.${Math.floor(claim.expiresMs / secondMs).toString(36)}`;
  return `${text}.${signatureOf(action, text, secret)}`;
}

/** Reads a token without trusting it. */
export function readToken(
  action: LinkAction,
  token: string,
  secret: string,
  nowMs: number,
): ReadToken {
  const [decisionId, expires, signature, ...more] = token.split('.');
  if (decisionId === undefined || expires === undefined || signature === undefined) {
    return { kind: 'forged' };
  }
  const expected = Buffer.from(signatureOf(action, `${decisionId}.${expires}`, secret));
  const given = Buffer.from(signature);
  if (more.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return { kind: 'forged' };
  }
  const claim = { decisionId, expiresMs: Number.parseInt(expires, 36) * secondMs };
  return { kind: nowMs < claim.expiresMs ? 'valid' : 'expired', claim };
}

/** Makes the addresses of a prompt. The same prompt gets the same addresses, however often it is asked for. */
export function createLinkMaker(
  publicUrl: string,
  secret: string,
): (prompt: Pick<Prompt, 'decisionId' | 'decidedMs'>) => PromptLinks {
  const base = publicUrl.replace(/\/+$/u, '');
  return ({ decisionId, decidedMs }) => {
    const address = (action: LinkAction): string =>
      `${base}/${action}/${signToken(action, { decisionId, expiresMs: decidedMs + lifeMs[action] }, secret)}`;
    return {
      go: address('go'),
      dismiss: address('dismiss'),
      unsubscribe: address('unsubscribe'),
    };
  };
}

function signatureOf(action: LinkAction, text: string, secret: string): string {
  return createHmac('sha256', secret).update(`${action}:${text}`).digest('base64url');
}
