import { z } from 'zod';

const text = z.string().optional();

/** What we read of one event of the Event Webhook; the rest is SendGrid's. Custom arguments stand among the other keys. */
export const WebhookEvent = z.looseObject({
  event: z.string().min(1).max(100),
  /** Unix seconds; up to the year 2286. */
  timestamp: z.number().min(0).max(9_999_999_999),
  sg_event_id: text,
  sg_message_id: text,
  email: text,
  /** `bounce` or `blocked`, of a bounce. */
  type: text,
  /** Of a bounce or a drop: `5.1.1`, `Bounced Address`. */
  status: text,
  reason: text,
  /** Apple's and others' proxies open every message. */
  sg_machine_open: z.boolean().optional(),
  asm_group_id: z.number().optional(),
  decision_id: text,
});
export type WebhookEvent = z.infer<typeof WebhookEvent>;
