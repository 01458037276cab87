import { lasts } from '../account/context.ts';
import type { AccountState, ActiveMember } from '../account/state.ts';
import { hourMs } from '../duration.ts';
import type { Offer, Playbook } from '../playbook.ts';
import type { Prompt } from '../prompt/prompt.ts';

/**
 * The last look before a prompt is claimed: whether it would break a promise (docs, promises 3 to 6), computed from the
 * facts anew and not from what the guardrails said. Undefined: it keeps all of them. Anything else is a fault of the hub;
 * the prompt does not go out, and the operator is told.
 */
export function promiseBroken(
  prompt: Prompt,
  offer: Offer,
  account: AccountState,
  member: ActiveMember | undefined,
  playbook: Playbook,
  nowMs: number,
): string | undefined {
  const { guardrails } = playbook;
  const signups = [account.signedUpMs, member?.signedUpMs];
  if (signups.some((at) => at !== undefined && nowMs < at + guardrails.afterSignupMs)) {
    return 'never at signup';
  }
  const ticketMs = account.context.newestTicketMs;
  if (ticketMs !== undefined && nowMs < ticketMs + 24 * hourMs) {
    return 'never within 24 h of a support ticket';
  }
  if (lasts(account.context, 'opted_out')) {
    return 'never after an opt-out';
  }
  if (prompt.channel === 'sendgrid' && !mayBeMailed(prompt, offer, account, playbook)) {
    return 'e-mail only after the in-app prompt was seen and not taken, or where the playbook says so';
  }
  if (account.touches.some((touch) => touch.decisionId === prompt.decisionId)) {
    return 'never twice';
  }
  if (Object.values(prompt.words).some((text) => text.trim() === '')) {
    return 'never with a missing value';
  }
  return undefined;
}

function mayBeMailed(
  prompt: Prompt,
  offer: Offer,
  account: AccountState,
  { guardrails }: Playbook,
): boolean {
  if (prompt.followsId === undefined) {
    return offer.delivery === 'email_alone';
  }
  const followed = account.touches.find((touch) => touch.decisionId === prompt.followsId);
  if (followed === undefined || followed.channel === 'sendgrid') {
    return false;
  }
  const wasSeen = followed.at.seen !== undefined || followed.at.dismissed !== undefined;
  return wasSeen || (guardrails.whenNotSeen === 'email' && followed.state === 'not_seen');
}
