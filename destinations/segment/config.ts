import { z } from 'zod';

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Settings of the Segment destination, from the environment. Every default stands here. */
export const SegmentOutcomesConfig = z.strictObject({
  writeKey: z
    .string()
    .regex(/^[\x21-\x7e]+$/u, 'SEGMENT_OUTCOMES_WRITE_KEY must be one word of plain characters.')
    .meta({
      description: 'Write key of a source of its own for outcomes (SEGMENT_OUTCOMES_WRITE_KEY).',
    }),
  host: z
    .string()
    .refine(
      isSafeForKey,
      'SEGMENT_OUTCOMES_HOST must be an https address, because the write key travels in every request; plain http is only for this machine.',
    )
    .transform((url) => url.replace(/\/+$/u, ''))
    .default('https://api.segment.io')
    .meta({
      description:
        'Where the Tracking API is (SEGMENT_OUTCOMES_HOST): https://api.segment.io, or https://events.eu1.segmentapis.com for a workspace in the EU.',
    }),
  timeoutMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(10_000)
    .meta({ description: 'Longest wait for the answer to one batch, milliseconds.' }),
});

export type SegmentOutcomesConfig = z.infer<typeof SegmentOutcomesConfig>;

function isSafeForKey(host: string): boolean {
  const url = URL.parse(host);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback.has(url.hostname));
}
