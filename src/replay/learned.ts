import type { OfferOutcomes } from '../core/decision/harmful-offers.ts';
import { familyOf, type Learned, snapshotOf } from '../core/model/learned.ts';
import type { LearningFact, LearningStep } from '../core/model/step.ts';
import { createTally } from '../core/model/tally.ts';
import type { Playbook } from '../core/playbook.ts';
import type { Channel } from '../core/prompt/prompt.ts';

/** What all accounts learn from, in memory: takes the steps that the hub counts in Redis. */
export interface LearningInMemory {
  /** Takes a step, once per id. */
  add(step: LearningStep): void;
  /** What a worker would know at `nowMs`. */
  learned(playbook: Playbook, nowMs: number): Learned;
  outcomes(): readonly OfferOutcomes[];
  /** An offer is enabled again: what came of its prompts before is no longer held against it. */
  beginEpoch(offerId: string): void;
  /** The log, oldest first. */
  facts(): readonly LearningFact[];
}

type Counted = { -readonly [Key in keyof OfferOutcomes]: OfferOutcomes[Key] };

/** Nothing is learned yet. The order of steps does not matter, nor how often each is added. */
export function createLearning(): LearningInMemory {
  const tally = createTally();
  const seen = new Set<string>();
  const outcomes = new Map<string, Counted>();
  const facts: LearningFact[] = [];
  const enrolled = new Set<string>();
  return {
    add(step) {
      if (seen.has(step.id)) {
        return;
      }
      seen.add(step.id);
      switch (step.of) {
        case 'episodes':
        case 'conversions':
        case 'lags':
          tally.add(step);
          break;
        case 'outcomes':
          if (step.what !== 'clicked') {
            outcomesFor(step.offer, step.channel)[step.what] += 1;
          }
          break;
        case 'facts':
          facts.push(step.fact);
          break;
        case 'enrolments':
          enrolled.add(step.account.unit);
          break;
        case 'results':
          break;
        default:
          step satisfies never;
      }
    },
    learned: (playbook, nowMs) => ({
      snapshot: snapshotOf(tally.counters(familyOf(playbook)), playbook, nowMs),
      accounts: enrolled.size,
      asking: new Map(outcomes),
    }),
    outcomes: () => [...outcomes.values()],
    beginEpoch(offerId) {
      for (const [key, { offer }] of outcomes) {
        if (offer === offerId) {
          outcomes.delete(key);
        }
      }
    },
    facts: () => facts,
  };

  function outcomesFor(offer: string, channel: Channel): Counted {
    const key = `${offer}|${channel}`;
    const held = outcomes.get(key) ?? {
      offer,
      channel,
      prompts: 0,
      dismissed: 0,
      optedOut: 0,
      tickets: 0,
    };
    outcomes.set(key, held);
    return held;
  }
}
