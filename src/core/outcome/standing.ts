import type { AccountState } from '../account/state.ts';
import { type AskedStage, askedStageOf } from '../expansion/asked-stage.ts';
import { factsOf } from '../expansion/facts.ts';
import type { Playbook } from '../playbook.ts';

/**
 * Where an account stands with its prompts: the stage that the CRM shows, but for what usage alone makes of it (ready,
 * warming, quiet), which is `quiet` here.
 */
export type Standing = 'quiet' | AskedStage['stage'];

/** In the order of their numbers in the packed account; only ever added to. */
export const standings = [
  'quiet',
  'prompted',
  'resting',
  'won',
  'suppressed',
] as const satisfies readonly Standing[];

/** The standing at a time, and when time alone ends it, epoch ms. */
export function standingOf(
  accountId: string,
  account: AccountState,
  playbook: Playbook,
  nowMs: number,
): { readonly standing: Standing; readonly untilMs: number | undefined } {
  const asked = askedStageOf(factsOf(accountId, account, [], playbook, nowMs), playbook, nowMs);
  return { standing: asked?.stage ?? 'quiet', untilMs: asked?.untilMs };
}
