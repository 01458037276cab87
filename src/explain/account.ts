import { planOf } from '../core/account/plan-of.ts';
import type { AccountState, MemberState } from '../core/account/state.ts';
import type { Traits } from '../core/account/trait.ts';
import { emptyCounter, readCounter } from '../core/counter/counter.ts';
import type { Reading } from '../core/counter/reading.ts';
import type { CounterTable } from '../core/counter/table.ts';
import { dayMs, inWords } from '../core/duration.ts';
import type { CounterSpec, Playbook, Subject } from '../core/playbook.ts';
import { utc } from '../core/utc.ts';
import { contextInWords, purchasesInWords, waitingInWords } from './context.ts';
import { touchesInWords } from './life.ts';

/** Traits that name a person: they are used and never shown. */
const personal = new Set(['email', 'name', 'firstname', 'lastname', 'phone']);

/** An account as lines: plan, traits, value moment, its counters against their triggers, what keeps us silent, its prompts. */
export function accountInWords(
  id: string,
  account: AccountState,
  playbook: Playbook,
  nowMs: number,
): readonly string[] {
  const { counter, signal, atLeast } = playbook.valueMoment;
  const reached = readCounter(
    account.counters.get(counter) ?? emptyCounter(counter),
    counter,
    nowMs,
    undefined,
  ).value;
  const plan = planOf(account, undefined, playbook);
  return [
    `Account ${id}`,
    ...(playbook.plan.subject === 'account'
      ? [
          `  plan    ${plan.id ?? 'unknown'}${plan.plan === undefined ? ' (not in the playbook)' : ''}`,
        ]
      : []),
    ...traitsInWords(account.traits),
    `  value   ${signal} ${reached} of ${atLeast}: ${reached >= atLeast ? 'the value moment is reached' : 'nothing is offered before it'}`,
    ...countersInWords(account.counters, 'account', playbook, nowMs),
    ...contextInWords(account.context),
    ...purchasesInWords(account.purchases),
    ...waitingInWords(account.waiting),
    ...touchesInWords(account.touches),
  ];
}

/** A member of an account as lines. */
export function memberInWords(
  userId: string,
  accountId: string,
  member: MemberState,
  playbook: Playbook,
  nowMs: number,
): readonly string[] {
  switch (member.kind) {
    case 'erased':
      return [`User ${userId} in account ${accountId}: erased on request`];
    case 'moved':
      return [`User ${userId} in account ${accountId}: became ${member.userId} by an alias`];
    case 'active':
      return [
        `User ${userId} in account ${accountId}`,
        ...traitsInWords(member.traits),
        ...countersInWords(member.counters, 'user', playbook, nowMs),
      ];
    default:
      return member satisfies never;
  }
}

function traitsInWords(traits: Traits): readonly string[] {
  return [...traits].map(
    ([name, trait]) =>
      `  trait   ${name}: ${personal.has(name) ? '(known)' : String(trait.value)}, since ${utc(trait.timeMs)}`,
  );
}

function countersInWords(
  counters: CounterTable,
  subject: Subject,
  playbook: Playbook,
  nowMs: number,
): readonly string[] {
  return playbook.counters
    .filter((spec) => spec.subject === subject && spec.triggers.length > 0)
    .map((spec) => `  counter ${counterInWords(counters, spec, nowMs)}`);
}

function counterInWords(counters: CounterTable, spec: CounterSpec, nowMs: number): string {
  const reading = readCounter(counters.get(spec) ?? emptyCounter(spec), spec, nowMs, undefined);
  const between = spec.kind === 'ratio' ? ' for ' : ', then ';
  const roles = spec.roles === undefined ? '' : ` (${spec.roles.join(', ')})`;
  const name = `${(spec.steps ?? [spec.signal]).join(between)}${roles}`;
  const weeks = reading.kind === 'weekly' ? ` in the last ${reading.weeks} weeks` : '';
  const window = spec.windowMs === undefined ? '' : ` within ${inWords(spec.windowMs)}`;
  const limit =
    reading.kind === 'gauge' && reading.limit !== undefined ? ` of ${reading.limit}` : '';
  const thresholds = spec.triggers.map((trigger) =>
    trigger.unit === 'share'
      ? `${Math.round(trigger.threshold * 100)} % (${trigger.id})`
      : reading.kind === 'pace'
        ? `${inWords(dayMs / trigger.threshold)} (${trigger.id})`
        : `${trigger.threshold} (${trigger.id})`,
  );
  const apart = spec.by === undefined ? '' : `, counted apart by ${spec.by}`;
  return `${name}: ${spec.kind}${window}${weeks} is ${valueInWords(reading)}${limit}${reading.isExact ? '' : ' (about)'}${apart}; fires at ${thresholds.join(', ')}`;
}

/** The number that thresholds are compared with; shares in percent. */
function valueInWords(reading: Reading): string {
  switch (reading.kind) {
    case 'elapsed':
      return `${Math.round(reading.value * 100)} %`;
    case 'trend':
      return `${Math.round(reading.value * 100)} % more (${reading.count} after ${reading.before})`;
    case 'ratio':
      return `${Math.round(reading.value * 100)} % (${reading.part} of ${reading.whole})`;
    case 'roleShare':
      return `${Math.round(reading.value * 100)} % (now ${reading.count} of ${reading.members})`;
    case 'pace':
      return reading.daysLeft === undefined ? 'not known' : `${reading.daysLeft} days to the limit`;
    default:
      return String(reading.value);
  }
}
