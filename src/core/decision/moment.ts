import type { Rules } from '../account/advance.ts';
import type { PlanInForce } from '../account/plan-of.ts';
import type { AccountState, ActiveMember } from '../account/state.ts';
import type { Touch } from '../prompt/touch.ts';
import type { Fired } from '../trigger/fire.ts';
import type { DecisionRecord } from './record.ts';

/** A moment at which something may be offered: everything that the decision may look at. */
export interface Moment {
  readonly accountId: string;
  readonly account: AccountState;
  /** The person who would be asked, and what the account knows of them; undefined: nobody is known. */
  readonly userId: string | undefined;
  readonly member: ActiveMember | undefined;
  readonly plan: PlanInForce;
  readonly fired: readonly Fired[];
  readonly cause: DecisionRecord['cause'];
  /** The in-app prompt that an e-mail would follow; undefined for a first prompt. */
  readonly follows: Touch | undefined;
  /** Why its reason no longer holds; undefined: it holds. */
  readonly over: string | undefined;
  readonly rules: Rules;
  readonly nowMs: number;
}
