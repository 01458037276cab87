import { z } from 'zod';

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Settings of the Intercom destination, from the environment. Every default stands here. */
export const IntercomConfig = z.strictObject({
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

function isSafeForToken(baseUrl: string): boolean {
  const url = URL.parse(baseUrl);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback.has(url.hostname));
}
