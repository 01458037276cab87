import { createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';

/** Settings of the SendGrid connector, from the environment. */
export const SendgridConnectorConfig = z.strictObject({
  publicKey: z
    .string()
    .transform((text, context) => {
      const key = verificationKeyOf(text);
      if (key === undefined) {
        context.addIssue({
          code: 'custom',
          message:
            'SENDGRID_WEBHOOK_PUBLIC_KEY must be the verification key of the Signed Event Webhook (base64, P-256); copy it again from SendGrid, Settings, Mail Settings.',
        });
        return z.NEVER;
      }
      return key;
    })
    .meta({
      description:
        'Verification key of the Signed Event Webhook, base64 of SPKI DER (SENDGRID_WEBHOOK_PUBLIC_KEY).',
    }),
  unsubscribeGroup: z.int().min(1).optional().meta({
    description:
      'Id of the unsubscribe group of offers (SENDGRID_UNSUBSCRIBE_GROUP); what people do in other groups is then not ours.',
  }),
});

export type SendgridConnectorConfig = z.infer<typeof SendgridConnectorConfig>;

/** The key that checks SendGrid's signatures; undefined when the text is no P-256 public key. */
function verificationKeyOf(text: string): KeyObject | undefined {
  try {
    const key = createPublicKey({
      key: Buffer.from(text.trim(), 'base64'),
      format: 'der',
      type: 'spki',
    });
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
  } catch {
    return undefined;
  }
}
