import type { Plan, Playbook } from '../playbook.ts';
import type { AccountState, ActiveMember } from './state.ts';

/** The plan in force: the id as traits say it (or the playbook's default), and the plan where the playbook knows it. */
export interface PlanInForce {
  readonly id: string | undefined;
  readonly plan: Plan | undefined;
}

/** Reads the plan from the traits of the account, or of the user where the playbook sells to users. Names compare without case. */
export function planOf(
  account: Pick<AccountState, 'traits'>,
  member: ActiveMember | undefined,
  playbook: Playbook,
): PlanInForce {
  const traits = playbook.plan.subject === 'account' ? account.traits : member?.traits;
  const said = traits?.get(playbook.plan.trait)?.value;
  const id = said === undefined || said === '' ? playbook.plan.fallback : String(said);
  if (id === undefined) {
    return { id: undefined, plan: undefined };
  }
  return { id, plan: playbook.plans.get(id) ?? playbook.plans.get(id.trim().toLowerCase()) };
}
