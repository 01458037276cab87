import { accountValue, saleValue } from '../core/model/expected-value.ts';
import type { Economics } from '../core/playbook.ts';
import { type Account, extraChance, fatigueOf, type Happening, isWorn } from './account.ts';
import { type Moment, offerOf, type Policy, type Question } from './policy.ts';
import type { World } from './world.ts';

/** What only the oracle is shown. */
export interface Secret {
  readonly account: Account;
  readonly happened: readonly Happening[];
}

/**
 * Knows the truth, and asks when what it adds is worth more than the churn it brings plus the price of using up
 * patience: `shadow` of a sale. An account that is worn out by prices it teaches first, where asking would be worth it after
 * that. It looks no further than that.
 */
export function createOracle(
  world: World,
  economics: Economics,
  shadow: number,
  secretOf: (moment: Moment) => Secret,
): Policy {
  const worth = { ...economics, monthlyChurn: world.monthlyChurn };
  return {
    beginDay: () => undefined,
    ask(moment): Question | undefined {
      const secret = secretOf(moment);
      let best: Question | undefined;
      let most = 0;
      const worn = isWorn(secret.account, moment.day);
      const fresh = worn ? { ...secret, account: { ...secret.account, dismissals: 0 } } : secret;
      for (const signal of moment.signals) {
        const question = { offer: offerOf(signal), signal };
        const gain = gainOf(question, fresh, moment);
        if (gain > most) {
          most = gain;
          best = worn ? { offer: 'education', signal } : question;
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
