import type { Economics, Learning } from '../core/playbook.ts';
import { createHub, type HubSettings } from './hub.ts';
import { createOracle, type Secret } from './oracle.ts';
import type { Moment, Policy } from './policy.ts';
import type { OperatorsRules } from './product.ts';
import { createAlways, createCalendar, createNever, createRandomHalf } from './rules.ts';
import { type Result, run, type RunSettings } from './run.ts';

/*
 * The policies that are set against each other, by the names of the report (dm1 section 17): rules that everybody could
 * write, the hub as it is and varied to see which part of it does the work, and the oracle.
 */

/** What came of a policy. */
export interface Outcome extends Result {
  readonly policy: string;
}

/** A run, and the operator's numbers. */
export type PolicySettings = RunSettings & OperatorsRules;

/** Makes a policy for a run; only the oracle asks for what nobody can see. */
type Making = (settings: PolicySettings, secretOf: (moment: Moment) => Secret) => Policy;

const watchedDays = 90;
/** Seeds are counted from 1; this far away there is none that anybody asks for. */
const otherLuck = 1_000_000_007;

const shadows = [0, 0.005, 0.01, 0.02, 0.03];

/** The oracle's names, once for each price of patience. */
export const oracleNames: readonly string[] = shadows.map((shadow) => `oracle ${shadow}`);

const makings: ReadonlyMap<string, Making> = new Map<string, Making>([
  ['never', () => createNever()],
  ['calendar 30', () => createCalendar(30)],
  ['always 1', () => createAlways(1)],
  ['always 7', () => createAlways(7)],
  ['always 14', () => createAlways(14)],
  ['random 50 %', ({ seed }) => createRandomHalf(seed, 7)],
  ['ours', (settings) => hubOf(settings)],
  [
    'ours with holdout',
    (settings) => hubOf(settings, {}, { holdoutShare: settings.learning.holdoutShare }),
  ],
  ['ours, watched first', (settings) => watchedFirst(settings)],
  ['ours fixed', (settings) => hubOf(settings, {}, { mode: 'fixed' })],
  ['ours frozen', (settings) => hubOf(settings, { isFrozen: true })],
  ['ours on p1 only', (settings) => hubOf(settings, { isBlindToHold: true })],
  ['ours, wrong priors', (settings) => hubOf(settings, { economics: misled(settings.economics) })],
  ...shadows.map((shadow, at): [string, Making] => [
    oracleNames[at] ?? '',
    ({ economics, world }, secretOf) => createOracle(world, economics, shadow, secretOf),
  ]),
]);

/** The names of the policies, in the order of the report. */
export const policyNames: readonly string[] = [...makings.keys()];

/** Lives the policy of this name through a world. Throws a TypeError for a name that is none. */
export function runNamed(name: string, settings: PolicySettings): Outcome {
  const making = makings.get(name);
  if (making === undefined) {
    throw new TypeError(`There is no policy ${name}.`);
  }
  const outcome = run(settings, (secretOf) => making(settings, secretOf));
  return { ...outcome, policy: name };
}

/**
 * The hub with `mode: learn`. Every account may be asked: the holdout is the price of a proof and no part of the policy, so one row
 * alone pays it.
 */
function hubOf(
  { economics, guardrails, learning, seed }: PolicySettings,
  varied: Partial<HubSettings> = {},
  variedRules: Partial<Learning> = {},
): Policy {
  const learns: Learning = { ...learning, mode: 'learn', holdoutShare: 0, ...variedRules };
  const base = { economics, guardrails, learning: learns, isFrozen: false, isBlindToHold: false };
  return createHub(seed, { ...base, ...varied });
}

/**
 * The hub that learns, after a quarter in shadow mode: it saw as many other accounts of the same world live, and asked none, so
 * that it knows what is bought without asking.
 */
function watchedFirst(settings: PolicySettings): Policy {
  const hub = hubOf(settings);
  const earlier = { ...settings, seed: settings.seed + otherLuck, days: watchedDays };
  run(earlier, () => ({
    beginDay: (day) => hub.beginDay(day - watchedDays),
    ask(moment) {
      hub.ask({
        ...moment,
        account: moment.account + settings.accounts,
        day: moment.day - watchedDays,
      });
      return undefined;
    },
    hear: (account, day, reaction) =>
      hub.hear(account + settings.accounts, day - watchedDays, reaction),
  }));
  return hub;
}

/** Priors that believe what asking adds to be the other way round: strong signals weak, and weak ones strong. */
function misled(economics: Economics): Economics {
  const { limit, power, team, explore, adjacent, none } = economics.priors;
  const added = (prior: { readonly prompt: number; readonly hold: number }): number =>
    prior.prompt - prior.hold;
  const as = (
    prior: { readonly hold: number },
    other: { readonly prompt: number; readonly hold: number },
  ): { readonly prompt: number; readonly hold: number } => ({
    hold: prior.hold,
    prompt: prior.hold + added(other),
  });
  return {
    ...economics,
    priors: {
      limit: as(limit, explore),
      power: as(power, none),
      team: as(team, limit),
      explore: as(explore, team),
      adjacent: as(adjacent, none),
      none,
    },
  };
}
