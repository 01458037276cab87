import { z } from 'zod';

/** What the stand-in takes, strict where Intercom is. Messages are read by whoever sent the request. */

const text = z.string().min(1);

/** Body of `POST /contacts` and `PUT /contacts/{id}`. */
export const ContactRequest = z.looseObject({
  role: z.enum(['user', 'lead']).optional(),
  external_id: text.optional(),
  email: z.email('Email is not a valid email address').optional(),
  name: z.string().nullish(),
  custom_attributes: z.record(z.string(), z.unknown()).nullish(),
});

/** Metadata values: no nesting but rich links and amounts of money (API description 2.16, createDataEvent). */
const MetadataValue = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.strictObject({ url: z.string(), value: z.string() }),
  z.strictObject({ amount: z.int().min(0), currency: z.string() }),
]);

/** Body of `POST /events`. */
export const EventRequest = z
  .looseObject({
    event_name: text,
    created_at: z
      .int()
      .min(0)
      .max(99_999_999_999, 'created_at must be Unix seconds, not milliseconds'),
    id: text.optional(),
    user_id: text.optional(),
    email: text.optional(),
    metadata: z.record(z.string(), MetadataValue, 'Nested metadata is not supported').optional(),
  })
  .refine(
    (event) => event.id !== undefined || event.user_id !== undefined || event.email !== undefined,
    'One of id, user_id or email is needed',
  );

/** Query of `GET /events`. */
export const EventsQuery = z
  .object({
    type: z.literal('user', "type must be 'user'"),
    user_id: text.optional(),
    intercom_user_id: text.optional(),
    email: text.optional(),
    summary: z.literal('false', 'This stand-in lists events, it does not sum them up').optional(),
    per_page: z.coerce.number().int().min(1).max(50).default(15),
    before: z.coerce.number().int().optional(),
  })
  .refine(
    (query) =>
      query.user_id !== undefined ||
      query.intercom_user_id !== undefined ||
      query.email !== undefined,
    'One of user_id, intercom_user_id or email is needed',
  );

/** Body of `POST /contacts/search`: one filter with the operator `=`. */
export const SearchRequest = z.object({
  query: z.object({
    field: z.enum(['id', 'external_id', 'email', 'name', 'role']),
    operator: z.literal('=', 'This stand-in searches with the operator = only'),
    value: z.string(),
  }),
  pagination: z.object({ per_page: z.int().min(1).max(150).default(50) }).default({ per_page: 50 }),
});

/** Body of `POST /messages`: a teammate writes to a contact in the app. */
export const MessageRequest = z.object({
  message_type: z.enum(['inapp', 'in_app'], 'This stand-in sends messages in the app only'),
  body: z.string('Body is required').min(1, 'Body is required'),
  from: z.object({
    type: z.literal('admin'),
    id: z.int('from.id must be a number, as Intercom wants it'),
  }),
  to: z.object({ type: z.enum(['user', 'lead']), id: text }),
});

const DateFilter = z.object({
  field: z.enum(['created_at', 'updated_at']),
  operator: z.enum(['>', '<', '>=', '<=']),
  value: z.int(),
});
const TextFilter = z.object({
  field: z.enum(['contact_ids', 'source.delivered_as', 'id']),
  operator: z.literal('='),
  value: z.string(),
});
const Filter = z.union([DateFilter, TextFilter]);

/** Body of `POST /conversations/search` and `POST /tickets/search`: one filter, or several joined by AND. */
export const SupportSearchRequest = z.object({
  query: z.union([
    Filter.transform((filter) => [filter]),
    z
      .object({ operator: z.literal('AND'), value: z.array(Filter).min(1).max(15) })
      .transform(({ value }) => value),
  ]),
  pagination: z
    .object({
      per_page: z.int().min(1).max(150).default(20),
      starting_after: z.string().nullish(),
    })
    .default({ per_page: 20 }),
});

/** The first mistake as one sentence: where, and what. */
export function mistakeOf(error: z.ZodError): string {
  const issue = error.issues[0];
  const where = issue?.path.join('.') ?? '';
  return `${where === '' ? 'request' : where}: ${issue?.message ?? 'not valid'}`;
}
