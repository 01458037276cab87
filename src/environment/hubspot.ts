import { z } from 'zod';
import { clientSecret, httpUrlLike, oneOf, wholeNumber } from './fields.ts';

/** What the environment says of HubSpot. */
export interface HubspotEnvironment {
  readonly accessToken: string | undefined;
  /** Signs HubSpot's webhooks. */
  readonly clientSecret: string | undefined;
  readonly baseUrl: string | undefined;
  /** Where deals begin, `pipeline/stage`; undefined: no deals. */
  readonly deals: string | undefined;
  readonly fallbackOwnerId: string | undefined;
  readonly createFor: 'none' | 'paying' | 'all';
  readonly intervalSeconds: number;
  readonly requestsPer10s: number;
  readonly requestsPerDay: number;
  readonly newsPerDay: number;
}

/** The variables of HubSpot. */
export const hubspotVariables = {
  HUBSPOT_ACCESS_TOKEN: z
    .string()
    .regex(
      /^[\x21-\x7e]+$/u,
      'must be one word of plain characters; copy it again from HubSpot, Development, Keys',
    )
    .optional(),
  HUBSPOT_CLIENT_SECRET: clientSecret('HubSpot').optional(),
  HUBSPOT_BASE_URL: httpUrlLike('https://api.hubapi.com').optional(),
  HUBSPOT_DEALS: z
    .string()
    .regex(
      /^[\w-]+\/[\w-]+$/u,
      'must be the ids of a pipeline and of the stage in which a deal begins, such as default/1234567',
    )
    .optional(),
  HUBSPOT_FALLBACK_OWNER: z
    .string()
    .regex(/^\d+$/u, 'must be the number of an owner, as HubSpot shows it')
    .optional(),
  HUBSPOT_CREATE_COMPANIES: oneOf(['none', 'paying', 'all']).default('paying'),
  HUBSPOT_INTERVAL_SECONDS: wholeNumber(1, 86_400).default(60),
  HUBSPOT_REQUESTS_PER_10S: wholeNumber(1, 250).default(60),
  HUBSPOT_REQUESTS_PER_DAY: wholeNumber(1, 10_000_000).default(100_000),
  HUBSPOT_NEWS_PER_DAY: wholeNumber(0, 100_000).default(50),
};

const Variables = z.object(hubspotVariables);

/** What the variables say of HubSpot. */
export function hubspotOf(values: z.infer<typeof Variables>): HubspotEnvironment {
  return {
    accessToken: values.HUBSPOT_ACCESS_TOKEN,
    clientSecret: values.HUBSPOT_CLIENT_SECRET,
    baseUrl: values.HUBSPOT_BASE_URL,
    deals: values.HUBSPOT_DEALS,
    fallbackOwnerId: values.HUBSPOT_FALLBACK_OWNER,
    createFor: values.HUBSPOT_CREATE_COMPANIES,
    intervalSeconds: values.HUBSPOT_INTERVAL_SECONDS,
    requestsPer10s: values.HUBSPOT_REQUESTS_PER_10S,
    requestsPerDay: values.HUBSPOT_REQUESTS_PER_DAY,
    newsPerDay: values.HUBSPOT_NEWS_PER_DAY,
  };
}
