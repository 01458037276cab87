/*
 * What the prompts brought, against the accounts that were left alone (dm1 section 10). The interval may be looked at
 * every day without correction (Waudby-Smith et al., arXiv 2103.06476); before both groups have a few buyers there is none,
 * because with rare events it would miss the truth too often.
 */

/** One account, analysed when its horizon has passed. */
export interface EnrolledUnit {
  readonly unit: string;
  /** When it was enrolled: the order of the analysis. */
  readonly t: number;
  readonly isTreated: boolean;
  /** 1 or 0 for a purchase, or an amount of money. */
  readonly outcome: number;
  /** What was known before (MRR, usage): takes out noise that the prompts cannot have made. */
  readonly covariate: number | undefined;
}

export interface LiftSettings {
  /** The number of accounts at which the interval is to be narrowest: those expected in 90 days. */
  readonly expectedUnits: number;
  readonly alpha: number;
  /** Buyers that each group needs before an interval is shown. */
  readonly minBuyers: number;
  /** `rate`: outcomes are 0 or 1, and their variance follows from their share. `amount`: sample variances. */
  readonly outcome: 'rate' | 'amount';
}

export const defaultAlpha = 0.05;
export const defaultMinBuyers = 5;

/** A difference, treated minus holdout, and the half width of its interval, after so many units. */
export interface LiftLook {
  readonly n: number;
  readonly difference: number;
  readonly radius: number;
}

export interface Group {
  readonly n: number;
  readonly buyers: number;
  readonly mean: number;
}

export interface Lift {
  readonly treated: Group;
  readonly holdout: Group;
  /** Undefined before the gate: not enough data. */
  readonly last: LiftLook | undefined;
  /** The first look whose interval leaves out 0. */
  readonly firstExclusion: LiftLook | undefined;
}

/** Half the width of the always-valid interval of a mean whose units have standard deviation `deviation`. */
export function alwaysValidRadius(
  deviation: number,
  n: number,
  expectedUnits: number,
  alpha: number,
): number {
  const rho2 = (-2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha) + 1)) / expectedUnits;
  const spread = n * rho2 + 1;
  return (
    deviation * Math.sqrt(((2 * spread) / (n * n * rho2)) * Math.log(Math.sqrt(spread) / alpha))
  );
}

/** How many accounts an answer takes: 80 % power at 5 % for a rise from `holdChance` to `promptChance`. */
export function neededUnits(
  holdChance: number,
  promptChance: number,
  holdoutShare: number,
): number {
  const variance =
    (promptChance * (1 - promptChance)) / (1 - holdoutShare) +
    (holdChance * (1 - holdChance)) / holdoutShare;
  return Math.floor(((1.96 + 0.84) ** 2 * variance) / (promptChance - holdChance) ** 2);
}

/**
 * The order of the analysis: by enrolment, then by name; of one unit only its first enrolment counts, and of two at the same
 * time the one with the lesser outcome (then covariate). The order in which they are given does not matter.
 */
export function enrolmentOrder<
  T extends {
    readonly unit: string;
    readonly t: number;
    readonly outcome?: number;
    readonly covariate?: number | undefined;
  },
>(units: readonly T[]): readonly T[] {
  const seen = new Set<string>();
  const byName = (left: T, right: T): number =>
    left.unit === right.unit ? 0 : left.unit < right.unit ? -1 : 1;
  return units
    .toSorted(
      (left, right) =>
        left.t - right.t ||
        byName(left, right) ||
        (left.outcome ?? 0) - (right.outcome ?? 0) ||
        (left.covariate ?? 0) - (right.covariate ?? 0),
    )
    .filter(({ unit }) => !seen.has(unit) && seen.add(unit));
}

/** Cuts an amount to a cap that was fixed before the experiment: one giant cannot carry it alone. */
export function clipped(amount: number, cap: number): number {
  return Math.max(-cap, Math.min(cap, amount));
}

/** Looks after every unit in the order of enrolment. With a covariate for every unit, differences are CUPED ones. */
export function liftOf(units: readonly EnrolledUnit[], settings: LiftSettings): Lift {
  const ordered = enrolmentOrder(units);
  const isAdjusted = ordered.length > 0 && ordered.every((one) => one.covariate !== undefined);
  const treated = createMoments();
  const holdout = createMoments();
  let last: LiftLook | undefined;
  let firstExclusion: LiftLook | undefined;
  for (const one of ordered) {
    (one.isTreated ? treated : holdout).add(one.outcome, isAdjusted ? (one.covariate ?? 0) : 0);
    if (Math.min(treated.buyers, holdout.buyers) >= settings.minBuyers) {
      last = look(treated, holdout, settings, isAdjusted);
      if (firstExclusion === undefined && last !== undefined && excludesZero(last)) {
        firstExclusion = last;
      }
    }
  }
  return { treated: treated.group(), holdout: holdout.group(), last, firstExclusion };
}

export function excludesZero({ difference, radius }: LiftLook): boolean {
  return Math.abs(difference) > radius;
}

function look(
  treated: Moments,
  holdout: Moments,
  settings: LiftSettings,
  isAdjusted: boolean,
): LiftLook | undefined {
  const n = treated.n + holdout.n;
  const theta = isAdjusted ? pooledTheta(treated, holdout) : 0;
  const variance = (group: Moments): number | undefined =>
    settings.outcome === 'rate' && !isAdjusted ? group.rateVariance() : group.variance(theta);
  const [v1, v0] = [variance(treated), variance(holdout)];
  // Amounts that never vary say nothing of how far chance could carry them: an interval without width would be a proof.
  if (v1 === undefined || v0 === undefined || v1 + v0 === 0) {
    return undefined;
  }
  const difference = treated.meanY - holdout.meanY - theta * (treated.meanX - holdout.meanX);
  const deviation = Math.sqrt((v1 * n) / treated.n + (v0 * n) / holdout.n);
  const radius = alwaysValidRadius(deviation, n, settings.expectedUnits, settings.alpha);
  return { n, difference, radius };
}

interface Moments {
  readonly n: number;
  readonly buyers: number;
  readonly meanY: number;
  readonly meanX: number;
  readonly sumXX: number;
  readonly sumXY: number;
  add(outcome: number, covariate: number): void;
  /** Undefined for a group with nobody in it. */
  rateVariance(): number | undefined;
  /** Of `y - theta x`; undefined below two units. */
  variance(theta: number): number | undefined;
  group(): Group;
}

/** Running means and centred sums (Welford), so that large amounts do not cancel. */
function createMoments(): Moments {
  let n = 0;
  let buyers = 0;
  let meanY = 0;
  let meanX = 0;
  let sumYY = 0;
  let sumXX = 0;
  let sumXY = 0;
  return {
    get n() {
      return n;
    },
    get buyers() {
      return buyers;
    },
    get meanY() {
      return meanY;
    },
    get meanX() {
      return meanX;
    },
    get sumXX() {
      return sumXX;
    },
    get sumXY() {
      return sumXY;
    },
    add(outcome, covariate) {
      n += 1;
      buyers += outcome > 0 ? 1 : 0;
      const fromY = outcome - meanY;
      const fromX = covariate - meanX;
      meanY += fromY / n;
      meanX += fromX / n;
      sumYY += fromY * (outcome - meanY);
      sumXX += fromX * (covariate - meanX);
      sumXY += fromX * (outcome - meanY);
    },
    rateVariance() {
      const rate = (n * meanY + 0.5) / (n + 1);
      return n === 0 ? undefined : rate * (1 - rate);
    },
    variance(theta) {
      return n < 2
        ? undefined
        : Math.max(0, sumYY - 2 * theta * sumXY + theta * theta * sumXX) / (n - 1);
    },
    group: () => ({ n, buyers, mean: meanY }),
  };
}

/** Slope of the outcome on the covariate over both groups together; 0 where the covariate does not vary. */
function pooledTheta(treated: Moments, holdout: Moments): number {
  const between = (treated.n * holdout.n) / (treated.n + holdout.n);
  const apartX = treated.meanX - holdout.meanX;
  const apartY = treated.meanY - holdout.meanY;
  const sumXX = treated.sumXX + holdout.sumXX + between * apartX * apartX;
  const sumXY = treated.sumXY + holdout.sumXY + between * apartX * apartY;
  return sumXX > 0 ? sumXY / sumXX : 0;
}
