import { z } from 'zod';

/*
 * What the hub reads of Intercom's notifications and search results. Loose on purpose: Intercom has no schemas for its
 * notifications and adds fields; ids are numbers in its examples and text in its tables.
 */

/** An id of Intercom's, as text. */
const Id = z.union([z.string().min(1).max(200), z.int()]).transform(String);

/** Our own user id, which Intercom calls the external id; undefined where it names nobody whom the hub can know. */
const ExternalId = z
  .union([z.string(), z.int()])
  .nullish()
  .transform((value) => {
    const id = value === null || value === undefined ? '' : String(value).trim();
    return id === '' || id.length > 500 || id.includes('\u001f') ? undefined : id;
  });

/** Unix seconds, or ISO 8601 as `content_stat` has it; in epoch ms. */
const Time = z
  .union([z.number(), z.string()])
  .transform((value) => (typeof value === 'number' ? value * 1000 : Date.parse(value)))
  .refine((ms) => Number.isFinite(ms) && ms >= 0)
  .nullish();

const Person = z.object({ id: Id, external_id: ExternalId });
export type Person = z.infer<typeof Person>;
const People = z.object({ contacts: z.array(Person) });

/** The envelope of every notification. */
export const Notification = z.object({
  type: z.literal('notification_event'),
  topic: z.string().min(1).max(200),
  created_at: Time,
  data: z.object({ item: z.record(z.string(), z.unknown()) }),
});
export type Notification = z.infer<typeof Notification>;

/** `content_stat.*`: what a person did with a banner, post, chat, survey... */
export const StatItem = z.object({
  created_at: Time,
  content_stat: z.object({
    id: Id,
    stat_type: z.string().min(1).max(100),
    content_id: Id.nullish(),
    ruleset_id: Id.nullish(),
  }),
  contact: Person,
});

/** A conversation, in a notification or in a search result. */
export const Conversation = z.object({
  id: Id,
  created_at: Time,
  updated_at: Time,
  open: z.boolean().nullish(),
  state: z.string().nullish(),
  /** `none` to `urgent` since 2.16, `priority` and `not_priority` before. */
  priority: z.string().nullish(),
  source: z.object({ delivered_as: z.string().nullish(), body: z.string().nullish() }).nullish(),
  contacts: People,
  statistics: z.object({ last_contact_reply_at: Time, last_close_at: Time }).nullish(),
  conversation_parts: z
    .object({
      conversation_parts: z.array(
        z.object({
          created_at: Time,
          author: z.object({ type: z.string().nullish() }).nullish(),
        }),
      ),
    })
    .nullish(),
});
export type Conversation = z.infer<typeof Conversation>;

/** A ticket, in a notification or in a search result. */
export const Ticket = z.object({
  id: Id,
  category: z.string().nullish(),
  open: z.boolean().nullish(),
  created_at: Time,
  updated_at: Time,
  ticket_attributes: z.record(z.string(), z.unknown()).nullish(),
  contacts: People,
});
export type Ticket = z.infer<typeof Ticket>;

/** `ticket.closed` wraps its ticket since 2.15; the other ticket topics do not. */
export const WrappedTicket = z.object({ ticket: Ticket });

/** Topics about one contact: the contact itself, or something that has one. */
export const ContactItem = z.union([
  z.object({ contact: Person }).transform(({ contact }) => contact),
  Person,
]);

/** One page of a search. An element that cannot be read is no reason to lose its neighbours. */
export const SearchPage = z.object({
  conversations: z.array(z.unknown()).optional(),
  tickets: z.array(z.unknown()).optional(),
  pages: z.object({ next: z.object({ starting_after: z.string().nullish() }).nullish() }).nullish(),
});
