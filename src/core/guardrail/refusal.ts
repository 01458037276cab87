/** Why a prompt may not go out. Each is a guardrail that the playbook can name. */
export type Refusal =
  | { readonly reason: 'nobody_to_ask' }
  /** The user cannot buy, no buyer is known, and the offer has no words for that. */
  | { readonly reason: 'no_buyer' }
  | {
      readonly reason: 'value_moment_not_reached';
      readonly signal: string;
      readonly count: number;
      readonly atLeast: number;
    }
  | { readonly reason: 'just_signed_up'; readonly sinceMs: number; readonly quietMs: number }
  | { readonly reason: 'prompt_open'; readonly decisionId: string }
  | { readonly reason: 'cooldown'; readonly per: 'user' | 'account'; readonly untilMs: number }
  | {
      readonly reason: 'frequency_cap';
      readonly per: 'user' | 'account';
      readonly max: number;
      readonly withinMs: number;
      readonly untilMs: number;
    }
  | { readonly reason: 'not_applicable'; readonly detail: string }
  | { readonly reason: 'copy_incomplete'; readonly missing: readonly string[] }
  | { readonly reason: 'erased' };
