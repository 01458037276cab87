/** Chances of a dismissal, an opt-out and a ticket per prompt, 0 to 1. */
export interface AskingRates {
  readonly dismiss: number;
  readonly optOut: number;
  readonly ticket: number;
}

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

/**
 * The rates with no data of our own (dm1 section 5.4). A modal is the dearest, a banner stands in nobody's way, and an
 * e-mail cannot be dismissed.
 */
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
