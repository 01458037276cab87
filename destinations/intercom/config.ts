import { z } from 'zod';
import { secretAddress, secretWord } from '../../src/core/vendor-setting.ts';

/** Settings of the Intercom destination, from the environment. Every default stands here. */
export const IntercomConfig = z.strictObject({
  accessToken: secretWord('INTERCOM_ACCESS_TOKEN').meta({
    description: 'Access token of the Intercom app (INTERCOM_ACCESS_TOKEN).',
  }),
  baseUrl: secretAddress('INTERCOM_BASE_URL', 'access token')
    .default('https://api.intercom.io')
    .meta({
      description:
        'Where the API is (INTERCOM_BASE_URL): https://api.intercom.io finds the region by itself, api.eu and api.au name it.',
    }),
  timeoutMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(10_000)
    .meta({ description: 'Longest wait for the answer to one call, milliseconds.' }),
});

export type IntercomConfig = z.infer<typeof IntercomConfig>;
