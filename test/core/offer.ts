import type { Offer } from '../../src/core/playbook.ts';

/** An offer of the plan pro, with what differs. */
export function offerOf(differs: Partial<Offer> = {}): Offer {
  return {
    id: 'pro',
    family: 'upgrade',
    sells: { kind: 'plan', plan: 'pro' },
    priors: undefined,
    surface: 'upsell-offer-ready',
    form: 'event',
    delivery: 'in_app',
    copy: new Map(),
    email: undefined,
    softer: undefined,
    education: undefined,
    budget: undefined,
    ...differs,
  };
}
