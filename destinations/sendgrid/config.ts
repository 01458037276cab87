import { z } from 'zod';
import { mailboxOf } from '../../src/core/mailbox.ts';
import { secretAddress, secretWord } from '../../src/core/vendor-setting.ts';

const Sender = z.string().transform((text, context) => {
  const mailbox = mailboxOf(text);
  if (mailbox === undefined) {
    context.addIssue({
      code: 'custom',
      message: 'must be an e-mail address, alone or as Name <address>.',
    });
    return z.NEVER;
  }
  return mailbox;
});

/** Settings of the SendGrid destination, from the environment. Every default stands here. */
export const SendgridConfig = z.strictObject({
  apiKey: secretWord('SENDGRID_API_KEY').meta({
    description: 'API key with the permissions Mail Send and Email Logs (read) (SENDGRID_API_KEY).',
  }),
  baseUrl: secretAddress('SENDGRID_BASE_URL', 'API key')
    .transform((url) => url.replace(/\/+$/u, ''))
    .default('https://api.sendgrid.com')
    .meta({
      description:
        'Where the API is (SENDGRID_BASE_URL): https://api.sendgrid.com, or https://api.eu.sendgrid.com for an EU subuser.',
    }),
  from: Sender.meta({
    description:
      'Who sends: `Name <address>` of a verified sender or an authenticated domain (SENDGRID_FROM).',
  }),
  replyTo: Sender.optional().meta({
    description: 'Who gets the answers (SENDGRID_REPLY_TO). Default: the sender.',
  }),
  unsubscribeGroup: z.int().min(1).optional().meta({
    description:
      'Id of the unsubscribe group of offers (SENDGRID_UNSUBSCRIBE_GROUP): SendGrid then drops what goes to those who left it.',
  }),
  unsubscribeMailto: z.email().optional().meta({
    description:
      'Address that takes unsubscriptions by e-mail, second in List-Unsubscribe (SENDGRID_UNSUBSCRIBE_MAILTO).',
  }),
  postalAddress: z.string().min(1).max(300).optional().meta({
    description:
      "The sender's name and postal address, at the foot of each e-mail (SENDGRID_POSTAL_ADDRESS). Laws on commercial e-mail ask for one (in the USA 15 U.S.C. 7704(a)(5)).",
  }),
  sandboxMode: z.boolean().default(false).meta({
    description:
      'SendGrid checks every message and delivers none (SENDGRID_SANDBOX_MODE). There are no events and no logs then.',
  }),
  timeoutMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(10_000)
    .meta({ description: 'Longest wait for the answer to one call, milliseconds.' }),
  logsSettleMs: z.int().min(0).max(86_400_000).default(300_000).meta({
    description:
      'How long a message may be missing in the Email Logs before it counts as never sent, milliseconds.',
  }),
});

export type SendgridConfig = z.infer<typeof SendgridConfig>;
