import { z } from 'zod';

/**
 * What the CRM's news mean. A won deal may as well be a renewal, a service or a first contract, so one that the hub did not
 * make says nothing of upgrades unless somebody who knows the pipeline says so here.
 */
export const Crm = z
  .strictObject({
    otherDeals: z.enum(['nothing', 'upgrade']).default('nothing').meta({
      description:
        'what a won deal means that the hub did not make: nothing (what was bought the product tells) or upgrade (every won deal of a company is an upgrade of its account)',
    }),
  })
  .prefault({})
  .meta({ description: 'what news of the CRM mean: { otherDeals }' });
