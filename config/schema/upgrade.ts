import { z } from 'zod';

/** One-click upgrades: the customer's own webhook, asked after a confirming click (docs/links.md). */
export const Upgrade = z
  .strictObject({
    webhook: z
      .string()
      .max(2_000)
      .regex(
        /^(?:https:\/\/[^\s/?#@]+|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?)(?:[/?#]\S*)?$/u,
      )
      .meta({
        description:
          'the https address of your webhook, such as https://api.example.com/upgrades (http only on this machine)',
      }),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/u)
      .optional()
      .meta({
        description: 'the currency of your prices as three capital letters, such as USD or EUR',
      }),
  })
  .meta({
    description:
      'the webhook that is called when a person confirms an offer: { webhook, currency }; without it offers lead to cta_url',
  });
