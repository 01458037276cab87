// The relay. In: effects that a commit put into the outbox. Out: jobs, of lanes for inputs and of
// channels for prompts, for banners that are taken away and for the receiver of outcomes; timers; and prompts taken back
// in the ledger.
//
// Always true: an effect leaves the outbox only after Redis has its job, so a crash at any point loses none; handing on
// twice changes nothing, because a job is named by its effects, a unit counts an input's id once, and the ledger lets
// one worker at a time ask for a prompt. What a crashed process left behind is found by the sweep.
// Redis gone: throws `store_unreachable`; what was not handed on stays in the outbox.

import { sha256Hex } from '../core/hash.ts';
import { type Effect, effectId, type Input } from '../core/input.ts';
import { partitionCount, partitionOf, type Unit } from '../core/partition.ts';
import { refusalInWords } from '../core/decision/explanation.ts';
import type { Outcome } from '../core/outcome/outcome.ts';
import type { Clock, Ledger } from '../core/ports.ts';
import type { LaneQueues } from '../inbox/lane-queues.ts';
import type { LearningStep } from '../core/model/step.ts';
import { repeatedly } from '../repeatedly.ts';
import type { LearningStore } from '../store/learning.ts';
import type { Outbox } from '../store/outbox.ts';
import type { Timer, TimerStore } from '../store/timer-store.ts';
import type { DeliveryJob, DeliveryQueues } from './delivery-queue.ts';
import type { TakeAwayJob, TakeAwayQueue } from './take-away.ts';
import type { ReportQueue } from './report-queue.ts';
import { together } from './together.ts';

/** The effects that one unit's commit put into its outbox; a `UnitChange` is one. */
export interface CommittedEffects {
  readonly unit: Unit;
  readonly effects: readonly Effect[];
}

/** Hands on what commits have left in the outbox. */
export interface Relay {
  /** Hands the effects of committed changes on and clears them from the outbox. */
  relay(committed: readonly CommittedEffects[]): Promise<void>;
  /** Hands on what waits in the outbox for at least `olderThanMs`. Default: of all partitions, 5 s. Gives how many. */
  sweep(which?: {
    readonly partitions?: Iterable<number>;
    readonly olderThanMs?: number;
  }): Promise<number>;
}

/** Where each kind of effect goes. */
export interface RelayDeps {
  readonly outbox: Outbox;
  readonly lanes: Pick<LaneQueues, 'enqueue'>;
  readonly deliveries: Pick<DeliveryQueues, 'add'>;
  readonly takeAways: Pick<TakeAwayQueue, 'add'>;
  readonly timers: Pick<TimerStore, 'add'>;
  /** Where outcomes go; undefined: nowhere any more, and those that wait are dropped. */
  readonly reports?: Pick<ReportQueue, 'add'> | undefined;
  readonly ledger: Pick<Ledger, 'withdraw'>;
  readonly learning: Pick<LearningStore, 'apply'>;
  readonly clock: Clock;
}

const sweepAgeMs = 5000;

/** A relay; what it calls throws `store_unreachable` when Redis is away. */
export function createRelay(deps: RelayDeps): Relay {
  const { outbox, lanes, deliveries, takeAways, timers, reports, ledger, learning, clock } = deps;
  const handOn = async (effects: ReadonlyMap<number, readonly Effect[]>): Promise<void> => {
    const inputs: Input[] = [];
    const prompts: DeliveryJob[] = [];
    const dismissed: TakeAwayJob[] = [];
    const set: Timer[] = [];
    const outcomes: Outcome[] = [];
    const steps: LearningStep[] = [];
    const withdrawn: Extract<Effect, { kind: 'withdraw' }>[] = [];
    const ids = new Map<number, readonly string[]>();
    for (const [partition, ofPartition] of effects) {
      ids.set(partition, ofPartition.map(effectId));
      for (const effect of ofPartition) {
        switch (effect.kind) {
          case 'input':
            inputs.push(effect.input);
            break;
          case 'deliver':
            prompts.push({ prompt: effect.prompt, withheld: effect.withheld });
            break;
          case 'timer':
            set.push({ input: effect.input, dueMs: effect.dueMs });
            break;
          case 'report':
            outcomes.push(effect.outcome);
            break;
          case 'tally':
            steps.push(effect.step);
            break;
          case 'withdraw':
            withdrawn.push(effect);
            break;
          case 'take_away':
            dismissed.push({ decisionId: effect.decisionId, channel: effect.channel });
            break;
          default:
            effect satisfies never;
        }
      }
    }
    // First of all what is taken back: the prompt may be among those that go out in a moment.
    await Promise.all(
      withdrawn.map(({ decisionId, because }) =>
        ledger.withdraw(decisionId, refusalInWords(because), clock.nowMs()),
      ),
    );
    await Promise.all([
      lanes.enqueue(inputs, jobIdOf),
      deliveries.add(prompts),
      takeAways.add(dismissed),
      timers.add(set),
      reports?.add(outcomes, jobIdOf),
      learning.apply(steps),
    ]);
    await outbox.remove(ids);
  };

  const handOnTogether = together<CommittedEffects>((committed) => {
    const effects = new Map<number, Effect[]>();
    for (const { unit, effects: ofUnit } of committed) {
      const partition = partitionOf(unit);
      const known = effects.get(partition);
      if (known === undefined) {
        effects.set(partition, [...ofUnit]);
      } else {
        known.push(...ofUnit);
      }
    }
    return handOn(effects);
  });

  return {
    async relay(committed) {
      const some = committed.filter(({ effects }) => effects.length > 0);
      if (some.length > 0) {
        await handOnTogether(some);
      }
    },

    async sweep({ partitions = allPartitions(), olderThanMs = sweepAgeMs } = {}) {
      const counts = await Promise.all(
        [...new Set(partitions)].map(async (partition) => {
          let handedOn = 0;
          for await (const page of outbox.pages(partition)) {
            const waiting = page.filter(
              ({ committedMs }) => clock.nowMs() - committedMs >= olderThanMs,
            );
            if (waiting.length > 0) {
              await handOn(new Map([[partition, waiting.map(({ effect }) => effect)]]));
              handedOn += waiting.length;
            }
          }
          return handedOn;
        }),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}

/** Sweeps at once and then every 5 s, after an earlier sweep has ended. `onTrouble` is told why a sweep failed. */
export function startSweeping(
  relay: Pick<Relay, 'sweep'>,
  onTrouble: (message: string) => void,
  everyMs: number = sweepAgeMs,
): { stop(): Promise<void> } {
  return repeatedly(
    async () => {
      await relay.sweep();
    },
    { everyMs, onTrouble, trouble: 'A sweep of the outbox failed.' },
  );
}

/** Named by what is in it, so that handing the same effects on again adds no job while the first is there. */
function jobIdOf(ids: readonly string[]): string {
  return `effects-${sha256Hex(...ids).slice(0, 32)}`;
}

function allPartitions(): Iterable<number> {
  return Array.from({ length: partitionCount }, (_, partition) => partition);
}
