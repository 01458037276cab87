import type { DecisionRecord } from '../core/decision/record.ts';
import type { Playbook } from '../core/playbook.ts';

/** What the prompt offers, as the playbook has it now. */
export interface Sale {
  readonly offerId: string;
  /** The plan to move to; undefined for an add-on. */
  readonly plan: string | undefined;
  /** For people: `Pro plan`, `Salesforce sync`. */
  readonly name: string;
  readonly monthlyPriceCents: number;
  /** For people: `$99 a month`. */
  readonly price: string;
}

/** The sale of a decision; undefined when the playbook no longer has its offer or its plan, so that no price can be told, and for a lesson, which has none. */
export function saleOf(record: DecisionRecord, playbook: Playbook): Sale | undefined {
  const offer = playbook.offers.get(record.chosen ?? '');
  if (offer === undefined || offer.sells.kind === 'education') {
    return undefined;
  }
  const { sells } = offer;
  const plan = sells.kind === 'plan' ? playbook.plans.get(sells.plan) : undefined;
  const monthlyPriceCents =
    sells.kind === 'plan' ? plan?.monthlyPriceCents : sells.monthlyPriceCents;
  if (monthlyPriceCents === undefined) {
    return undefined;
  }
  return {
    offerId: offer.id,
    plan: plan?.id,
    name: plan === undefined ? readable(offer.id) : `${readable(plan.id)} plan`,
    monthlyPriceCents,
    price: `${amountOf(monthlyPriceCents, playbook.upgrade?.currency)} a month`,
  };
}

function amountOf(cents: number, currency: string | undefined): string {
  const digits = cents % 100 === 0 ? 0 : 2;
  const style = currency === undefined ? {} : ({ style: 'currency', currency } as const);
  return new Intl.NumberFormat('en', {
    ...style,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(cents / 100);
}

function readable(id: string): string {
  const words = id.replaceAll(/[_-]+/gu, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
