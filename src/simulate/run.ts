import {
  type Account,
  answer,
  arrive,
  createAccount,
  decideAlone,
  type Happening,
  leaves,
  live,
} from './account.ts';
import type { Secret } from './oracle.ts';
import type { Moment, Policy, Question } from './policy.ts';
import type { Signal, World } from './world.ts';

/** What came of one policy in one world under one seed. Money in units of the currency, over all days. */
export interface Result {
  readonly conversions: number;
  /** Monthly income that purchases added. */
  readonly expansionMrr: number;
  /** Income collected, a thirtieth of the month for every day. */
  readonly collected: number;
  readonly prompts: number;
  /** Of the prompts, those that teach and name no price. */
  readonly lessons: number;
  /** Prices named after each kind of signal, in the first and in the last quarter of the days. */
  readonly early: AskedOn;
  readonly late: AskedOn;
  readonly dismissals: number;
  readonly complaints: number;
  readonly churned: number;
}

/** How often a price was named after each kind of signal. */
export type AskedOn = Readonly<Partial<Record<Signal, number>>>;

/** A world, its luck and its size. */
export interface RunSettings {
  readonly world: World;
  readonly seed: number;
  readonly accounts: number;
  readonly days: number;
}

/** Lives one policy through all days. */
export function run(
  settings: RunSettings,
  policyOf: (secretOf: (moment: Moment) => Secret) => Policy,
): Result {
  const { world, seed, days } = settings;
  const accounts = Array.from({ length: settings.accounts }, (_, at) =>
    createAccount(world, seed, at),
  );
  let happenedNow: readonly Happening[] = [];
  const policy = policyOf((moment) => ({
    account: accounts[moment.account] ?? createAccount(world, seed, moment.account),
    happened: happenedNow,
  }));
  const total = {
    conversions: 0,
    expansionMrr: 0,
    collected: 0,
    prompts: 0,
    lessons: 0,
    early: askedOnNothing(),
    late: askedOnNothing(),
    dismissals: 0,
    complaints: 0,
    churned: 0,
  };
  for (let day = 0; day < days; day += 1) {
    policy.beginDay(day);
    for (const account of accounts) {
      if (!account.isGone) {
        happenedNow = live(account, world, seed, day);
        decideAlone(account, happenedNow, world, seed, day);
        askAccount(account, day);
        for (const { offer, addedMrr } of arrive(account, day)) {
          total.conversions += 1;
          total.expansionMrr += addedMrr;
          policy.hear(account.index, day, { kind: 'bought', offer, mrr: account.mrr });
        }
        total.collected += account.mrr / 30;
        if (leaves(account, world, seed, day)) {
          total.churned += 1;
          policy.hear(account.index, day, { kind: 'left' });
        }
      }
    }
  }
  return total;

  function note({ offer, signal }: Question, day: number): void {
    const asked = day < days / 4 ? total.early : day >= (3 * days) / 4 ? total.late : undefined;
    if (asked !== undefined && offer !== 'education') {
      asked[signal] = (asked[signal] ?? 0) + 1;
    }
  }

  function askAccount(account: Account, day: number): void {
    const question = policy.ask({
      account: account.index,
      day,
      signals: happenedNow.map(({ signal }) => signal),
      mrr: account.mrr,
      usage: account.usage,
      upgradedDay: account.upgradedDay,
      crosssoldDay: account.crosssoldDay,
    });
    if (question !== undefined) {
      total.prompts += 1;
      total.lessons += question.offer === 'education' ? 1 : 0;
      note(question, day);
      for (const kind of answer(account, question, happenedNow, world, seed, day)) {
        total.dismissals += kind === 'dismissed' ? 1 : 0;
        total.complaints += kind === 'complained' ? 1 : 0;
        policy.hear(account.index, day, { kind });
      }
    }
  }
}

function askedOnNothing(): Partial<Record<Signal, number>> {
  return {};
}
