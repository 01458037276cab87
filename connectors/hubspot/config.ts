import { z } from 'zod';

/** Settings of the HubSpot connector, from the environment. */
export const HubSpotConnectorConfig = z.strictObject({
  clientSecret: z.string().min(1).meta({
    description:
      'The client secret of the HubSpot app, which signs its webhooks (HUBSPOT_CLIENT_SECRET).',
  }),
});

export type HubSpotConnectorConfig = z.infer<typeof HubSpotConnectorConfig>;
