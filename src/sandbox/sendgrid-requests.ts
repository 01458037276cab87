import { z } from 'zod';

/*
 * What the stand-in takes: the Mail Send description of SendGrid (MIT, twilio/sendgrid-oai, 2026-01-22), and what its text
 * says beside the shapes: content or a template, custom arguments as short texts, a send time within 72 hours.
 */

const customArgsBytesMax = 10_000;
const sendAheadS = 72 * 3600;

const Address = z.looseObject({
  email: z.email('Does not contain a valid address.'),
  name: z.string().optional(),
});

const CustomArgs = z
  .record(z.string(), z.string('Custom arguments must be strings.'))
  .refine(
    (args) => Buffer.byteLength(JSON.stringify(args)) <= customArgsBytesMax,
    'Custom arguments may have 10,000 bytes at most.',
  );

const Personalization = z.looseObject({
  to: z.array(Address).min(1),
  custom_args: CustomArgs.optional(),
  send_at: z.int().optional(),
});

/** Names that SendGrid sets itself. */
const ownHeaders =
  /^(?:x-sg-id|x-sg-eid|received|dkim-signature|content-type|content-transfer-encoding|to|from|subject|reply-to|cc|bcc)$/iu;

/** Body of `POST /v3/mail/send`. */
export const MailRequest = (nowMs: number) =>
  z
    .looseObject({
      personalizations: z
        .array(Personalization, 'The personalizations field is required.')
        .min(1)
        .max(1000),
      from: Address,
      reply_to: Address.optional(),
      subject: z.string().min(1).optional(),
      content: z
        .array(z.looseObject({ type: z.string().min(1), value: z.string().min(1) }))
        .min(1)
        .optional(),
      template_id: z.string().min(1).optional(),
      categories: z
        .array(z.string().max(255))
        .max(10)
        .refine((all) => new Set(all).size === all.length, 'Categories must be unique.')
        .optional(),
      headers: z
        .record(z.string(), z.string())
        .refine(
          (all) => !Object.keys(all).some((name) => ownHeaders.test(name)),
          'A header that SendGrid sets itself may not be given.',
        )
        .optional(),
      asm: z
        .looseObject({
          group_id: z.int(),
          groups_to_display: z.array(z.int()).max(25).optional(),
        })
        .optional(),
      custom_args: CustomArgs.optional(),
      send_at: z.int().optional(),
      mail_settings: z
        .looseObject({ sandbox_mode: z.looseObject({ enable: z.boolean() }).optional() })
        .optional(),
    })
    .refine((mail) => mail.content !== undefined || mail.template_id !== undefined, {
      path: ['content'],
      error: 'Content or a template_id is required.',
    })
    .refine((mail) => mail.subject !== undefined || mail.template_id !== undefined, {
      path: ['subject'],
      error: 'The subject is required when there is no template.',
    })
    .refine((mail) => isPlainFirst((mail.content ?? []).map(({ type }) => type)), {
      path: ['content'],
      error: 'text/plain must come before text/html.',
    })
    .refine(
      (mail) =>
        [mail.send_at, ...mail.personalizations.map(({ send_at }) => send_at)].every(
          (at) => at === undefined || at <= nowMs / 1000 + sendAheadS,
        ),
      { path: ['send_at'], error: 'The send time may be at most 72 hours ahead.' },
    );
export type MailRequest = z.infer<ReturnType<typeof MailRequest>>;

function isPlainFirst(types: readonly string[]): boolean {
  const plain = types.indexOf('text/plain');
  const html = types.indexOf('text/html');
  return plain === -1 || html === -1 || plain < html;
}

/** Body of `POST /v3/logs`, as far as the stand-in filters: `to_email = '...' AND sg_message_id_created_at > TIMESTAMP "..."`. */
export const LogRequest = z.looseObject({
  query: z.string().optional(),
  limit: z.int().min(1).max(1000).default(10),
});

/** What a log query asks for; undefined when the stand-in cannot read it. */
export function readQuery(
  query: string,
): { readonly email: string | undefined; readonly sinceMs: number } | undefined {
  let email: string | undefined;
  let sinceMs = Number.NEGATIVE_INFINITY;
  for (const condition of query.trim() === '' ? [] : query.split(/\s+AND\s+/u)) {
    const to = /^to_email = '((?:[^']|'')*)'$/u.exec(condition)?.[1];
    const since = Date.parse(
      /^sg_message_id_created_at > TIMESTAMP "([^"]+)"$/u.exec(condition)?.[1] ?? '',
    );
    if (to !== undefined) {
      email = to.replaceAll("''", "'");
    } else if (Number.isNaN(since)) {
      return undefined;
    } else {
      sinceMs = since;
    }
  }
  return { email, sinceMs };
}

/** The first mistake as SendGrid tells it. */
export function mistakeOf(error: z.ZodError): { readonly field: string; readonly message: string } {
  const issue = error.issues[0];
  return { field: issue?.path.join('.') ?? '', message: issue?.message ?? 'Bad Request' };
}
