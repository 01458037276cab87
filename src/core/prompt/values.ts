import type { PlanInForce } from '../account/plan-of.ts';
import type { ActiveMember } from '../account/state.ts';
import type { Traits } from '../account/trait.ts';
import type { Scalar } from '../event/event.ts';
import type { FiredTrigger } from '../decision/record.ts';
import type { Offer, Playbook } from '../playbook.ts';

/** Everything that copy may quote, by the names of docs/playbook.md. What is not known is not there. */
export function copyValues(
  fired: FiredTrigger,
  offer: Offer,
  plan: PlanInForce,
  accountId: string,
  accountTraits: Traits,
  member: ActiveMember | undefined,
  playbook: Playbook,
  when: string,
): Readonly<Record<string, unknown>> {
  return {
    ...fired.evidence,
    when,
    user: traitValues(member?.traits),
    account: { ...traitValues(accountTraits), id: accountId },
    plan: {
      id: plan.id,
      price: plan.plan === undefined ? undefined : price(plan.plan.monthlyPriceCents),
    },
    offer: offerValues(offer, playbook),
  };
}

function offerValues(offer: Offer, playbook: Playbook): Readonly<Record<string, unknown>> {
  const { sells } = offer;
  switch (sells.kind) {
    case 'addon':
      return { id: offer.id, price: price(sells.monthlyPriceCents) };
    case 'education':
      return { id: offer.id };
    case 'plan': {
      const cents = playbook.plans.get(sells.plan)?.monthlyPriceCents;
      return {
        id: offer.id,
        plan: sells.plan,
        price: cents === undefined ? undefined : price(cents),
      };
    }
    default:
      return sells satisfies never;
  }
}

function traitValues(traits: Traits | undefined): Readonly<Record<string, Scalar>> {
  return Object.fromEntries([...(traits ?? [])].map(([name, trait]) => [name, trait.value]));
}

/** `99` for 9900 cents, `99.50` for 9950. */
function price(cents: number): string {
  return cents % 100 === 0 ? String(cents / 100) : (cents / 100).toFixed(2);
}
