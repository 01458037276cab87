import {
  accountValue,
  askingCost,
  churnInWindow,
  fatigueFactor,
  fatigueOf,
  modalRates,
  saleValue,
} from '../core/decision/expected-value.ts';
import { dayMs } from '../core/duration.ts';
import { type Arm, chooseArm, meanValue, noneKey } from '../core/model/choose.ts';
import {
  creditConversion,
  type EpisodeState,
  isLocked,
  noEpisodes,
  openEpisodes,
  retireEpisodes,
} from '../core/model/episode.ts';
import { isHoldout } from '../core/model/holdout.ts';
import { type Cell, createSnapshot, type Snapshot } from '../core/model/snapshot.ts';
import { createTally } from '../core/model/tally.ts';
import { defaultLiftNext, educationStakes } from '../core/model/value.ts';
import type { Economics, Learning } from '../core/playbook.ts';
import { type Moment, type Offer, offerOf, type Policy, type Question } from './policy.ts';
import { isForSale } from './rules.ts';
import type { Signal } from './world.ts';

/** How our own policy is varied, to see which part of it does the work. */
export interface OursSettings {
  readonly name: string;
  readonly economics: Economics;
  readonly learning: Learning;
  readonly holdoutShare: number;
  /** Never learns: the priors stay what they are. */
  readonly isFrozen: boolean;
  /** Counts what was bought after asking as if nobody had bought without: response instead of uplift. */
  readonly isBlindToHold: boolean;
}

interface Touched {
  readonly day: number;
  readonly weight: number;
}

/** What the policy remembers of an account. */
interface Memory {
  episodes: EpisodeState;
  touches: readonly Touched[];
  dismissedDays: readonly number[];
  taughtDay: number | undefined;
  educatedDay: number | undefined;
}

const channel = 'intercom';
const educationPrior = { prompt: 0.25, hold: 0.02 };
const education = 'education:limits';
const gapDays = 7;
const most30Days = 3;
/** The hub reads its counters every minute; of three days more there is little to learn. */
const snapshotDays = 3;

/**
 * The decision model on the road of the hub: guardrails, episodes, learning by day, choice. It sees what the hub would
 * see. The harm guard and the operator's hand are not simulated.
 */
export function createOurs(seed: number, settings: OursSettings): Policy {
  const { economics, learning } = settings;
  const memories = new Map<number, Memory>();
  const tally = createTally();
  let snapshot = snapshotOn(0);
  let dueDay = 0;

  return {
    name: settings.name,
    beginDay(day) {
      if (day >= dueDay && !settings.isFrozen) {
        snapshot = snapshotOn(day);
        dueDay = day + snapshotDays;
      }
    },
    ask(moment) {
      const memory = memoryOf(moment.account);
      if (moment.signals.length === 0 || isPaced(memory, moment.day)) {
        return undefined;
      }
      count(retire(memory, moment.day));
      const arms = masked(armsOf(moment, memory), memory, moment);
      if (arms.length === 0) {
        return undefined;
      }
      const choice = chooseArm(`${seed}:${moment.account}:${moment.day}`, arms, learning);
      if (choice.arms.every(({ isSafe }) => !isSafe)) {
        return undefined;
      }
      const isHeld =
        choice.chosen === noneKey ||
        isHoldout(`${learning.salt}:${seed}`, String(moment.account), settings.holdoutShare);
      const chosen = arms.find(({ key }) => key === choice.chosen);
      const cells =
        isHeld || chosen === undefined
          ? arms.map(({ question }) => holdCell(question))
          : [promptCell(chosen.question)];
      open(memory, moment, cells);
      if (isHeld || chosen === undefined) {
        return undefined;
      }
      if (chosen.question.offer === 'education') {
        memory.educatedDay = moment.day;
      }
      return chosen.question;
    },
    hear(account, day, reaction) {
      const memory = memoryOf(account);
      const touch = (weight: number): void => {
        memory.touches = [
          ...memory.touches.filter((held) => day - held.day < 120),
          { day, weight },
        ];
      };
      switch (reaction.kind) {
        case 'shown':
          touch(memory.educatedDay === day ? 0.15 : economicsShown);
          break;
        case 'dismissed':
          touch(1);
          memory.dismissedDays = [...memory.dismissedDays.filter((held) => day - held < 60), day];
          break;
        case 'complained':
          touch(3);
          break;
        case 'learned':
          memory.taughtDay = day;
          credit(memory, education, day);
          break;
        case 'bought':
          credit(memory, familyOf(reaction.offer), day);
          break;
        default:
          reaction satisfies never;
      }
    },
  };

  function snapshotOn(day: number): Snapshot {
    return createSnapshot(
      tally.counters(familyOfName),
      day,
      { ...learning, windowDays: economics.attributionDays },
      priorOf,
    );
  }

  function priorOf(cell: Cell): number {
    const isEducation =
      cell.arm === 'prompt' ? cell.offer === 'education' : cell.family === education;
    if (isEducation) {
      return educationPrior[cell.arm];
    }
    const kind = kinds.find((known) => known === cell.signal) ?? 'none';
    return economics.priors[kind][cell.arm];
  }

  function memoryOf(account: number): Memory {
    const held = memories.get(account) ?? {
      episodes: noEpisodes,
      touches: [],
      dismissedDays: [],
      taughtDay: undefined,
      educatedDay: undefined,
    };
    memories.set(account, held);
    return held;
  }

  function armsOf(moment: Moment, memory: Memory): readonly OurArm[] {
    const fatigue = fatigueOf(
      memory.touches.map((held) => ({ weight: held.weight, ageDays: moment.day - held.day })),
      economics.fatigueHalfLifeDays,
    );
    const worth = accountValue(moment.mrr, economics);
    const cost = askingCost(modalRates, worth, fatigue, economics);
    const phi = fatigueFactor(fatigue, economics);
    const best = new Map<string, OurArm>();
    for (const signal of moment.signals) {
      const offer = offerOf(signal);
      const isPressed = moment.usage >= 0.85;
      const arm = armOf(
        { offer, signal },
        {
          saleValue: saleValue((offer === 'crosssell' ? 0.2 : 0.45) * moment.mrr, economics),
          churnAvoided: economics.rho[signal] * churnInWindow(isPressed, economics) * worth,
          cost,
          fatigueFactor: phi,
        },
      );
      const held = best.get(offer);
      // An offer raised by several signals stands once, by the one that makes it worth most.
      if (isForSale(moment, offer) && (held === undefined || meanValue(arm) > meanValue(held))) {
        best.set(offer, arm);
      }
    }
    const [signal] = moment.signals;
    const prepared = saleValue(0.45 * moment.mrr, economics);
    return signal === undefined
      ? []
      : [
          ...best.values(),
          armOf(
            { offer: 'education', signal },
            educationStakes(defaultLiftNext, [prepared], cost * 0.15, phi),
          ),
        ];
  }

  function armOf(
    question: Question,
    stakes: Pick<Arm, 'saleValue' | 'churnAvoided' | 'cost' | 'fatigueFactor'>,
  ): OurArm {
    const hold = holdCell(question);
    return {
      ...stakes,
      question,
      key: `${question.offer}|${channel}`,
      offer: question.offer,
      holdKey: `${familyOf(question.offer)}|${question.signal}`,
      prompt: snapshot.belief(promptCell(question).cell),
      hold: settings.isBlindToHold ? { alpha: 1e-3, beta: 1e3 } : snapshot.belief(hold.cell),
    };
  }

  /** Hard rules before any chance, after the pace: locks, the dismissal gate, and no cross-sell where an upgrade stands. */
  function masked(arms: readonly OurArm[], memory: Memory, moment: Moment): readonly OurArm[] {
    const { day } = moment;
    const isGated = isGateClosed(memory, day);
    const free = arms.filter(({ question, offer }) => {
      const isEducation = offer === 'education';
      const isTaught = memory.educatedDay !== undefined && day - memory.educatedDay < 60;
      return (
        (isEducation ? isGated && !isTaught : !isGated) &&
        !isLocked(memory.episodes, familyOf(question.offer), day * dayMs, economics.attributionDays)
      );
    });
    const hasUpgrade = arms.some((arm) => arm.offer === 'upgrade' && meanValue(arm) > 0);
    const isUnsettled =
      moment.usage >= 0.8 || (moment.upgradedDay !== undefined && day - moment.upgradedDay < 21);
    return free.filter((arm) => arm.offer !== 'crosssell' || !(hasUpgrade || isUnsettled));
  }

  function open(
    memory: Memory,
    { account, day }: Moment,
    cells: readonly { readonly family: string; readonly cell: Cell }[],
  ): void {
    const decision = {
      decisionId: `${account}.${day}`,
      startMs: day * dayMs,
      windowDays: economics.attributionDays,
    };
    count(move(memory, openEpisodes(memory.episodes, decision, cells)));
  }

  function credit(memory: Memory, family: string, day: number): void {
    // What a day brings comes after its decisions.
    const timeMs = day * dayMs + dayMs / 2;
    count(move(memory, creditConversion(memory.episodes, { family, timeMs })));
  }

  function retire(memory: Memory, day: number): ReturnType<typeof move> {
    return move(memory, retireEpisodes(memory.episodes, day * dayMs));
  }

  function count(increments: ReturnType<typeof move>): void {
    for (const one of increments) {
      tally.add(one);
    }
  }
}

const economicsShown = 0.4;
const kinds = [
  'limit',
  'power',
  'team',
  'explore',
  'adjacent',
  'none',
] as const satisfies readonly Signal[];

type OurArm = Arm & { readonly question: Question };

function move(
  memory: Memory,
  moved: ReturnType<typeof openEpisodes>,
): ReturnType<typeof openEpisodes>['increments'] {
  memory.episodes = moved.state;
  return moved.increments;
}

/** Asked within 7 days, or three times within 30. */
function isPaced(memory: Memory, day: number): boolean {
  const recent = new Set(
    memory.touches.filter((held) => day - held.day < 30).map((held) => held.day),
  );
  return recent.size >= most30Days || [...recent].some((asked) => day - asked < gapDays);
}

/** Two dismissals in 60 days and no lesson since: price waits until 7 days after one. */
function isGateClosed(memory: Memory, day: number): boolean {
  const recent = memory.dismissedDays.filter((held) => day - held < 60);
  const latest = recent.at(-1);
  if (recent.length < 2 || latest === undefined) {
    return false;
  }
  return memory.taughtDay === undefined || memory.taughtDay < latest || day - memory.taughtDay < 7;
}

function familyOf(offer: Offer): string {
  return offer === 'education' ? education : offer === 'crosssell' ? 'crosssell:addon' : 'upgrade';
}

function familyOfName(offer: string): string {
  return offer === 'education' ? education : offer === 'crosssell' ? 'crosssell:addon' : 'upgrade';
}

function promptCell({ offer, signal }: Question): { readonly family: string; readonly cell: Cell } {
  return { family: familyOf(offer), cell: { arm: 'prompt', offer, signal, channel } };
}

function holdCell({ offer, signal }: Question): { readonly family: string; readonly cell: Cell } {
  const family = familyOf(offer);
  return { family, cell: { arm: 'hold', family, signal } };
}
