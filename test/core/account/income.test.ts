import { describe, expect, it } from 'vitest';
import { addedIncome, monthlyIncome } from '../../../src/core/account/income.ts';
import { planOf } from '../../../src/core/account/plan-of.ts';
import { event, playbookOf, run } from './world.ts';

const playbook = playbookOf(`
version: 1
events: { Work Done: [] }
plan: { default: starter, mrr: monthly_spend }
plans: { starter: { monthlyPrice: 50 }, pro: { monthlyPrice: 100 }, top: { monthlyPrice: 400 } }
signals: { work: { events: Work Done } }
valueMoment: { signal: work }
triggers: { busy: { count: work, within: 1d, atLeast: 3, kind: power, offers: [pro, addon, lesson] } }
offers:
  pro: { plan: pro, copy: { headline: Go, body: Go, cta_label: Go, cta_url: https://app.example/go } }
  addon: { addon: { monthlyPrice: 10 }, copy: { headline: Go, body: Go, cta_label: Go, cta_url: https://app.example/go } }
  lesson: { teaches: work, copy: { headline: Go, body: Go, cta_label: Go, cta_url: https://app.example/go } }
`);

function inForce(traits: Readonly<Record<string, string | number | boolean>>) {
  const said = event({ id: 'g', call: 'group', traits });
  return planOf(run([said], { playbook, mode: 'live' }).view.account, undefined, playbook);
}

function added(offerId: string, traits: Parameters<typeof inForce>[0]): number {
  const offer = playbook.offers.get(offerId);
  return offer === undefined ? Number.NaN : addedIncome(offer, inForce(traits), playbook);
}

describe('what an account pays a month', () => {
  it.each([
    [{ monthlyspend: 750 }, 750],
    [{ monthlyspend: '750.50' }, 750.5],
    [{ monthlyspend: 0 }, 0],
    [{ monthlyspend: 750, plan: 'pro' }, 750],
    [{ plan: 'Pro' }, 100],
    [{}, 50],
    [{ plan: 'unheard of' }, 100],
  ])(
    'is what the trait says, else the price of the plan, else the median price: %o',
    (traits, pays) => {
      expect(monthlyIncome(inForce(traits), playbook)).toBe(pays);
    },
  );

  it.each([-1, 'much', '', true, 'NaN', 'Infinity'])('is not what %o says', (said) => {
    expect(monthlyIncome(inForce({ monthlyspend: said }), playbook)).toBe(50);
  });
});

describe('what an offer adds to it', () => {
  it('is the difference of the prices, and the price of an add-on, at the list price', () => {
    expect(added('pro', {})).toBe(50);
    expect(added('addon', {})).toBe(10);
    expect(added('lesson', {})).toBe(0);
  });

  it('grows with the seats: who pays ten times the list price pays ten times the step', () => {
    expect(added('pro', { monthlyspend: 500 })).toBe(500);
    expect(added('addon', { monthlyspend: 500 })).toBe(100);
  });

  it('shrinks with a discount', () => {
    expect(added('pro', { monthlyspend: 25 })).toBe(25);
  });

  it('is the list price for who pays nothing yet: nothing is known of its seats', () => {
    expect(added('pro', { monthlyspend: 0 })).toBe(50);
  });

  it('is measured against what is paid on a plan that the playbook does not know', () => {
    expect(added('pro', { plan: 'legacy', monthlyspend: 70 })).toBe(30);
    expect(added('pro', { plan: 'legacy', monthlyspend: 700 })).toBe(0);
  });
});
