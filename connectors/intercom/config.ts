import { z } from 'zod';
import { secretAddress, secretWord } from '../../src/core/vendor-setting.ts';

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
  accessToken: secretWord('INTERCOM_ACCESS_TOKEN').meta({
    description: 'Access token of the Intercom app (INTERCOM_ACCESS_TOKEN).',
  }),
  baseUrl: secretAddress('INTERCOM_BASE_URL', 'access token')
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
