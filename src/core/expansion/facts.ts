import type { AccountState } from '../account/state.ts';
import type { DecisionRecord } from '../decision/record.ts';

/** What a person did with a prompt, as far as it is known. `asked`: on its way; `waiting`: shown or sent, no answer. */
export type PromptAnswer = 'asked' | 'waiting' | 'seen' | 'clicked' | 'dismissed' | 'converted';

/** One prompt of the account. */
export interface PromptFact {
  readonly offerId: string;
  readonly userId: string;
  /** When it was decided, epoch ms. */
  readonly timeMs: number;
  readonly answer: PromptAnswer;
}

/** All that the expansion state is made of, and nothing else. */
export interface ExpansionFacts {
  readonly accountId: string;
  readonly account: Pick<AccountState, 'counters' | 'traits' | 'signedUpMs'>;
  /** Oldest first. */
  readonly prompts: readonly PromptFact[];
  /** The newest decisions, newest first. Those beyond `signalLifeMs` add nothing. */
  readonly decisions: readonly DecisionRecord[];
  /** Why nothing may be offered, and until when (epoch ms; undefined: until somebody lifts it). */
  readonly suppression: { readonly why: string; readonly untilMs: number | undefined } | undefined;
}

/** The facts of an account as the store and the ledger have them. The one place that knows the shape of touches. */
export function factsOf(
  accountId: string,
  account: AccountState,
  decisions: readonly DecisionRecord[],
): ExpansionFacts {
  return {
    accountId,
    account,
    prompts: account.touches.map(({ offerId, userId, timeMs, state }) => ({
      offerId,
      userId,
      timeMs,
      answer: state === 'asked' ? 'asked' : 'waiting',
    })),
    decisions,
    suppression: undefined,
  };
}
