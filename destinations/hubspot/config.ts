import { z } from 'zod';
import { secretAddress, secretWord } from '../../src/core/vendor-setting.ts';

/** Settings of the HubSpot destination, from the environment. Every default stands here. */
export const HubspotConfig = z.strictObject({
  accessToken: secretWord('HUBSPOT_ACCESS_TOKEN').meta({
    description: 'Service key or access token of the project app (HUBSPOT_ACCESS_TOKEN).',
  }),
  baseUrl: secretAddress('HUBSPOT_BASE_URL', 'access token')
    .default('https://api.hubapi.com')
    .meta({ description: 'Where the API is (HUBSPOT_BASE_URL).' }),
  apiVersion: z
    .string()
    .regex(/^\d{4}-(?:03|09)$/u, 'The API version must be a date version such as 2026-03.')
    .default('2026-03')
    .meta({
      description: 'Version in every path; 2026-09 enforces the rules of the portal on writes.',
    }),
  timeoutMs: z
    .int()
    .min(100)
    .max(30_000)
    .default(15_000)
    .meta({ description: 'Longest wait for the answer to one call, milliseconds.' }),
  requestsPer10s: z.int().min(1).max(250).default(60).meta({
    description: 'Calls in 10 s at most (HUBSPOT_REQUESTS_PER_10S): 60 % of the smallest limit.',
  }),
  deals: z
    .string()
    .regex(
      /^[\w-]+\/[\w-]+$/u,
      'HUBSPOT_DEALS must be the ids of a pipeline and of the stage in which a deal begins, such as default/1234567.',
    )
    .optional()
    .meta({
      description: 'Where deals begin, `pipeline/stage` (HUBSPOT_DEALS). Not set: no deals.',
    }),
  fallbackOwnerId: z
    .string()
    .regex(/^\d+$/u, 'HUBSPOT_FALLBACK_OWNER must be the number of an owner.')
    .optional()
    .meta({ description: 'Who gets the task of a company without owner. Not set: nobody.' }),
});

export type HubspotConfig = z.infer<typeof HubspotConfig>;
