import type { Circumstance } from '../account/context.ts';

/** Why a prompt may not go out. Each is a guardrail that the playbook can name. */
export type Refusal =
  | { readonly reason: 'nobody_to_ask' }
  | { readonly reason: 'test_user' }
  | { readonly reason: 'paused'; readonly why: string }
  | { readonly reason: 'offer_stopped'; readonly why: string }
  | { readonly reason: 'budget_spent'; readonly max: number; readonly withinMs: number }
  /** The user cannot buy, no buyer is known, and the offer has no words for that. */
  | { readonly reason: 'no_buyer' }
  | {
      readonly reason: 'value_moment_not_reached';
      readonly signal: string;
      readonly count: number;
      readonly atLeast: number;
    }
  | { readonly reason: 'just_signed_up'; readonly sinceMs: number; readonly quietMs: number }
  /** A ticket of the last hours; or an open one with priority, which has no end (`untilMs` undefined). */
  | {
      readonly reason: 'support_ticket';
      readonly openedMs: number;
      readonly untilMs: number | undefined;
    }
  | { readonly reason: 'circumstance'; readonly circumstance: Circumstance }
  | { readonly reason: 'meeting_errors'; readonly count: number; readonly withinMs: number }
  | { readonly reason: 'prompt_open'; readonly decisionId: string }
  | { readonly reason: 'cooldown'; readonly per: 'user' | 'account'; readonly untilMs: number }
  | {
      readonly reason: 'frequency_cap';
      readonly per: 'user' | 'account';
      readonly max: number;
      readonly withinMs: number;
      readonly untilMs: number;
    }
  /** The offer itself, or another of its family, was dismissed; `untilMs` undefined: never again. */
  | {
      readonly reason: 'dismissed';
      readonly of: 'offer' | 'family';
      readonly untilMs: number | undefined;
    }
  | { readonly reason: 'bought_lately'; readonly family: string; readonly untilMs: number }
  /** Prices were dismissed so often that education comes first. */
  | { readonly reason: 'dismissal_gate'; readonly per: 'user' | 'account'; readonly count: number }
  | { readonly reason: 'taught_lately'; readonly untilMs: number }
  | {
      readonly reason: 'sequencing';
      readonly why: 'upgrade_first' | 'upgraded_lately' | 'limit_pressure' | 'usage_unsteady';
    }
  /** What came of the last moment of its family is still waited for (learning). */
  | { readonly reason: 'window_open'; readonly family: string; readonly untilMs: number }
  | { readonly reason: 'not_applicable'; readonly detail: string }
  | { readonly reason: 'copy_incomplete'; readonly missing: readonly string[] }
  /** What made the prompt no longer holds, so no e-mail follows it. */
  | { readonly reason: 'moment_over'; readonly detail: string }
  | { readonly reason: 'no_address' }
  /** The last check found a promise about to be broken: a fault of the hub, told to the operator. */
  | { readonly reason: 'promise_broken'; readonly promise: string }
  | { readonly reason: 'erased' };
