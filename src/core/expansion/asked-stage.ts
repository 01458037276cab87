import { planOf } from '../account/plan-of.ts';
import { dayMs } from '../duration.ts';
import type { Playbook } from '../playbook.ts';
import type { ExpansionFacts, PromptFact } from './facts.ts';

/** What the stage is made of besides usage. */
export type AskedFacts = Pick<ExpansionFacts, 'account' | 'prompts' | 'bought' | 'suppression'>;

/** The stage of an account that was asked, bought or is left alone. */
export interface AskedStage {
  readonly stage: 'suppressed' | 'won' | 'prompted' | 'resting';
  /** The prompt that it is about; undefined when it is about none. */
  readonly prompt: PromptFact | undefined;
  /** When it ends by time alone, epoch ms. */
  readonly untilMs: number | undefined;
}

const wonLifeMs = 90 * dayMs;

/**
 * The stage as far as prompts, purchases and circumstances make it, the first that holds: suppressed, won, prompted,
 * resting. Undefined: usage alone says where the account stands. Both the CRM and the outcomes tell it.
 */
export function askedStageOf(
  facts: AskedFacts,
  playbook: Playbook,
  nowMs: number,
): AskedStage | undefined {
  const { suppression, prompts } = facts;
  const prompt = prompts.at(-1);
  if (suppression !== undefined && (suppression.untilMs ?? Number.POSITIVE_INFINITY) > nowMs) {
    return { stage: 'suppressed', prompt, untilMs: suppression.untilMs };
  }
  const won = saleOf(facts, playbook);
  if (won !== undefined && nowMs < won.timeMs + wonLifeMs) {
    return { stage: 'won', prompt: won.prompt, untilMs: won.timeMs + wonLifeMs };
  }
  if (prompt !== undefined && prompt.answer !== 'asked') {
    const openUntilMs = prompt.timeMs + playbook.guardrails.openMs;
    if (isUnanswered(prompt) && nowMs < openUntilMs) {
      return { stage: 'prompted', prompt, untilMs: openUntilMs };
    }
    const restsUntilMs = prompt.timeMs + playbook.guardrails.cooldownMs.account;
    if (nowMs < restsUntilMs) {
      return { stage: 'resting', prompt, untilMs: restsUntilMs };
    }
  }
  return undefined;
}

/** Whether the person may still take it: it was not turned down, and its time is not over. */
function isUnanswered({ answer }: PromptFact): boolean {
  return answer === 'waiting' || answer === 'seen' || answer === 'clicked';
}

/**
 * The newest sale and the prompt that it is owed to, if any. Undefined where there is none, or the account was asked for
 * something else since: then that is what it stands at.
 */
function saleOf(
  facts: AskedFacts,
  playbook: Playbook,
): { readonly timeMs: number; readonly prompt: PromptFact | undefined } | undefined {
  const prompt = facts.prompts.findLast((one) => wonAtMs(one, facts, playbook) !== undefined);
  const byPromptMs = prompt === undefined ? undefined : wonAtMs(prompt, facts, playbook);
  const timeMs = Math.max(byPromptMs ?? Number.NEGATIVE_INFINITY, facts.bought?.timeMs ?? 0);
  // One on its way may still be taken back: nobody was asked yet.
  const newest = facts.prompts.findLast(({ answer }) => answer !== 'asked');
  const isAskedSince = newest !== undefined && newest !== prompt && newest.timeMs > timeMs;
  if ((prompt === undefined && facts.bought === undefined) || isAskedSince) {
    return undefined;
  }
  return { timeMs, prompt: byPromptMs === timeMs ? prompt : undefined };
}

/**
 * When the prompt was won, epoch ms: it converted, its family was bought after it, or the plan that it offered came into
 * force after it.
 */
export function wonAtMs(
  prompt: PromptFact,
  facts: AskedFacts,
  playbook: Playbook,
): number | undefined {
  if (prompt.convertedMs !== undefined) {
    return prompt.convertedMs;
  }
  const { bought } = facts;
  if (bought !== undefined && bought.family === prompt.family && bought.timeMs >= prompt.timeMs) {
    return bought.timeMs;
  }
  const offer = playbook.offers.get(prompt.offerId);
  const trait = facts.account.traits.get(playbook.plan.trait);
  const isInForce =
    offer?.sells.kind === 'plan' &&
    playbook.plan.subject === 'account' &&
    planOf(facts.account, undefined, playbook).plan?.id === offer.sells.plan;
  return isInForce && trait !== undefined && trait.timeMs >= prompt.timeMs
    ? trait.timeMs
    : undefined;
}
