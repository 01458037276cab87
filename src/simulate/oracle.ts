import { accountValue, saleValue } from '../core/model/expected-value.ts';
import type { Economics } from '../core/playbook.ts';
import { type Account, extraChance, fatigueOf, type Happening } from './account.ts';
import { type Moment, offerOf, type Policy, type Question } from './policy.ts';
import type { World } from './world.ts';

/** What only the oracle is shown. */
export interface Secret {
  readonly account: Account;
  readonly happened: readonly Happening[];
}

/**
 * Knows the truth, and asks when what it adds is worth more than the churn it brings plus the price of using up
 * patience: `shadow` of a sale. No policy without that knowledge can be expected to do as well.
 */
export function createOracle(
  world: World,
  economics: Economics,
  shadow: number,
  secretOf: (moment: Moment) => Secret,
): Policy {
  const worth = { ...economics, monthlyChurn: world.monthlyChurn };
  return {
    name: 'oracle',
    beginDay: () => undefined,
    ask(moment): Question | undefined {
      const secret = secretOf(moment);
      let best: Question | undefined;
      let most = 0;
      for (const signal of moment.signals) {
        const question = { offer: offerOf(signal), signal };
        const gain = gainOf(question, secret, moment);
        if (gain > most) {
          most = gain;
          best = question;
        }
      }
      return best;
    },
    hear: () => undefined,
  };

  function gainOf(question: Question, { account, happened }: Secret, moment: Moment): number {
    const extra = extraChance(account, question, happened, world, moment.day);
    const isDue =
      question.offer === 'crosssell'
        ? account.crosssellDueDay !== undefined
        : account.upgradeDueDay !== undefined;
    if (isDue) {
      return 0;
    }
    const share = question.offer === 'crosssell' ? 0.2 : 0.45;
    const fatigue = fatigueOf(account, world, moment.day);
    const dismissed = Math.min(0.9, world.dismissed + 0.12 * fatigue);
    const added = 0.4 + 0.6 * dismissed + 2 * world.complained * (1 + fatigue);
    const days = world.fatigueHalfLifeDays / Math.LN2;
    const churn = (world.monthlyChurn / 30) * world.churnPerFatigue * days * added;
    const upgrade = saleValue(0.45 * moment.mrr, worth);
    return (
      extra * saleValue(share * moment.mrr, worth) -
      churn * accountValue(moment.mrr, worth) -
      shadow * upgrade
    );
  }
}
