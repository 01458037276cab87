import { z } from 'zod';

/**
 * What a contestant of the consume benchmarks is started with: its Redis, how many triggers it watches, how many of them
 * can fire, and how often it takes each event in (more than once only where nothing is done with it).
 */
export const ConsumerStart = z.object({
  path: z.string(),
  triggers: z.number(),
  withinReach: z.number(),
  copies: z.number(),
});

/** A part of the prepared stream. */
export const StreamPart = z.object({ from: z.number(), to: z.number() });

/** Of which stream the outcome is wanted, and as seen at what time. */
export const OutputsOf = z.object({ label: z.string(), accounts: z.number(), nowMs: z.number() });

/** The outcome: counts and fired triggers as one hash, and how many there were. */
export const Outputs = z.object({ hash: z.string(), fired: z.number(), prompts: z.number() });
export type Outputs = z.infer<typeof Outputs>;
