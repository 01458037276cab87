import type { Added, MovedCounter } from '../account/add-event.ts';
import { planOf } from '../account/plan-of.ts';
import type { AccountState, ActiveMember } from '../account/state.ts';
import { readCounter } from '../counter/counter.ts';
import { dayMs } from '../duration.ts';
import type { FiredTrigger } from '../decision/record.ts';
import type { Event, Scalar } from '../event/event.ts';
import type { Playbook, TriggerSpec } from '../playbook.ts';
import { passes } from '../signal/property-test.ts';
import { firedTogether, isUnderPressure, standingTogether, strengthOf } from './combined.ts';
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
  const single = added.crossed.flatMap((moved) => {
    const live = crossings(moved.spec, moved.before, moved.after, moved.sample, nowMs).filter(
      (trigger) => trigger.isPart === undefined && isLive(trigger, added, event, playbook, nowMs),
    );
    const highest = live[0]?.threshold;
    return live
      .filter((trigger) => trigger.threshold === highest)
      .map((trigger) => firedBy(trigger, moved, event, nowMs));
  });
  const isAlive = (trigger: TriggerSpec): boolean => isLive(trigger, added, event, playbook, nowMs);
  return [...single, ...firedTogether(added, event, playbook, isAlive)];
}

/**
 * Triggers that fired before and whose cross-sell had to wait: they fire again when their signal comes and the counter
 * still reaches them, so the offer is made at something that the person does, and never because time has passed.
 */
export function fireWaiting(
  added: Added,
  event: Event,
  playbook: Playbook,
  nowMs: number,
): readonly Fired[] {
  const { waiting } = added.view.account;
  if (waiting.size === 0 || event.isReplay) {
    return [];
  }
  const mayFire = (trigger: TriggerSpec): boolean => {
    const sinceMs = waiting.get(trigger.id);
    return (
      sinceMs !== undefined &&
      nowMs - sinceMs < waitingMs &&
      isLive(trigger, added, event, playbook, nowMs)
    );
  };
  const single = added.crossed.flatMap((moved) => {
    const { value } = readCounter(moved.after, moved.spec, nowMs, moved.sample.by);
    return moved.spec.triggers
      .filter(
        (trigger) =>
          trigger.isPart === undefined &&
          trigger.unit === 'value' &&
          value >= trigger.threshold &&
          mayFire(trigger),
      )
      .map((trigger) => firedBy(trigger, moved, event, nowMs));
  });
  return [...single, ...standingTogether(added, event, playbook, mayFire)];
}

/** After so long a cross-sell that waited is forgotten. */
const waitingMs = 90 * dayMs;

function isLive(
  trigger: TriggerSpec,
  added: Added,
  event: Event,
  playbook: Playbook,
  nowMs: number,
): boolean {
  return (
    nowMs - event.timeMs <= trigger.maxAgeMs &&
    conditionsHold(trigger, added.view.account, added.actor, playbook)
  );
}

/** Whether what a trigger asks of the account, the person and the plan is so. */
export function conditionsHold(
  trigger: TriggerSpec,
  account: AccountState,
  member: ActiveMember | undefined,
  playbook: Playbook,
): boolean {
  return trigger.where.every((test) =>
    passes(test, conditionValue(test.of, test.property, account, member, playbook)),
  );
}

function conditionValue(
  of: 'user' | 'account' | 'plan',
  property: string,
  account: AccountState,
  member: ActiveMember | undefined,
  playbook: Playbook,
): Scalar | undefined {
  switch (of) {
    case 'plan':
      return planOf(account, member, playbook).id;
    case 'account':
      return account.traits.get(property)?.value;
    case 'user':
      return member?.traits.get(property)?.value;
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
