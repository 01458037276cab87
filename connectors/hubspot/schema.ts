import { z } from 'zod';

const Id = z.union([z.string().min(1).max(100), z.int()]).transform(String);

/** One event of a webhook, as far as the hub reads it. Loose: HubSpot adds fields. */
export const HubSpotEvent = z.object({
  portalId: Id,
  /** `deal.propertyChange`, or the generic `object.propertyChange` with `objectTypeId`. */
  subscriptionType: z.string().min(1).max(100),
  objectTypeId: z.string().nullish(),
  objectId: Id,
  /** Epoch ms. */
  occurredAt: z.number().min(0),
  propertyName: z.string().nullish(),
  propertyValue: z.union([z.string(), z.number(), z.boolean()]).nullish(),
});
export type HubSpotEvent = z.infer<typeof HubSpotEvent>;
