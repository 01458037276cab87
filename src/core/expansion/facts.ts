import { purchasedMs } from '../account/purchases.ts';
import type { AccountState } from '../account/state.ts';
import type { DecisionRecord } from '../decision/record.ts';
import { refusalInWords } from '../decision/explanation.ts';
import { contextRefusal } from '../guardrail/context-refusal.ts';
import type { Playbook } from '../playbook.ts';
import type { LifeState } from '../prompt/life.ts';
import type { Channel } from '../prompt/prompt.ts';

/**
 * What came of a prompt, as far as it is known. `asked`: on its way; `waiting`: shown or sent, no answer; `not_seen`: its
 * time is over and nothing says that anybody saw it; `followed_up`: an e-mail follows it, which is a prompt of its own.
 */
export type PromptAnswer =
  | 'asked'
  | 'waiting'
  | 'seen'
  | 'clicked'
  | 'dismissed'
  | 'ignored'
  | 'not_seen'
  | 'followed_up'
  | 'converted';

/** One prompt of the account that reached somebody, or may yet. */
export interface PromptFact {
  readonly offerId: string;
  readonly family: string;
  readonly channel: Channel;
  readonly userId: string;
  /** When it was decided, epoch ms. */
  readonly timeMs: number;
  readonly answer: PromptAnswer;
  /** When the account bought, epoch ms; there for `converted`. */
  readonly convertedMs: number | undefined;
}

/** All that the expansion state is made of, and nothing else. */
export interface ExpansionFacts {
  readonly accountId: string;
  readonly account: Pick<
    AccountState,
    'counters' | 'traits' | 'signedUpMs' | 'purchases' | 'waiting'
  >;
  /** Oldest first. */
  readonly prompts: readonly PromptFact[];
  /** The newest purchase that nothing took back since; of an upgrade also where only the plans tell of it. */
  readonly bought: { readonly family: string; readonly timeMs: number } | undefined;
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
  playbook: Playbook,
  nowMs: number,
): ExpansionFacts {
  const refusal = contextRefusal(account.context, playbook.guardrails, nowMs);
  return {
    accountId,
    account,
    prompts: account.touches.flatMap(({ offerId, family, channel, userId, timeMs, state, at }) => {
      const answer = answers[state];
      return answer === undefined
        ? []
        : [{ offerId, family, channel, userId, timeMs, answer, convertedMs: at.converted }];
    }),
    bought: boughtOf(account, playbook),
    decisions,
    suppression:
      refusal === undefined
        ? undefined
        : {
            why: refusalInWords(refusal),
            untilMs: refusal.reason === 'support_ticket' ? refusal.untilMs : undefined,
          },
  };
}

/** What a state of a prompt's life is as an answer; undefined: surely nobody ever got it. */
const answers: Readonly<Record<LifeState, PromptAnswer | undefined>> = {
  queued: 'asked',
  claimed: 'asked',
  sent: 'waiting',
  unknown: 'waiting',
  refused: undefined,
  expired: undefined,
  seen: 'seen',
  clicked: 'clicked',
  dismissed: 'dismissed',
  ignored: 'ignored',
  not_seen: 'not_seen',
  followed_up: 'followed_up',
  converted: 'converted',
};

function boughtOf(account: AccountState, playbook: Playbook): ExpansionFacts['bought'] {
  const { bought, downgradedMs } = account.purchases;
  let newest: ExpansionFacts['bought'];
  for (const family of new Set([...bought.keys(), 'upgrade'])) {
    const timeMs = purchasedMs(account, family, playbook);
    const isKept = timeMs !== undefined && timeMs > (downgradedMs ?? 0);
    if (isKept && (newest === undefined || timeMs > newest.timeMs)) {
      newest = { family, timeMs };
    }
  }
  return newest;
}
