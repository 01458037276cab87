import { z } from 'zod';
import { secretAddress, secretWord } from '../../src/core/vendor-setting.ts';

/** Settings of the Segment destination, from the environment. Every default stands here. */
export const SegmentOutcomesConfig = z.strictObject({
  writeKey: secretWord('SEGMENT_OUTCOMES_WRITE_KEY').meta({
    description: 'Write key of a source of its own for outcomes (SEGMENT_OUTCOMES_WRITE_KEY).',
  }),
  host: secretAddress('SEGMENT_OUTCOMES_HOST', 'write key')
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
