import { z } from 'zod';
import type { LinkedPrompt } from '../../src/core/prompt/prompt.ts';
import type { SendgridConfig } from './config.ts';

/** The words of one e-mail, complete. */
export interface EmailWords {
  /** One line. */
  readonly subject: string;
  readonly headline: string;
  /** The moment quoted in a sentence of its own, where the copy has one. */
  readonly moment: string | undefined;
  /** Paragraphs are parted by empty lines. */
  readonly body: string;
  readonly ctaLabel: string;
}

/** The two forms of one e-mail. Both say the same and have the same three links. */
export interface RenderedEmail {
  readonly text: string;
  readonly html: string;
}

/** The words, or the names of those that are missing: such an e-mail is not sent. Without a subject, the headline is it. */
export function wordsOf(
  prompt: LinkedPrompt,
): EmailWords | { readonly missing: readonly string[] } {
  const { headline = '', body = '', cta_label: ctaLabel = '', subject, moment } = prompt.words;
  const missing = Object.entries({ headline, body, cta_label: ctaLabel })
    .filter(([, text]) => text.trim() === '')
    .map(([name]) => name);
  return missing.length > 0
    ? { missing }
    : { subject: oneLine(subject ?? '') || oneLine(headline), headline, moment, body, ctaLabel };
}

/** Whether some words are missing. */
export function isIncomplete(
  words: ReturnType<typeof wordsOf>,
): words is { readonly missing: readonly string[] } {
  return 'missing' in words;
}

/** The body as paragraphs, the moment first. */
export function paragraphsOf({ moment, body }: EmailWords): readonly string[] {
  return [moment ?? '', ...body.split(/\n\s*\n/u)]
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '');
}

/** What SendGrid returns with every event of the message. Stored there as "not personal", for long: ids only. */
function customArgsOf(prompt: LinkedPrompt): Readonly<Record<string, string>> {
  return { decision_id: prompt.decisionId, offer_id: prompt.offerId };
}

/**
 * The message as `@sendgrid/mail` takes it: one personalization, so one decision is one message. Click tracking is off,
 * because our own link tells of clicks and a rewritten link looks like phishing; subscription tracking is off, because it
 * would add a second unsubscribe footer and header.
 */
export function toMessage(
  prompt: LinkedPrompt,
  email: string,
  words: EmailWords,
  rendered: RenderedEmail,
  config: SendgridConfig,
) {
  const { name } = prompt.contact;
  const { unsubscribeGroup } = config;
  // Plain text first: mail programs show the last form that they can.
  const content: [Part, Part] = [
    { type: 'text/plain', value: rendered.text },
    { type: 'text/html', value: rendered.html },
  ];
  return {
    from: senderOf(config.from),
    ...(config.replyTo === undefined ? {} : { replyTo: senderOf(config.replyTo) }),
    subject: words.subject,
    personalizations: [
      {
        to: name === undefined ? { email } : { email, name },
        customArgs: { ...customArgsOf(prompt) },
      },
    ],
    content,
    categories: ['motisig', `offer:${prompt.offerId}`.slice(0, categoryLengthMax)],
    headers: unsubscribeHeadersOf(prompt.links.unsubscribe, config.unsubscribeMailto),
    ...(unsubscribeGroup === undefined
      ? {}
      : { asm: { groupId: unsubscribeGroup, groupsToDisplay: [unsubscribeGroup] } }),
    mailSettings: { sandboxMode: { enable: config.sandboxMode } },
    trackingSettings: {
      clickTracking: { enable: false, enableText: false },
      openTracking: { enable: true },
      subscriptionTracking: { enable: false },
    },
  };
}

interface Part {
  readonly type: string;
  readonly value: string;
}

/** Category names at SendGrid (Mail Send description 3.0, `categories`). */
const categoryLengthMax = 255;

/** RFC 8058: mail programs opt a person out with one POST to the https address. */
function unsubscribeHeadersOf(url: string, mailto: string | undefined): Record<string, string> {
  const byMail = mailto === undefined ? '' : `, <mailto:${mailto}?subject=unsubscribe>`;
  return {
    'List-Unsubscribe': `<${url}>${byMail}`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  };
}

function senderOf({ email, name }: SendgridConfig['from']) {
  return name === undefined ? { email } : { email, name };
}

function oneLine(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}

/** Messages to one address that a reconciliation looks into at most. */
export const messagesMax = 20;
/** Clocks of SendGrid and this machine may differ by so much. */
const clockSkewMs = 600_000;

/** Body of `POST /v3/logs`: what went to this address since shortly before the decision. It cannot ask for custom args. */
export function toLogQuery(prompt: LinkedPrompt, email: string) {
  const since = new Date(prompt.decidedMs - clockSkewMs).toISOString().replace(/\.\d+Z$/u, 'Z');
  // A quote in the address is doubled, as in SQL; should SendGrid refuse that, the prompt stays unknown, never repeated.
  const address = email.replaceAll("'", "''");
  return {
    query: `to_email = '${address}' AND sg_message_id_created_at > TIMESTAMP "${since}"`,
    limit: messagesMax,
  };
}

/** What we read of the list; the rest is SendGrid's. */
export const MessageList = z.object({
  messages: z.array(z.object({ sg_message_id: z.string().regex(/^[\w.+=/-]{1,200}$/u) })),
});
export type MessageList = z.infer<typeof MessageList>;

/** One message of the Email Logs. */
export const LoggedMessage = z.object({ custom_args: z.record(z.string(), z.unknown()).nullish() });
export type LoggedMessage = z.infer<typeof LoggedMessage>;

/** What a message says of a prompt: it is it, it is another one, or it does not tell. */
export function isThatOf(message: LoggedMessage, prompt: LinkedPrompt): boolean | undefined {
  const id = message.custom_args?.['decision_id'];
  return message.custom_args === undefined || message.custom_args === null
    ? undefined
    : id === prompt.decisionId;
}
