import { z } from 'zod';

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Settings of the HubSpot connector, from the environment. */
export const HubSpotConnectorConfig = z.strictObject({
  clientSecret: z.string().min(1).meta({
    description:
      'The client secret of the HubSpot app, which signs its webhooks (HUBSPOT_CLIENT_SECRET).',
  }),
});

export type HubSpotConnectorConfig = z.infer<typeof HubSpotConnectorConfig>;

/** Settings of the poll for won deals and tickets. */
export const HubSpotPollConfig = z.strictObject({
  accessToken: z
    .string()
    .regex(/^[\x21-\x7e]+$/u, 'HUBSPOT_ACCESS_TOKEN must be one word of plain characters.')
    .meta({ description: 'Service key, or token of a project app (HUBSPOT_ACCESS_TOKEN).' }),
  baseUrl: z
    .string()
    .refine(
      isSafeForToken,
      'HUBSPOT_BASE_URL must be an https address, because the access token travels in every request; plain http is only for this machine.',
    )
    .default('https://api.hubapi.com')
    .meta({ description: 'Where the API is (HUBSPOT_BASE_URL).' }),
  apiVersion: z
    .string()
    .regex(/^\d{4}-\d{2}$/u)
    .default('2026-03')
    .meta({ description: 'Date version of the API.' }),
  timeoutMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(15_000)
    .meta({ description: 'Longest wait for one page, headers and body, milliseconds.' }),
});

export type HubSpotPollConfig = z.infer<typeof HubSpotPollConfig>;

function isSafeForToken(baseUrl: string): boolean {
  const url = URL.parse(baseUrl);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback.has(url.hostname));
}
