import { z } from 'zod';
import type { Prompt } from '../../src/core/prompt/prompt.ts';

/** Intercom's own id of a contact; never to be mixed up with our user id, which Intercom calls the external id. */
export const IntercomContactId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/u)
  .brand<'IntercomContactId'>();
export type IntercomContactId = z.infer<typeof IntercomContactId>;

/** What we read of a contact; the rest is Intercom's. */
export const ContactAnswer = z.object({ id: IntercomContactId });

/** First page of a contact search. */
export const ContactSearchAnswer = z.array(z.object({ id: IntercomContactId }));

/** A person as an event names them: by our id, or by Intercom's where ours no longer leads to the contact. */
export type Address = { readonly user_id: string } | { readonly id: IntercomContactId };

/** Body of `POST /events`. */
export type EventBody = Address & {
  readonly event_name: string;
  /** Unix seconds. */
  readonly created_at: number;
  readonly metadata: Record<string, string>;
};

/** Intercom keeps the first 10 metadata keys and ignores the others (API description 2.16, createDataEvent). */
const metadataKeysMax = 10;
/** The words that every prompt needs come first, so that a long copy loses its extras and not its link. */
const wordsFirst = ['headline', 'moment', 'body', 'cta_label', 'cta_url', 'not_now_url'];

/** The second of the decision, Unix seconds: the same in every repetition, so Intercom removes the repetition. */
export function createdAtOf(prompt: Prompt): number {
  return Math.floor(prompt.decidedMs / 1000);
}

/** The event that makes Intercom show the prompt. At most 10 metadata keys, all strings. */
export function toEvent(prompt: Prompt, address: Address): EventBody {
  const metadata = new Map([
    ['decision_id', prompt.decisionId],
    ['offer_id', prompt.offerId],
    ['account_id', prompt.accountId],
  ]);
  const others = Object.keys(prompt.words).filter((key) => !wordsFirst.includes(key));
  for (const key of [...wordsFirst, ...others]) {
    const text = prompt.words[key];
    if (text !== undefined && !metadata.has(key) && metadata.size < metadataKeysMax) {
      metadata.set(key, text);
    }
  }
  return {
    ...address,
    event_name: prompt.surface,
    created_at: createdAtOf(prompt),
    metadata: Object.fromEntries(metadata),
  };
}

/** Our name for what Intercom accepted; events have no id of their own. `<user id>/<event name>/<Unix seconds>`. */
export function vendorIdOf(prompt: Prompt): string {
  return `${prompt.userId}/${prompt.surface}/${createdAtOf(prompt)}`;
}

/** A new contact: role user, by our id. The e-mail address and name help the support team to recognise the person. */
export function toContact(prompt: Prompt, withEmail: boolean) {
  const { email, name } = prompt.contact;
  return {
    role: 'user',
    external_id: prompt.userId,
    ...(withEmail && email !== undefined ? { email } : {}),
    ...(name === undefined ? {} : { name }),
  };
}

/**
 * The contact that a 409 names: `A contact matching those details already exists with id=6762f0...` (reported in
 * PostHog PR 72977 and RudderStack PR 5137; not in the API description). Undefined when the message names none.
 */
export function conflictingContact(message: string | undefined): IntercomContactId | undefined {
  return IntercomContactId.safeParse(message?.match(/\bid=([A-Za-z0-9_-]+)/u)?.[1]).data;
}

/** The contact that a merged one became, from the Link header of a 410: `</contacts/6762f0...>; rel="canonical"`. */
export function canonicalContact(link: string | undefined): IntercomContactId | undefined {
  return IntercomContactId.safeParse(link?.match(/\/contacts\/([A-Za-z0-9_-]+)>/u)?.[1]).data;
}

/** One page of a person's events, newest first. */
export const EventPage = z.object({
  events: z.array(
    z.object({
      event_name: z.string(),
      created_at: z.int(),
      metadata: z.record(z.string(), z.unknown()).nullish(),
    }),
  ),
  pages: z.object({ next: z.string().nullish() }).nullish(),
});
export type EventPage = z.infer<typeof EventPage>;

/** What a page says of a prompt: it is on it, it may be on the next one, or it is nowhere. */
export function lookOn(page: EventPage, prompt: Prompt): 'present' | 'older' | 'absent' {
  const createdAt = createdAtOf(prompt);
  const isThere = page.events.some(
    (event) =>
      event.event_name === prompt.surface &&
      event.created_at === createdAt &&
      (event.metadata?.['decision_id'] ?? prompt.decisionId) === prompt.decisionId,
  );
  if (isThere) {
    return 'present';
  }
  const isPassed = page.events.some((event) => event.created_at < createdAt);
  return isPassed || cursorOf(page) === undefined ? 'absent' : 'older';
}

/** The cursor of the next page, read from its address; only the cursor is used, so the token follows no foreign link. */
export function cursorOf(page: EventPage): string | undefined {
  const next = page.pages?.next ?? '';
  return next.match(/[?&]before=([A-Za-z0-9_-]+)/u)?.[1];
}
