import type { Rules } from '../account/advance.ts';
import type { PlanInForce } from '../account/plan-of.ts';
import type { AccountState, ActiveMember } from '../account/state.ts';
import type { Addressee } from '../prompt/addressee.ts';
import type { Touch } from '../prompt/touch.ts';
import type { Fired } from '../trigger/fire.ts';
import type { DecisionRecord } from './record.ts';

/** A moment at which something may be offered: everything that the decision may look at. */
export interface Moment {
  readonly accountId: string;
  readonly account: AccountState;
  /** The user who acted; undefined for an anonymous visitor. */
  readonly actorId: string | undefined;
  readonly actor: ActiveMember | undefined;
  /** The person who would be asked; undefined: nobody is known. */
  readonly to: Addressee | undefined;
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
