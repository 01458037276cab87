import { playbookOf } from '../core/account/world.ts';

/** Work that is done three times a day raises an offer. */
export const playbook = playbookOf(`
version: 1
events: { Work Done: [] }
plan: { default: starter }
buyers: { trait: role, values: [owner] }
plans: { starter: { monthlyPrice: 49 }, pro: { monthlyPrice: 149 } }
signals: { work: { events: Work Done } }
valueMoment: { signal: work }
triggers: { busy: { count: work, within: 1d, atLeast: 3, kind: power, offers: [pro] } }
offers:
  pro: { plan: pro, copy: { headline: Go, body: Go, cta_label: Go, cta_url: https://app.example/go } }
`);
