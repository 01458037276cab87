import { dayMs } from '../duration.ts';
import type { Event } from '../event/event.ts';
import type { Effect, Input } from '../input.ts';
import type { Playbook, Told } from '../playbook.ts';
import { isWaiting } from '../prompt/life.ts';
import { enter, type Touch } from '../prompt/touch.ts';
import type { Refusal } from '../guardrail/refusal.ts';
import { propertyOf } from '../signal/signals-of.ts';
import type { Purchase } from './learning.ts';
import { withCircumstance, withTicket } from './context.ts';
import { purchasedMs, withDowngrade, withPlanSeen, withPurchase } from './purchases.ts';
import type { AccountState } from './state.ts';

/** An account after it was told something, and what follows from it for prompts and persons. */
export interface AfterTold {
  readonly account: AccountState;
  readonly effects: readonly Effect[];
}

/**
 * Takes what an event says besides being counted: circumstances that keep us silent, purchases, the plan in the traits.
 * Prompts that wait to be sent are taken back where the new circumstance forbids them.
 */
export function afterEvent(
  account: AccountState,
  actorId: string | undefined,
  told: readonly Told[],
  input: Input & { readonly event: Event },
  playbook: Playbook,
): AfterTold {
  const { event } = input;
  const effects: Effect[] = [];
  let next = withPlan(account, event, playbook);
  for (const one of told) {
    switch (one.kind) {
      case 'ticket':
        next = ticketTold(next, one, event, actorId);
        break;
      case 'circumstance':
        if (one.of === 'account') {
          const { circumstance, what } = one;
          next = {
            ...next,
            context: withCircumstance(next.context, circumstance, what, event.timeMs),
          };
        } else if (actorId !== undefined) {
          effects.push(optOut(actorId, one.what, input));
        }
        break;
      case 'upgraded':
        next = bought(next, 'upgrade', event.timeMs);
        break;
      case 'bought':
        next = bought(next, `crosssell:${productOf(one.product, event)}`, event.timeMs);
        break;
      case 'downgraded':
        next = { ...next, purchases: withDowngrade(next.purchases, event.timeMs) };
        break;
      default:
        one satisfies never;
    }
  }
  return settledBy(account, next, playbook, effects);
}

/** The purchases that an event tells of, each with its family. */
export function purchasesTold(told: readonly Told[], event: Event): readonly Purchase[] {
  return told.flatMap((one): readonly Purchase[] => {
    switch (one.kind) {
      case 'upgraded':
        return [{ family: 'upgrade', timeMs: event.timeMs }];
      case 'bought':
        return [{ family: `crosssell:${productOf(one.product, event)}`, timeMs: event.timeMs }];
      default:
        return [];
    }
  });
}

/** Notes a ticket that was opened or closed, by whom it is known. */
export function ticketed(
  account: AccountState,
  ticket: { readonly id: string; readonly isPriority: boolean },
  what: 'began' | 'ended',
  userId: string | undefined,
  timeMs: number,
): AccountState {
  const context = withTicket(account.context, ticket, what, timeMs);
  if (what === 'ended') {
    return context === account.context ? account : { ...account, context };
  }
  return { ...account, context, touches: complainedOf(account.touches, userId, timeMs) };
}

/** A ticket within a day of a prompt is held against the prompt. */
export function complainedOf(
  touches: readonly Touch[],
  userId: string | undefined,
  timeMs: number,
): readonly Touch[] {
  return touches.map((touch) =>
    touch.userId === userId && timeMs >= touch.timeMs && timeMs - touch.timeMs < dayMs
      ? { ...touch, hasComplaint: true }
      : touch,
  );
}

/** Notes a purchase of a family. */
export function bought(account: AccountState, family: string, timeMs: number): AccountState {
  const purchases = withPurchase(account.purchases, family, timeMs);
  return purchases === account.purchases ? account : { ...account, purchases };
}

/**
 * What follows from the difference of two states: the newest prompt of a family that was bought since is converted, and
 * prompts that wait to be sent are taken back where a new circumstance, a ticket or the purchase forbids them.
 */
export function settledBy(
  before: AccountState,
  after: AccountState,
  playbook: Playbook,
  effects: readonly Effect[] = [],
): AfterTold {
  if (before === after || after.touches.length === 0) {
    return { account: after, effects };
  }
  const withdrawn: Effect[] = [];
  const hindrance = newHindrance(before, after);
  const families = new Set(after.touches.map((touch) => touch.family));
  let { touches } = after;
  for (const family of families) {
    const boughtMs = purchasedMs(after, family, playbook);
    if (boughtMs !== undefined && boughtMs !== purchasedMs(before, family, playbook)) {
      touches = converted(touches, family, boughtMs, playbook.economics.attributionDays * dayMs);
      withdrawn.push(
        ...withdrawals(touches, family, { reason: 'bought_lately', family, untilMs: boughtMs }),
      );
    }
  }
  if (hindrance !== undefined) {
    withdrawn.push(...withdrawals(touches, undefined, hindrance));
  }
  return {
    account: touches === after.touches ? after : { ...after, touches },
    effects: [...effects, ...withdrawn],
  };
}

/** Takes back all prompts that wait to be sent, or those of one family. */
function withdrawals(
  touches: readonly Touch[],
  family: string | undefined,
  because: Refusal,
): readonly Effect[] {
  return touches
    .filter((touch) => isWaiting(touch.state) && (family === undefined || touch.family === family))
    .map(({ decisionId }) => ({ kind: 'withdraw', decisionId, because }));
}

/** A circumstance that began, or a ticket that was opened, between the two states. */
function newHindrance(before: AccountState, after: AccountState): Refusal | undefined {
  if (before.context === after.context) {
    return undefined;
  }
  const openedMs = after.context.newestTicketMs;
  if (openedMs !== undefined && openedMs !== before.context.newestTicketMs) {
    return { reason: 'support_ticket', openedMs, untilMs: openedMs + dayMs };
  }
  for (const [circumstance, span] of after.context.spans) {
    if (span.beganMs !== (before.context.spans.get(circumstance)?.beganMs ?? 0)) {
      return { reason: 'circumstance', circumstance };
    }
  }
  return undefined;
}

/** Credit goes to the newest prompt of the family whose window holds the purchase; its e-mail's first prompt as well. */
function converted(
  touches: readonly Touch[],
  family: string,
  boughtMs: number,
  windowMs: number,
): readonly Touch[] {
  const credited = touches.findLast(
    (touch) =>
      touch.family === family &&
      touch.timeMs < boughtMs &&
      boughtMs <= touch.timeMs + windowMs &&
      enter(touch, 'converted', boughtMs) !== touch,
  );
  return credited === undefined
    ? touches
    : touches.map((touch) =>
        touch === credited || touch.decisionId === credited.followsId
          ? { ...enter(touch, 'converted', boughtMs), moment: undefined }
          : touch,
      );
}

function withPlan(account: AccountState, event: Event, playbook: Playbook): AccountState {
  const { subject, trait } = playbook.plan;
  const isOurs = subject === 'account' ? event.call === 'group' : event.call !== 'group';
  const said = isOurs ? event.traits[trait] : undefined;
  if (said === undefined || said === '') {
    return account;
  }
  const purchases = withPlanSeen(account.purchases, String(said), event.timeMs, playbook);
  return purchases === account.purchases ? account : { ...account, purchases };
}

function ticketTold(
  account: AccountState,
  told: Told & { kind: 'ticket' },
  event: Event,
  actorId: string | undefined,
): AccountState {
  const id = told.id === undefined ? undefined : propertyOf(event, told.id);
  const priority = told.priority === undefined ? undefined : propertyOf(event, told.priority);
  const ticket = {
    id: id === undefined ? '' : String(id).slice(0, 100),
    isPriority: isHigh(String(priority ?? '')),
  };
  return ticketed(account, ticket, told.what, actorId, event.timeMs);
}

function isHigh(priority: string): boolean {
  return ['true', '1', 'high', 'urgent', 'critical', 'severe', 'p0', 'p1'].includes(
    priority.trim().toLowerCase(),
  );
}

function productOf(property: string | undefined, event: Event): string {
  const said = property === undefined ? undefined : propertyOf(event, property);
  return said === undefined ? '' : String(said).trim().toLowerCase();
}

/** An opt-out is the person's: it holds in all accounts. */
function optOut(userId: string, what: 'began' | 'ended', cause: Input & { event: Event }): Effect {
  return {
    kind: 'input',
    input: {
      kind: 'feedback',
      id: `opt.${cause.id}`,
      dedupeDay: cause.dedupeDay,
      receivedMs: cause.receivedMs,
      to: 'person',
      userId,
      accountId: undefined,
      decisionId: undefined,
      channel: undefined,
      timeMs: cause.event.timeMs,
      body: { kind: what === 'began' ? 'unsubscribed' : 'resubscribed', of: 'all' },
    },
  };
}
