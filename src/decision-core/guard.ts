import { z } from 'zod';
import { leastPromptsToStop, logEvidence, mustStop } from '../core/model/harm.ts';
import type { Answer } from './answer.ts';
import { count, openChance, parseFields, positive } from './field.ts';

const GuardLine = z.strictObject({
  op: z.literal('guard'),
  n: count,
  y: count,
  q0: openChance,
  multipliers: z
    .array(positive, { error: 'is missing or no list; write a list such as [2, 4, 8]' })
    .min(1, { error: 'is empty; write a list such as [2, 4, 8]' }),
});

/** `guard`: the evidence that an offer does more harm than is allowed, and whether to stop it. */
export function guard(line: unknown): Answer {
  const parsed = parseFields(GuardLine, line);
  if (parsed.kind === 'wrong') {
    return { error: parsed.error };
  }
  const { n, y, q0, multipliers } = parsed.value;
  if (y > n) {
    return { error: `y: is ${y} of ${n} prompts; write at most n` };
  }
  const at = multipliers.findIndex((multiple) => multiple <= 1 || multiple * q0 >= 1);
  if (at >= 0) {
    return {
      error: `multipliers[${at}]: is ${multipliers[at]}; write a number above 1 whose product with q0 is below 1`,
    };
  }
  const measure = { allowedRate: q0, multipliers };
  return {
    op: 'guard',
    logE: logEvidence(n, y, measure),
    stop: mustStop(n, y, measure),
    // With fewer prompts nothing is stopped, whatever the evidence.
    enoughPrompts: n >= leastPromptsToStop,
    refused: false,
  };
}
