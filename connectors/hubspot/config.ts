import { z } from 'zod';
import { secretAddress, secretWord } from '../../src/core/vendor-setting.ts';

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
  accessToken: secretWord('HUBSPOT_ACCESS_TOKEN').meta({
    description: 'Service key, or token of a project app (HUBSPOT_ACCESS_TOKEN).',
  }),
  baseUrl: secretAddress('HUBSPOT_BASE_URL', 'access token')
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
