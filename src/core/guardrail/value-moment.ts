import type { AccountState } from '../account/state.ts';
import { readCounter } from '../counter/counter.ts';
import type { Playbook } from '../playbook.ts';
import type { Refusal } from './refusal.ts';

/** Nothing is offered before the account got value out of the product: the first guardrail of all. */
export function valueMomentRefusal(
  account: AccountState,
  playbook: Playbook,
  nowMs: number,
): Refusal | undefined {
  const { counter, signal, atLeast } = playbook.valueMoment;
  const held = account.counters.get(counter);
  const count = held === undefined ? 0 : readCounter(held, counter, nowMs, undefined).value;
  return count >= atLeast
    ? undefined
    : { reason: 'value_moment_not_reached', signal, count, atLeast };
}
