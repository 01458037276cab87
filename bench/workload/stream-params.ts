import { z } from 'zod';
import type { StreamShape } from './stream.ts';

/** A stream's shape on its way to another process. */
export const StreamParams: z.ZodType<StreamShape> = z.object({
  label: z.string(),
  seed: z.number(),
  events: z.number(),
  accounts: z.number(),
  usersPerAccount: z.number(),
  order: z.enum(['spread', 'locality']),
  nowMs: z.number(),
  hasDisorder: z.boolean(),
});
