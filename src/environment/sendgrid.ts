import { z } from 'zod';
import { mailboxOf } from '../core/mailbox.ts';
import { httpUrlLike, oneOf } from './fields.ts';

/** What the environment says of SendGrid. */
export interface SendgridEnvironment {
  readonly apiKey: string | undefined;
  readonly baseUrl: string | undefined;
  /** Checks what the Signed Event Webhook brings; undefined: nothing is taken from SendGrid. */
  readonly webhookPublicKey: string | undefined;
  /** An address, alone or as `Name <address>`; there whenever the key is. */
  readonly from: string | undefined;
  readonly replyTo: string | undefined;
  readonly unsubscribeGroup: number | undefined;
  readonly unsubscribeMailto: string | undefined;
  readonly postalAddress: string | undefined;
  readonly sandboxMode: boolean;
}

const mailbox = z
  .string()
  .refine(
    (text) => mailboxOf(text) !== undefined,
    'is not an e-mail address; give one such as Acme <hello@mail.example.com>',
  );

/** The variables of SendGrid. */
export const sendgridVariables = {
  SENDGRID_API_KEY: z
    .string()
    .regex(
      /^[\x21-\x7e]+$/u,
      'must be one word of plain characters; copy it again from SendGrid, Settings, API Keys',
    )
    .optional(),
  SENDGRID_BASE_URL: httpUrlLike('https://api.sendgrid.com').optional(),
  SENDGRID_WEBHOOK_PUBLIC_KEY: z
    .string()
    .regex(
      /^[A-Za-z0-9+/]+=*$/u,
      'must be one word of base64; copy it again from SendGrid, Settings, Mail Settings, Signed Event Webhook',
    )
    .optional(),
  SENDGRID_FROM: mailbox.optional(),
  SENDGRID_REPLY_TO: mailbox.optional(),
  SENDGRID_UNSUBSCRIBE_GROUP: z
    .string()
    .regex(
      /^[1-9]\d{0,9}$/u,
      'must be the number of an unsubscribe group; SendGrid shows it beside the group',
    )
    .transform(Number)
    .optional(),
  SENDGRID_UNSUBSCRIBE_MAILTO: z
    .email('is not an e-mail address; give one such as unsubscribe@mail.example.com')
    .optional(),
  SENDGRID_POSTAL_ADDRESS: z
    .string()
    .max(300, 'is longer than 300 characters; give the name and postal address of the sender')
    .optional(),
  SENDGRID_SANDBOX_MODE: oneOf(['true', 'false']).default('false'),
};

const Variables = z.object(sendgridVariables);
type Values = z.infer<typeof Variables>;

/** What the variables say of SendGrid. */
export function sendgridOf(values: Values): SendgridEnvironment {
  return {
    apiKey: values.SENDGRID_API_KEY,
    baseUrl: values.SENDGRID_BASE_URL,
    webhookPublicKey: values.SENDGRID_WEBHOOK_PUBLIC_KEY,
    from: values.SENDGRID_FROM,
    replyTo: values.SENDGRID_REPLY_TO,
    unsubscribeGroup: values.SENDGRID_UNSUBSCRIBE_GROUP,
    unsubscribeMailto: values.SENDGRID_UNSUBSCRIBE_MAILTO,
    postalAddress: values.SENDGRID_POSTAL_ADDRESS,
    sandboxMode: values.SENDGRID_SANDBOX_MODE === 'true',
  };
}

/** Settings under which e-mails do not go where people expect, or nothing is heard of them. */
export function sendgridTroubles(values: Values): readonly string[] {
  if (values.SENDGRID_API_KEY === undefined) {
    return (['SENDGRID_BASE_URL', 'SENDGRID_WEBHOOK_PUBLIC_KEY', 'SENDGRID_FROM'] as const)
      .filter((name) => values[name] !== undefined)
      .map(
        (name) =>
          `${name} is set and SENDGRID_API_KEY is not, so e-mails go to the stand-in; set the key as well.`,
      );
  }
  return values.SENDGRID_WEBHOOK_PUBLIC_KEY === undefined &&
    values.SENDGRID_SANDBOX_MODE === 'false'
    ? [
        'SENDGRID_API_KEY is set and SENDGRID_WEBHOOK_PUBLIC_KEY is not, so the hub does not hear of bounces, spam reports and unsubscriptions; switch the Signed Event Webhook on and set its key.',
      ]
    : [];
}
