import { z } from 'zod';

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Settings of the Intercom connector, from the environment. Every default stands here. */
export const IntercomConnectorConfig = z.strictObject({
  clientSecret: z.string().min(1).meta({
    description:
      'The client secret of the Intercom app, which signs its webhooks (INTERCOM_CLIENT_SECRET).',
  }),
  contentIds: z.array(z.string().min(1)).optional().meta({
    description:
      "Numbers of the banners, posts and other content that show the hub's prompts, as content or ruleset id (INTERCOM_CONTENT_IDS). Without them whatever content a person sees counts for their newest prompt.",
  }),
});

export type IntercomConnectorConfig = z.infer<typeof IntercomConnectorConfig>;

/** Settings of the poll that repairs what webhooks missed. */
export const IntercomPollConfig = z.strictObject({
  accessToken: z
    .string()
    .regex(/^[\x21-\x7e]+$/u, 'INTERCOM_ACCESS_TOKEN must be one word of plain characters.')
    .meta({ description: 'Access token of the Intercom app (INTERCOM_ACCESS_TOKEN).' }),
  baseUrl: z
    .string()
    .refine(
      isSafeForToken,
      'INTERCOM_BASE_URL must be an https address, because the access token travels in every request; plain http is only for this machine.',
    )
    .default('https://api.intercom.io')
    .meta({ description: 'Where the API is (INTERCOM_BASE_URL).' }),
  timeoutMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(15_000)
    .meta({ description: 'Longest wait for one page, headers and body, milliseconds.' }),
});

export type IntercomPollConfig = z.infer<typeof IntercomPollConfig>;

function isSafeForToken(baseUrl: string): boolean {
  const url = URL.parse(baseUrl);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback.has(url.hostname));
}
