import type { Added, MovedCounter } from '../account/add-event.ts';
import { planOf } from '../account/plan-of.ts';
import type { FiredTrigger } from '../decision/record.ts';
import type { Event, Scalar } from '../event/event.ts';
import type { Playbook, TriggerSpec } from '../playbook.ts';
import { passes } from '../signal/property-test.ts';
import { firedTogether, isUnderPressure, strengthOf } from './combined.ts';
import { crossings } from './crossing.ts';
import { becauseOf, evidenceOf } from './evidence.ts';

/** A trigger that fired, with the rule behind it. */
export interface Fired {
  readonly trigger: TriggerSpec;
  readonly report: FiredTrigger;
  /** The counter against its limit at 85 % or above. */
  readonly isUnderLimitPressure: boolean;
}

/**
 * The triggers that an event made fire: of each counter it moved only the highest threshold it crossed whose conditions
 * hold. Nothing fires for history: a replayed event, or one older than the trigger's `maxAge`, changes state only.
 */
export function fire(
  added: Added,
  event: Event,
  playbook: Playbook,
  nowMs: number,
): readonly Fired[] {
  if (event.isReplay) {
    return [];
  }
  const isLive = (trigger: TriggerSpec): boolean =>
    nowMs - event.timeMs <= trigger.maxAgeMs && holds(trigger, added, playbook);
  const single = added.crossed.flatMap((moved) => {
    const live = crossings(moved.spec, moved.before, moved.after, moved.sample, nowMs).filter(
      (trigger) => trigger.isPart === undefined && isLive(trigger),
    );
    const highest = live[0]?.threshold;
    return live
      .filter((trigger) => trigger.threshold === highest)
      .map((trigger) => firedBy(trigger, moved, event, nowMs));
  });
  return [...single, ...firedTogether(added, event, playbook, isLive)];
}

function holds(trigger: TriggerSpec, added: Added, playbook: Playbook): boolean {
  return trigger.where.every((test) => {
    const value = conditionValue(test.of, test.property, added, playbook);
    return passes(test, value);
  });
}

function conditionValue(
  of: 'user' | 'account' | 'plan',
  property: string,
  added: Added,
  playbook: Playbook,
): Scalar | undefined {
  switch (of) {
    case 'plan':
      return planOf(added.view.account, added.actor, playbook).id;
    case 'account':
      return added.view.account.traits.get(property)?.value;
    case 'user':
      return added.actor?.traits.get(property)?.value;
    default:
      return of satisfies never;
  }
}

function firedBy(trigger: TriggerSpec, moved: MovedCounter, event: Event, nowMs: number): Fired {
  const evidence = evidenceOf(trigger, moved, event, nowMs);
  return {
    trigger,
    report: {
      triggerId: trigger.id,
      signalKind: trigger.signalKind,
      subject: moved.spec.subject,
      strength: strengthOf(trigger),
      because: becauseOf(trigger, moved, evidence),
      evidence,
    },
    isUnderLimitPressure: isUnderPressure(evidence),
  };
}
