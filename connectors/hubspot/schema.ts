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

/** A time of HubSpot's, as ISO text or epoch ms in text; epoch ms. */
export const Moment = z
  .string()
  .transform((text) => (/^\d{10,}$/u.test(text) ? Number(text) : Date.parse(text)))
  .refine((timeMs) => Number.isFinite(timeMs) && timeMs >= 0);
const moment = z
  .union([Moment, z.literal(''), z.null()])
  .optional()
  .transform((timeMs) => (typeof timeMs === 'number' ? timeMs : undefined));

/** A won deal, as a search finds it. */
export const FoundDeal = z.object({ closedate: moment.catch(undefined) });

/** A ticket, as a search finds it. */
export const FoundTicket = z.object({
  createdate: moment.catch(undefined),
  closed_date: moment.catch(undefined),
  hs_ticket_priority: z.string().nullish().catch(undefined),
});
