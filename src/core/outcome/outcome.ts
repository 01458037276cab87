import type { Scalar } from '../event/event.ts';

/** The catalogue of what the hub tells the world about its prompts (docs/outcomes.md). Names are public: never change one. */
export const outcomeNames = [
  'Expansion Signal Detected',
  'Prompt Decided',
  'Prompt Shown',
  'Prompt Clicked',
  'Prompt Dismissed',
  'Prompt Ignored',
  'Prompt Followed Up',
  'Prompt Converted',
  'Account State Changed',
] as const;
export type OutcomeName = (typeof outcomeNames)[number];

/** Whom an outcome is about: the user, or the visitor who is no user yet. */
export type OutcomePerson = { readonly userId: string } | { readonly anonymousId: string };

/** One thing that came of what people did. Holds no e-mail address and no words of a prompt. */
export interface Outcome {
  /** 40 hex characters, the same however often the step that made it is repeated. */
  readonly id: string;
  readonly name: OutcomeName;
  /** When it happened, epoch ms. */
  readonly timeMs: number;
  readonly accountId: string;
  readonly person: OutcomePerson;
  readonly properties: Readonly<Record<string, Scalar>>;
}

/** What the receiver said to a batch of outcomes. */
export type Reported =
  | { readonly kind: 'accepted' }
  /** Final: asking again with the same batch changes nothing. */
  | { readonly kind: 'refused' }
  /** May or may not have been taken; asking again is harmless, because the receiver knows the ids. */
  | { readonly kind: 'unavailable'; readonly retryAfterMs: number | undefined };
