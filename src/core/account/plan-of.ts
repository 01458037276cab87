import type { Plan, Playbook } from '../playbook.ts';
import type { Scalar } from '../event/event.ts';
import type { AccountState, ActiveMember } from './state.ts';

/** The plan in force: the id as traits say it (or the playbook's default), and the plan where the playbook knows it. */
export interface PlanInForce {
  readonly id: string | undefined;
  readonly plan: Plan | undefined;
  /** What is really paid a month, in units of the currency, where a trait says so. */
  readonly paid: number | undefined;
}

/** Reads the plan from the traits of the account, or of the user where the playbook sells to users. Names compare without case. */
export function planOf(
  account: Pick<AccountState, 'traits'>,
  member: ActiveMember | undefined,
  playbook: Playbook,
): PlanInForce {
  const traits = playbook.plan.subject === 'account' ? account.traits : member?.traits;
  const said = traits?.get(playbook.plan.trait)?.value;
  const paid = amountOf(traits?.get(playbook.plan.mrrTrait)?.value);
  const id = said === undefined || said === '' ? playbook.plan.fallback : String(said);
  if (id === undefined) {
    return { id: undefined, plan: undefined, paid };
  }
  const plan = playbook.plans.get(id) ?? playbook.plans.get(id.trim().toLowerCase());
  return { id, plan, paid };
}

/** A number, or a text that is one. What is none, or below 0, says nothing. */
function amountOf(said: Scalar | undefined): number | undefined {
  const amount = typeof said === 'string' && said.trim() !== '' ? Number(said) : said;
  return typeof amount === 'number' && Number.isFinite(amount) && amount >= 0 ? amount : undefined;
}
