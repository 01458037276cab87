import { chanceAt, normalAt } from './chance.ts';
import type { Question } from './policy.ts';
import { offerOf } from './policy.ts';
import type { Signal, World } from './world.ts';

/** What each number of a day is for; a normal number takes two. */
const use = {
  mrr: 0,
  type: 2,
  sensitivity: 3,
  usage: 4,
  drift: 5,
  limit: 7,
  team: 8,
  power: 9,
  explore: 10,
  adjacent: 11,
  falseSignal: 12,
  falseKind: 13,
  natural: 14,
  naturalDelay: 15,
  asked: 16,
  askedDelay: 17,
  dismissed: 18,
  complained: 19,
  churned: 20,
  learned: 21,
} as const;

/** The day that stands for the beginning: an account is dealt its nature before its first day. */
const beginning = -1;
const readinessDays = 60;
const windowDays = 14;
const longestDelayDays = 13;
const signalRates = { limit: 0.35, team: 0.07, power: 0.08, explore: 0.08, adjacent: 0.03 };

/** One account of a world, with what nobody can see. Changed day by day; one world and policy owns it. */
export interface Account {
  readonly index: number;
  readonly type: 'growing' | 'exploring' | 'static';
  sensitivity: number;
  usage: number;
  mrr: number;
  isGone: boolean;
  /** Unfading sum is kept as of `fatigueDay`. */
  fatigue: number;
  fatigueDay: number;
  dismissals: number;
  taughtDay: number | undefined;
  upgradedDay: number | undefined;
  crosssoldDay: number | undefined;
  /** Put off by a harmful question: no upgrade, or cross-sell, is decided before this day. */
  sourUpgradeDay: number;
  sourCrosssellDay: number;
  /** Day on which a decided purchase arrives. */
  upgradeDueDay: number | undefined;
  crosssellDueDay: number | undefined;
}

export function createAccount(world: World, seed: number, index: number): Account {
  const chance = (what: number): number => chanceAt(seed, index, beginning, what);
  const type = chance(use.type);
  return {
    index,
    type:
      type < world.growing
        ? 'growing'
        : type < world.growing + world.exploring
          ? 'exploring'
          : 'static',
    sensitivity: 0.5 + chance(use.sensitivity),
    usage: 0.25 + 0.5 * chance(use.usage),
    mrr: world.medianMrr * Math.exp(world.mrrSigma * normalAt(seed, index, beginning, use.mrr)),
    isGone: false,
    fatigue: 0,
    fatigueDay: 0,
    dismissals: 0,
    taughtDay: undefined,
    upgradedDay: undefined,
    crosssoldDay: undefined,
    sourUpgradeDay: 0,
    sourCrosssellDay: 0,
    upgradeDueDay: undefined,
    crosssellDueDay: undefined,
  };
}

/** A signal with how much of its effect is real: a false one means a fifth. */
export interface Happening {
  readonly signal: Signal;
  readonly meaning: number;
}

/** Uses the product for a day: usage moves, and signals happen. */
export function live(
  account: Account,
  world: World,
  seed: number,
  day: number,
): readonly Happening[] {
  const chance = (what: number): number => chanceAt(seed, account.index, day, what);
  const drift = account.type === 'growing' ? 0.006 : account.type === 'exploring' ? 0.001 : 0;
  const moved = account.usage + drift + 0.02 * normalAt(seed, account.index, day, use.drift);
  account.usage = Math.min(1.15, Math.max(0.05, moved));
  const happened: Happening[] = [];
  const add = (signal: Signal, isThere: boolean, meaning = 1): void => {
    const isOver =
      offerOf(signal) === 'crosssell'
        ? account.crosssoldDay !== undefined
        : account.upgradedDay !== undefined && day - account.upgradedDay < 60;
    if (isThere && !isOver && !happened.some((one) => one.signal === signal)) {
      happened.push({ signal, meaning });
    }
  };
  const isActive = account.type !== 'static';
  add('limit', account.usage > 0.85 && chance(use.limit) < signalRates.limit);
  add('team', account.type === 'growing' && chance(use.team) < signalRates.team);
  add('power', isActive && account.usage > 0.5 && chance(use.power) < signalRates.power);
  add('explore', account.type === 'exploring' && chance(use.explore) < signalRates.explore);
  add('adjacent', account.type === 'exploring' && chance(use.adjacent) < signalRates.adjacent);
  if (chance(use.falseSignal) < world.falseSignals) {
    add(chance(use.falseKind) < 0.5 ? 'power' : 'explore', true, 0.2);
  }
  return happened;
}

/** Decides by itself to buy: a run of signals over 14 days comes to about `p0`. */
export function decideAlone(
  account: Account,
  happened: readonly Happening[],
  world: World,
  seed: number,
  day: number,
): void {
  const moments = happened.length > 0 ? happened : [{ signal: 'none', meaning: 1 } as const];
  for (const [at, { signal, meaning }] of moments.entries()) {
    const rate = signal === 'none' ? 1 : signalRates[signal];
    const perSignal = 1 - (1 - world.signals[signal].p0) ** (1 / Math.max(1, windowDays * rate));
    // Each signal of a day has a number of its own, far from the others.
    const isSour =
      day < (offerOf(signal) === 'upgrade' ? account.sourUpgradeDay : account.sourCrosssellDay);
    if (
      !isSour &&
      chanceAt(seed, account.index, day, use.natural + 100 * at) < perSignal * meaning
    ) {
      decideToBuy(
        account,
        offerOf(signal),
        day + delayOf(world, seed, account.index, day, use.naturalDelay),
      );
    }
  }
}

/** Fatigue today. */
export function fatigueOf(account: Account, world: World, day: number): number {
  return account.fatigue * 2 ** (-(day - account.fatigueDay) / world.fatigueHalfLifeDays);
}

/** Prices were dismissed twice, and no lesson was taken within 60 days: asking adds little. */
export function isWorn({ dismissals, taughtDay }: Account, day: number): boolean {
  return dismissals >= 2 && (taughtDay === undefined || day - taughtDay > readinessDays);
}

/** What asking adds to the chance of buying, with everything that is true of the account today. */
export function extraChance(
  account: Account,
  question: Question,
  happened: readonly Happening[],
  world: World,
  day: number,
): number {
  if (question.offer === 'education') {
    return 0;
  }
  const met = happened.find(({ signal }) => signal === question.signal);
  const { tau } = world.signals[met === undefined ? 'none' : question.signal];
  const drift = world.driftDay !== undefined && day >= world.driftDay ? world.driftEffect : 1;
  const isWrongFamily = met !== undefined && offerOf(question.signal) !== question.offer;
  return (
    tau *
    world.effect *
    drift *
    account.sensitivity *
    (met?.meaning ?? 1) *
    Math.exp(-world.fatigueLambda * fatigueOf(account, world, day)) *
    (isWorn(account, day) ? 0.35 : 1) *
    (isWrongFamily ? 0.25 : 1)
  );
}

/** What being asked did, at once; a purchase arrives days later. `taught`: took the lesson; `learned`: for good. */
export type Answered = 'shown' | 'dismissed' | 'complained' | 'taught' | 'learned';

/** Is asked. */
export function answer(
  account: Account,
  question: Question,
  happened: readonly Happening[],
  world: World,
  seed: number,
  day: number,
): readonly Answered[] {
  const chance = (what: number): number => chanceAt(seed, account.index, day, what);
  const fatigue = fatigueOf(account, world, day);
  const tire = (weight: number): void => {
    account.fatigue = fatigueOf(account, world, day) + weight;
    account.fatigueDay = day;
  };
  if (question.offer === 'education') {
    tire(0.15);
    account.dismissals = 0;
    account.taughtDay = day;
    if (chance(use.learned) < 0.25) {
      account.sensitivity = Math.min(2.2, account.sensitivity * 1.25);
      return ['taught', 'learned'];
    }
    return ['taught'];
  }
  const extra = extraChance(account, question, happened, world, day);
  if (chance(use.asked) < extra) {
    const dueDay = day + delayOf(world, seed, account.index, day, use.askedDelay);
    decideToBuy(account, question.offer, dueDay);
    tire(0.4);
    return ['shown'];
  }
  // A harmful question keeps so many of those away who would have bought by themselves.
  const { p0 } = world.signals[question.signal];
  if (extra < 0 && chance(use.asked) < -extra / Math.max(p0, -extra)) {
    putOff(account, question.offer, day + windowDays);
  }
  const isDismissed = chance(use.dismissed) < Math.min(0.9, world.dismissed + 0.12 * fatigue);
  const isComplaint = chance(use.complained) < world.complained * (1 + fatigue);
  tire((isDismissed ? 1 : 0.4) + (isComplaint ? 2 : 0));
  account.dismissals += isDismissed ? 1 : 0;
  return [isDismissed ? 'dismissed' : 'shown', ...(isComplaint ? ['complained' as const] : [])];
}

/** What arrives on a day: purchases, then perhaps the end. */
export function arrive(
  account: Account,
  day: number,
): readonly { readonly offer: 'upgrade' | 'crosssell'; readonly addedMrr: number }[] {
  const arrived: { readonly offer: 'upgrade' | 'crosssell'; readonly addedMrr: number }[] = [];
  if (account.upgradeDueDay !== undefined && day >= account.upgradeDueDay) {
    account.upgradeDueDay = undefined;
    account.upgradedDay = day;
    arrived.push({ offer: 'upgrade', addedMrr: 0.45 * account.mrr });
    account.mrr *= 1.45;
    account.usage *= 0.55;
  }
  if (account.crosssellDueDay !== undefined && day >= account.crosssellDueDay) {
    account.crosssellDueDay = undefined;
    account.crosssoldDay = day;
    arrived.push({ offer: 'crosssell', addedMrr: 0.2 * account.mrr });
    account.mrr *= 1.2;
  }
  return arrived;
}

/** Whether the account leaves today. */
export function leaves(account: Account, world: World, seed: number, day: number): boolean {
  const pressure = account.usage > 0.85 ? 1.8 : 1;
  const rate =
    (world.monthlyChurn / 30) *
    pressure *
    (1 + world.churnPerFatigue * fatigueOf(account, world, day));
  account.isGone = chanceAt(seed, account.index, day, use.churned) < rate;
  return account.isGone;
}

function delayOf(world: World, seed: number, account: number, day: number, what: number): number {
  const beyond = -world.delayDays * Math.log(chanceAt(seed, account, day, what));
  return Math.round(Math.min(longestDelayDays, 1 + beyond));
}

/** A purchase that is decided already, or lately made, is not decided again. */
function decideToBuy(account: Account, offer: 'upgrade' | 'crosssell', dueDay: number): void {
  if (offer === 'crosssell') {
    account.crosssellDueDay ??= account.crosssoldDay === undefined ? dueDay : undefined;
  } else if (account.upgradedDay === undefined || dueDay - account.upgradedDay >= 60) {
    account.upgradeDueDay ??= dueDay;
  }
}

function putOff(account: Account, offer: 'upgrade' | 'crosssell', untilDay: number): void {
  if (offer === 'crosssell') {
    account.crosssellDueDay = undefined;
    account.sourCrosssellDay = untilDay;
  } else {
    account.upgradeDueDay = undefined;
    account.sourUpgradeDay = untilDay;
  }
}
