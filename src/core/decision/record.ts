import type { Channel } from '../prompt/prompt.ts';
import type { AccountSize } from '../model/size.ts';
import type { Refusal } from '../guardrail/refusal.ts';

/** The arithmetic of one candidate offer (decision model dm1, section 6). Money in units of the playbook's currency, probabilities 0 to 1. */
export interface CandidateArithmetic {
  readonly offerId: string;
  readonly channel: Channel;
  readonly triggerId: string;
  readonly signalKind: SignalKind;
  /** Chance of buying within the attribution window, asked and not asked. */
  readonly promptProbability: number;
  readonly holdProbability: number;
  /** What recent prompts leave of the effect, 0 to 1. */
  readonly fatigueFactor: number;
  readonly uplift: number;
  /** Worth of a sale, of the churn it avoids, price of asking, and `uplift * (saleValue + churnAvoided) - askingCost`. */
  readonly saleValue: number;
  readonly churnAvoided: number;
  readonly askingCost: number;
  readonly expectedValue: number;
}

/** The five signals of the product, and `none` for a rule of the customer's own. They choose the priors. */
export type SignalKind = 'limit' | 'power' | 'team' | 'explore' | 'adjacent' | 'none';

/** A trigger that fired, with the numbers that made it. */
export interface FiredTrigger {
  readonly triggerId: string;
  readonly signalKind: SignalKind;
  readonly subject: 'user' | 'account';
  /** How strong a sign it is, 0 to 1. */
  readonly strength: number;
  /** In words with numbers: `reports_used 10 of 10 (100 %) reached 100 %`. */
  readonly because: string;
  /** What copy can quote. */
  readonly evidence: Readonly<Record<string, string | number | boolean>>;
}

/** Why one offer, or all, was refused. */
export interface RefusedOffer {
  readonly offerId: string;
  readonly triggerId: string;
  readonly refusal: Refusal;
}

/** An offer on a channel as the choice saw it, in the record of a decision that learns (dm1 section 9). */
export interface ArmRecord {
  readonly key: string;
  readonly family: string;
  readonly signal: SignalKind;
  /** Beliefs as Beta(alpha, beta), and the episodes and conversions that were counted: 1 asked, 0 not asked. */
  readonly alpha1: number;
  readonly beta1: number;
  readonly n1: number;
  readonly y1: number;
  readonly alpha0: number;
  readonly beta0: number;
  readonly n0: number;
  readonly y0: number;
  readonly meanP1: number;
  readonly meanP0: number;
  readonly saleValue: number;
  readonly churnTerm: number;
  readonly cost: number;
  readonly meanEv: number | undefined;
  /** Share of the draws in which it is worth more than nothing; below 5 % it is not safe. */
  readonly pPlus: number;
  readonly isSafe: boolean;
  /** The probability with which it was chosen. */
  readonly pi: number;
  readonly isBadInput: boolean;
}

/** What a decision left to chance, and with which probabilities (dm1 sections 8 and 9). */
export interface LearningRecord {
  readonly model: 'dm1';
  readonly snapshotId: string;
  readonly isHoldout: boolean;
  readonly arms: readonly ArmRecord[];
  readonly piNone: number;
  readonly u01: number;
  /** The key of the arm that was picked, or `none`. A holdout account is not shown it. */
  readonly picked: string;
  /** Why nothing was shown; undefined: something was. */
  readonly silence: 'holdout' | 'chance' | 'worth_less' | undefined;
  readonly fatigueFactor: number;
  /** What the account pays a month, in units of currency; imputed: its plan is not known, and it is the median of all. */
  readonly mrr: number;
  readonly isMrrImputed: boolean;
  /** By which size it was compared, where the playbook tells sizes apart. */
  readonly size?: AccountSize | undefined;
}

/** One decision point: a trigger fired and an offer, or nothing, was chosen. Append-only. */
export interface DecisionRecord {
  readonly decisionId: string;
  readonly decidedMs: number;
  readonly accountId: string;
  /** The user whom the prompt speaks to; undefined for an anonymous visitor. */
  readonly userId: string | undefined;
  /** Why them (`Addressee`), and who acted where that is somebody else. */
  readonly addressed?: { readonly as: 'actor' | 'buyer' | 'asker'; readonly actorId: string };
  readonly playbookVersion: string;
  readonly mode: 'live' | 'shadow';
  /** The in-app prompt that this decision would follow with an e-mail; undefined for a first prompt. */
  readonly followsId: string | undefined;
  readonly cause: {
    readonly messageId: string;
    readonly name: string;
    readonly timeMs: number;
    readonly receivedMs: number;
  };
  readonly fired: readonly FiredTrigger[];
  readonly refused: readonly RefusedOffer[];
  /** Guarded candidates, best first; all but the first lost by their expected value. */
  readonly candidates: readonly CandidateArithmetic[];
  /** The offer, or undefined for nothing. */
  readonly chosen: string | undefined;
  /** One sentence from the fields above. */
  readonly explanation: string;
  /** An e-mail that waits for the end of the quiet hours does not leave before, epoch ms; undefined: it leaves at once. */
  readonly notBeforeMs?: number | undefined;
  /** The words of the prompt, when there is one. */
  readonly words: Readonly<Record<string, string>> | undefined;
  /** Where the playbook lets the hub learn; not for an e-mail that follows, which belongs to its first prompt's episode. */
  readonly learning?: LearningRecord | undefined;
}
