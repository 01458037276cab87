import type { AskingRates } from '../decision/expected-value.ts';

/** How a prompt appears, as far as what it costs is concerned. */
export type PromptLook = 'modal' | 'banner' | 'email';

/** What came of the prompts of one offer on one channel, since it was last enabled. Whole numbers. */
export interface AskingCounts {
  readonly prompts: number;
  readonly dismissed: number;
  readonly optedOut: number;
  readonly tickets: number;
}

/** Prompts that the guessed rates are worth. */
const priorPrompts = 50;

/** The guessed chances of a dismissal, an opt-out and a ticket per prompt (dm1 section 5.4). */
export const guessedRates: Readonly<Record<PromptLook, AskingRates>> = {
  modal: { dismiss: 0.45, optOut: 0.002, ticket: 0.001 },
  banner: { dismiss: 0.15, optOut: 0.001, ticket: 0.001 },
  email: { dismiss: 0, optOut: 0.002, ticket: 0.001 },
};

/** The mean chances after what was seen; a count above the prompts (two tickets of one) stays below 1. */
export function askingRatesOf(look: PromptLook, counts: AskingCounts): AskingRates {
  const guessed = guessedRates[look];
  const rate = (guess: number, seen: number): number =>
    (priorPrompts * guess + Math.min(seen, counts.prompts)) / (priorPrompts + counts.prompts);
  return {
    dismiss: rate(guessed.dismiss, counts.dismissed),
    optOut: rate(guessed.optOut, counts.optedOut),
    ticket: rate(guessed.ticket, counts.tickets),
  };
}

/** What raises an account's danger of leaving. */
export interface ChurnSigns {
  /** Usage at 85 % of a limit or above: 1.5 times the monthly churn. */
  readonly isUnderLimitPressure: boolean;
  /** Usage fell by half in 30 days: twice the monthly churn. */
  readonly isUsageFalling: boolean;
}

const greatestMonthlyChurn = 0.5;

/** `h`: the chance that the account leaves within the window. Of two signs the stronger counts. */
export function windowChurn(monthlyChurn: number, windowDays: number, signs: ChurnSigns): number {
  const multiple = signs.isUsageFalling ? 2 : signs.isUnderLimitPressure ? 1.5 : 1;
  const monthly = Math.min(greatestMonthlyChurn, monthlyChurn * multiple);
  return 1 - (1 - monthly) ** (windowDays / 30);
}
