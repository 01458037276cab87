import { chanceAt } from './chance.ts';
import { type Moment, offerOf, type Policy, type Question } from './policy.ts';

/*
 * The policies to beat: rules that everybody could write. Each asks an account at most every `gapDays`, and never sells what
 * was bought lately.
 */

/** Asks nobody: what would have happened anyway. */
export function createNever(): Policy {
  return { beginDay: nothing, ask: () => undefined, hear: nothing };
}

/** Every `gapDays` from joining, whatever happened: the upgrade first, then the cross-sell, in turns. */
export function createCalendar(gapDays: number): Policy {
  return {
    beginDay: nothing,
    ask(moment) {
      const turn = moment.day / gapDays;
      if (moment.day === 0 || !Number.isInteger(turn)) {
        return undefined;
      }
      const offer = turn % 2 === 1 ? 'upgrade' : 'crosssell';
      const [signal = 'none'] = moment.signals;
      return isForSale(moment, offer) ? { offer, signal } : undefined;
    },
    hear: nothing,
  };
}

/** On every signal, unless the account was asked within `gapDays`; the strongest of several. */
export function createAlways(gapDays: number): Policy {
  return onSignal(gapDays, () => true);
}

/** As `always`, but every other time by the toss of a coin. */
export function createRandomHalf(seed: number, gapDays: number): Policy {
  return onSignal(gapDays, ({ account, day }) => chanceAt(seed, account, day, 1_000) < 0.5);
}

/** Whether the account could buy it now: no second cross-sell, and no upgrade within 60 days of the last. */
export function isForSale(moment: Moment, offer: 'upgrade' | 'crosssell'): boolean {
  return offer === 'crosssell'
    ? moment.crosssoldDay === undefined
    : moment.upgradedDay === undefined || moment.day - moment.upgradedDay >= 60;
}

function onSignal(gapDays: number, wants: (moment: Moment) => boolean): Policy {
  const askedDay = new Map<number, number>();
  return {
    beginDay: nothing,
    ask(moment): Question | undefined {
      const [signal] = moment.signals;
      const last = askedDay.get(moment.account) ?? Number.NEGATIVE_INFINITY;
      if (signal === undefined || moment.day - last < gapDays || !wants(moment)) {
        return undefined;
      }
      askedDay.set(moment.account, moment.day);
      return { offer: offerOf(signal), signal };
    },
    hear: nothing,
  };
}

function nothing(): void {}
