import type { AccountView, Rules } from '../account/advance.ts';
import { memberIdOf } from '../account/members.ts';
import { planOf } from '../account/plan-of.ts';
import { purchasedMs } from '../account/purchases.ts';
import type { AccountState, ActiveMember } from '../account/state.ts';
import { emptyCounter, readCounter } from '../counter/counter.ts';
import { dayOf } from '../duration.ts';
import type { Effect, Input } from '../input.ts';
import type { CounterSpec, Playbook, TriggerSpec } from '../playbook.ts';
import type { Touch } from '../prompt/touch.ts';
import { conditionsHold, type Fired } from '../trigger/fire.ts';
import { type Decided, decideAndClaim } from './decide-and-claim.ts';

/*
 * The e-mail that follows an in-app prompt: once, after the person saw the prompt and did not take it, and only while its
 * reason holds. Enters: the timer that was set when the prompt was dismissed or ignored. Leaves: a decision of its own,
 * with the same guardrails, arithmetic and caps as the first. Always holds: one e-mail at most per prompt.
 */

/** The timer of the e-mail that follows a prompt; none where the offer or the person wants no e-mail. */
export function followUpTimer(
  accountId: string,
  touch: Touch,
  playbook: Playbook,
  nowMs: number,
): readonly Effect[] {
  if (!mayFollow(touch, playbook)) {
    return [];
  }
  const sinceMs = touch.at.dismissed ?? touch.timeMs;
  const dueMs = Math.max(nowMs, sinceMs + playbook.guardrails.followUpAfterMs);
  const { decisionId, userId } = touch;
  return [
    {
      kind: 'timer',
      dueMs,
      input: {
        kind: 'timer',
        what: 'follow_up',
        id: `follow.${decisionId}`,
        dedupeDay: dayOf(touch.timeMs),
        receivedMs: dueMs,
        accountId,
        userId,
        decisionId,
      },
    },
  ];
}

/** Seen and not taken, with words for an e-mail and a person who did not say "not before next month" or "never". */
function mayFollow(touch: Touch, playbook: Playbook): boolean {
  const isNotTaken =
    touch.state === 'dismissed' ||
    touch.state === 'ignored' ||
    (touch.state === 'not_seen' && playbook.guardrails.whenNotSeen === 'email');
  return (
    isNotTaken &&
    touch.channel === 'intercom' &&
    touch.moment !== undefined &&
    (touch.dismissedUntil ?? 'cooldown') === 'cooldown' &&
    playbook.offers.get(touch.offerId)?.email !== undefined
  );
}

/** Decides the e-mail when its time has come; undefined when there is nothing to follow any more. */
export function followUp(
  accountId: string,
  view: AccountView,
  timer: Input & { kind: 'timer' },
  rules: Rules,
  nowMs: number,
): Decided | undefined {
  const { account } = view;
  const touch = account.touches.find((held) => held.decisionId === timer.decisionId);
  if (touch === undefined || touch.moment === undefined || !mayFollow(touch, rules.playbook)) {
    return undefined;
  }
  const held = view.members.get(memberIdOf(touch.userId, view.members));
  const member = held?.kind === 'active' ? held : undefined;
  const { moment } = touch;
  const found = triggerOf(moment.triggerId, rules.playbook);
  if (found === undefined) {
    // The playbook knows the trigger no more, so nobody can say whether its reason holds.
    return undefined;
  }
  const { spec, trigger } = found;
  const fired: Fired = {
    trigger,
    isUnderLimitPressure: isUnderPressure(moment.evidence),
    report: {
      triggerId: trigger.id,
      signalKind: trigger.signalKind,
      subject: spec.subject,
      because: moment.because,
      evidence: moment.evidence,
    },
  };
  return decideAndClaim(
    {
      accountId,
      account,
      member,
      // An erased person is nobody to ask.
      userId: member === undefined ? undefined : touch.userId,
      plan: planOf(account, member, rules.playbook),
      fired: [fired],
      cause: {
        messageId: timer.id,
        name: `follow-up of ${touch.decisionId}`,
        timeMs: moment.eventMs,
        receivedMs: nowMs,
      },
      follows: touch,
      over: overOf(found, touch, account, member, rules.playbook, nowMs),
      rules,
      nowMs,
    },
    `${touch.decisionId}/follow-up`,
  );
}

/** Upgraded or bought meanwhile, conditions that hold no more, or usage that fell below what was quoted. */
function overOf(
  { spec, trigger }: { readonly spec: CounterSpec; readonly trigger: TriggerSpec },
  touch: Touch,
  account: AccountState,
  member: ActiveMember | undefined,
  playbook: Playbook,
  nowMs: number,
): string | undefined {
  const boughtMs = purchasedMs(account, touch.family, playbook);
  if (boughtMs !== undefined && boughtMs >= touch.timeMs) {
    return 'it was bought meanwhile';
  }
  if (!conditionsHold(trigger, account, member, playbook)) {
    return 'what the trigger asks of the account and the person is no longer so';
  }
  if (spec.kind !== 'gauge') {
    // A count only falls because time passes: what the person did, they did.
    return undefined;
  }
  const counters = spec.subject === 'account' ? account.counters : member?.counters;
  const reading = readCounter(counters?.get(spec) ?? emptyCounter(spec), spec, nowMs, undefined);
  const height =
    reading.kind === 'gauge' && trigger.unit === 'share' ? (reading.share ?? 0) : reading.value;
  return height >= trigger.threshold ? undefined : 'usage has dropped since';
}

function isUnderPressure(evidence: Readonly<Record<string, unknown>>): boolean {
  const { used, limit } = evidence;
  return typeof used === 'number' && typeof limit === 'number' && used >= 0.85 * limit;
}

function triggerOf(
  id: string,
  playbook: Playbook,
): { readonly spec: CounterSpec; readonly trigger: TriggerSpec } | undefined {
  for (const spec of playbook.counters) {
    const trigger = spec.triggers.find((one) => one.id === id);
    if (trigger !== undefined) {
      return { spec, trigger };
    }
  }
  return undefined;
}
