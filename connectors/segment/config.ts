import { z } from 'zod';

/**
 * Settings of the Segment connector. Both secrets always exist: the hub makes them at its first
 * start.
 */
export const segmentConfig = z.strictObject({
  sharedSecret: z
    .string()
    .min(1)
    .meta({ description: 'The shared secret of the webhook destination; signs X-Signature.' }),
  bearerToken: z.string().min(1).meta({
    description: 'The token that Segment sends in the header `Authorization: Bearer <token>`.',
  }),
  allowFirstElementSignature: z.boolean().default(true).meta({
    description:
      'Lets a batch without the bearer token in when only its first event is signed, as Segment does. False refuses it.',
  }),
});

export type SegmentConfig = z.input<typeof segmentConfig>;
