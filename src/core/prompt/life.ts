/**
 * Where a prompt stands, from the decision to what came of it. The send ledger knows the first half (queued, claimed and
 * the channel's answer), the account's memory of its prompts all of it.
 */
export type LifeState =
  /** Decided and counted against the caps; nobody was asked yet. */
  | 'queued'
  /** A worker has the right to ask the channel. */
  | 'claimed'
  /** The channel has it. */
  | 'sent'
  /** Asked, no answer: counted as sent, never asked again. */
  | 'unknown'
  /** Surely never reached anybody: refused by the channel, a guardrail or a switch. */
  | 'refused'
  /** Surely never sent: its moment had passed. */
  | 'expired'
  /** The person saw it, by a receipt or as presumed. */
  | 'seen'
  | 'clicked'
  | 'dismissed'
  /** Seen and not taken until its time was over. */
  | 'ignored'
  /** Nothing says that the person saw it until its time was over. */
  | 'not_seen'
  /** The e-mail that follows it was decided. */
  | 'followed_up'
  /** The account bought. */
  | 'converted';

/** All states, in the order of a life; packed by their place, so new ones go to the end. */
export const lifeStates = [
  'queued',
  'claimed',
  'sent',
  'unknown',
  'refused',
  'expired',
  'seen',
  'clicked',
  'dismissed',
  'ignored',
  'not_seen',
  'followed_up',
  'converted',
] as const satisfies readonly LifeState[];

/*
 * A reaction may overtake the channel's answer, so `queued` and `claimed` lead to what a person does with a prompt as well;
 * buying is no proof that it was shown. Nothing leads out of `refused` and `expired` (nobody got it) and of `converted`.
 */
const reactions = ['seen', 'clicked', 'dismissed'] as const;

/** Every change that is allowed. All others are refused. */
export const allowedChanges: Readonly<Record<LifeState, readonly LifeState[]>> = {
  queued: ['claimed', 'sent', 'unknown', 'refused', 'expired', ...reactions],
  claimed: ['queued', 'sent', 'unknown', 'refused', 'expired', ...reactions],
  sent: ['not_seen', 'converted', ...reactions],
  unknown: ['sent', 'not_seen', 'converted', ...reactions],
  refused: [],
  expired: [],
  seen: ['clicked', 'dismissed', 'ignored', 'converted'],
  clicked: ['converted'],
  dismissed: ['clicked', 'followed_up', 'converted'],
  ignored: ['clicked', 'dismissed', 'followed_up', 'converted'],
  not_seen: ['seen', 'clicked', 'dismissed', 'followed_up', 'converted'],
  followed_up: ['clicked', 'converted'],
  converted: [],
};

/** Whether a prompt may go from one state to another. Staying is no change. */
export function mayBecome(from: LifeState, to: LifeState): boolean {
  return allowedChanges[from].includes(to);
}

/** Waiting to be sent: it can still be taken back. */
export function isWaiting(state: LifeState): boolean {
  return state === 'queued' || state === 'claimed';
}

/** Whether it reached a person, or may have: such a prompt counts for ever against caps and cooldowns. */
export function isOut(state: LifeState): boolean {
  return !isWaiting(state) && state !== 'refused' && state !== 'expired';
}
