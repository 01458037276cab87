import { z } from 'zod';
import type { DismissedPrompt, LinkedPrompt, Prompt } from '../../src/core/prompt/prompt.ts';

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

/** `GET /me`: the teammate whom the access token belongs to. Intercom writes the id as text and wants it as a number. */
export const AdminAnswer = z.object({
  id: z
    .union([z.int(), z.string().regex(/^\d{1,15}$/u)])
    .transform(Number)
    .brand<'IntercomAdminId'>(),
});
export type IntercomAdminId = z.infer<typeof AdminAnswer>['id'];

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
/** The words that every prompt needs come first, so that a long copy loses its extras and not its links. */
const wordsFirst = ['headline', 'moment', 'body', 'cta_label', 'cta_url', 'not_now_url'];
/** What the person presses when the copy names no words for it. */
const notNowLabel = 'Not now';

/** The second of the decision, Unix seconds: the same in every repetition, so Intercom removes the repetition. */
export function createdAtOf(prompt: Prompt): number {
  return Math.floor(prompt.decidedMs / 1000);
}

/**
 * The event that makes Intercom show the prompt. At most 10 metadata keys, all strings; both links are always among them,
 * in place of the address that the copy names: a click must pass through the hub to be known.
 */
export function toEvent(prompt: LinkedPrompt, address: Address): EventBody {
  const metadata = new Map([
    ['decision_id', prompt.decisionId],
    ['offer_id', prompt.offerId],
    ['account_id', prompt.accountId],
  ]);
  const words: Readonly<Record<string, string>> = {
    ...prompt.words,
    cta_url: prompt.links.go,
    not_now_url: prompt.links.dismiss,
  };
  const others = Object.keys(words).filter((key) => !wordsFirst.includes(key));
  for (const key of [...wordsFirst, ...others]) {
    const text = words[key];
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

/**
 * The prompt as HTML of a chat message: headline, moment and body in paragraphs, then both links. Every word is escaped;
 * a line break in a word begins a paragraph.
 */
export function toMessageBody(prompt: LinkedPrompt): string {
  const { words, links } = prompt;
  const paragraphs = [words['moment'], words['body']]
    .flatMap((text) => text?.split(/\n+/u) ?? [])
    .filter((line) => line.trim() !== '')
    .map((line) => `<p>${escaped(line)}</p>`);
  const headline = words['headline'];
  return [
    ...(headline === undefined ? [] : [`<p><b>${escaped(headline)}</b></p>`]),
    ...paragraphs,
    `<p>${link(links.go, words['cta_label'] ?? headline ?? links.go)}</p>`,
    `<p>${link(links.dismiss, words['not_now_label'] ?? notNowLabel)}</p>`,
  ].join('');
}

function link(url: string, label: string): string {
  return `<a href="${escaped(url)}">${escaped(label)}</a>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => entities[character] ?? '');
}

/** The part of the prompt's link that is in no other prompt's, and that no escaping changes. */
function tokenOf(prompt: Pick<LinkedPrompt, 'links'>): string {
  return prompt.links.go.split('/').at(-1) ?? prompt.links.go;
}

/** What comes back for a message that was sent. */
export const MessageAnswer = z.object({ id: z.union([z.string(), z.int()]).transform(String) });

/** First page of a contact's conversations, as far as a prompt is looked for in them. */
export const ConversationSearchAnswer = z.array(
  z.object({ source: z.object({ body: z.string().nullish() }).nullish() }),
);

/** Whether one of the conversations began with this prompt: its link is in the first message. */
export function isAmong(
  conversations: z.infer<typeof ConversationSearchAnswer>,
  prompt: LinkedPrompt,
): boolean {
  return conversations.some(({ source }) => source?.body?.includes(tokenOf(prompt)) === true);
}

/** Intercom's id of what one contact sees of one banner. */
export const BannerViewId = z
  .union([z.string().regex(/^[A-Za-z0-9_-]{1,64}$/u), z.int().nonnegative()])
  .transform(String)
  .brand<'BannerViewId'>();
export type BannerViewId = z.infer<typeof BannerViewId>;

/** The banners that a contact matches now. */
export const BannerList = z.object({
  data: z.array(
    z.object({
      view_id: BannerViewId,
      title: z.string().nullish(),
      body: z.string().nullish(),
      action: z.object({ target: z.string().nullish() }).nullish(),
    }),
  ),
});

/** Answer to a dismissal. */
export const BannerDismissed = z.object({ dismissed: z.literal(true) });

/**
 * Which of the banners show this prompt: by its link where the banner's button carries it, else by its headline in title or
 * body. Banners carry nothing of the event that started them but what marketing put into their words.
 */
export function bannersOf(
  list: z.infer<typeof BannerList>,
  prompt: DismissedPrompt,
): readonly BannerViewId[] {
  const token = tokenOf(prompt);
  const headline = prompt.words['headline']?.trim() ?? '';
  const isOurs = (texts: readonly string[]): boolean =>
    texts.some(
      (text) =>
        text.includes(token) ||
        (headline !== '' && (text.includes(headline) || text.includes(escaped(headline)))),
    );
  return list.data
    .filter(({ title, body, action }) =>
      isOurs([title, body, action?.target].filter((text) => typeof text === 'string')),
    )
    .map(({ view_id }) => view_id);
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
