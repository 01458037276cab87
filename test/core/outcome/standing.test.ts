import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccountView, advanceAccount } from '../../../src/core/account/advance.ts';
import { decodeAccount, encodeAccount } from '../../../src/core/account/codec.ts';
import { allOn } from '../../../src/core/controls.ts';
import { dayMs, hourMs } from '../../../src/core/duration.ts';
import { expansionOf } from '../../../src/core/expansion/expansion-state.ts';
import { factsOf } from '../../../src/core/expansion/facts.ts';
import type { Input } from '../../../src/core/input.ts';
import type { Outcome } from '../../../src/core/outcome/outcome.ts';
import { withOutcomes } from '../../../src/core/outcome/outcomes-of.ts';
import type { FeedbackBody } from '../../../src/core/outcome/feedback.ts';
import { event, noon, playbookOf } from '../account/world.ts';

const playbook = playbookOf(`
version: 1
events: { Report Created: [report_count, plan_limit], Payment Failed: [], Payment Succeeded: [] }
plan: { from: account, trait: plan, default: starter }
plans: { starter: { monthlyPrice: 49 }, pro: { monthlyPrice: 149 } }
signals:
  work: { events: Report Created }
  reports: { events: Report Created, value: report_count, limit: { property: plan_limit } }
valueMoment: { signal: work, atLeast: 1 }
triggers:
  full: { gauge: reports, atLeast: 100%, kind: limit, offers: [pro] }
offers:
  pro:
    plan: pro
    copy: { headline: More, body: Go on, cta_label: Go, cta_url: https://app.example/go }
crm: { otherDeals: upgrade }
`);
const rules = { playbook, mode: 'live', controls: allOn } as const;

/** One account over months: inputs as they come, and timers in their turn. */
class Months {
  nowMs = noon;
  readonly told: Outcome[] = [];
  #view: AccountView = { account: decodeAccount(undefined), members: new Map() };
  readonly #timers = new Map<string, { readonly dueMs: number; readonly input: Input }>();
  readonly #served = new Set<string>();
  #made = 0;

  take(input: Input): void {
    const before = this.#view.account;
    const moved = withOutcomes(
      'acme',
      before,
      input,
      advanceAccount('acme', this.#view, input, rules, this.nowMs),
      playbook,
      this.nowMs,
    );
    const { account } = moved.state;
    const members = new Map([...this.#view.members, ...moved.state.members]);
    this.#view = { account: decodeAccount(encodeAccount(account)), members };
    for (const effect of moved.effects) {
      if (effect.kind === 'report') {
        this.told.push(effect.outcome);
      } else if (effect.kind === 'timer' && !this.#served.has(effect.input.id)) {
        this.#timers.set(effect.input.id, effect);
      }
    }
  }

  /** Lets time pass and serves the timers that come due, by their own time. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers.values()]
        .filter(({ dueMs }) => dueMs <= untilMs)
        .toSorted((one, other) => one.dueMs - other.dueMs);
      if (next === undefined) {
        break;
      }
      this.#timers.delete(next.input.id);
      this.#served.add(next.input.id);
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      this.take(next.input);
    }
    this.nowMs = untilMs;
  }

  report(used: number): void {
    this.event('Report Created', { reportcount: used, planlimit: 10 });
  }

  event(name: string, properties: Readonly<Record<string, number>> = {}): void {
    this.#made += 1;
    this.take(event({ id: `e${this.#made}`, name, timeMs: this.nowMs, properties }));
  }

  plan(plan: string): void {
    this.#made += 1;
    this.take(event({ id: `e${this.#made}`, call: 'group', timeMs: this.nowMs, traits: { plan } }));
  }

  /** What is said of the newest prompt, or of the account. */
  says(body: FeedbackBody): void {
    this.#made += 1;
    this.take({
      kind: 'feedback',
      id: `f${this.#made}`,
      dedupeDay: undefined,
      receivedMs: this.nowMs,
      to: 'account',
      accountId: 'acme',
      userId: 'lena',
      decisionId: this.#view.account.touches.at(-1)?.decisionId,
      channel: 'intercom',
      timeMs: this.nowMs,
      body,
    });
  }

  sent(): void {
    this.#made += 1;
    const newest = this.#view.account.touches.at(-1);
    if (newest !== undefined) {
      this.take({
        kind: 'prompt_settled',
        id: `s${this.#made}`,
        dedupeDay: undefined,
        receivedMs: this.nowMs,
        to: 'account',
        accountId: 'acme',
        userId: newest.userId,
        decisionId: newest.decisionId,
        outcome: 'sent',
      });
    }
  }

  /** What the CRM shows now; usage alone is quiet. */
  shown(): string {
    const facts = factsOf('acme', this.#view.account, [], playbook, this.nowMs);
    const { stage } = expansionOf(facts, playbook, this.nowMs);
    return stage === 'ready' || stage === 'warming' ? 'quiet' : stage;
  }

  changes(): readonly (readonly [unknown, unknown])[] {
    return this.told
      .filter(({ name }) => name === 'Account State Changed')
      .map(({ properties }) => [properties['from'], properties['to']] as const);
  }
}

describe('Account State Changed', () => {
  it('comes when only time passes: an account that was asked, did not answer, rested and cooled down', () => {
    const months = new Months();
    months.report(10);
    expect(months.changes()).toEqual([]);
    months.sent();
    months.pass(60 * dayMs);
    expect(months.changes()).toEqual([
      ['quiet', 'prompted'],
      ['prompted', 'resting'],
      ['resting', 'quiet'],
    ]);
    const changes = months.told.filter(({ name }) => name === 'Account State Changed');
    const { openMs, cooldownMs } = playbook.guardrails;
    expect(changes.map(({ timeMs }) => timeMs - noon)).toEqual([0, openMs, cooldownMs.account]);
    expect(changes.map(({ person }) => person)).toEqual([
      { userId: 'lena' },
      { userId: 'lena' },
      { userId: 'lena' },
    ]);
  });

  it('says what the CRM shows at that time, once per change and in one chain, whatever happens', () => {
    const act = fc.oneof(
      fc.integer({ min: 1, max: 10 }).map((used) => (one: Months) => one.report(used)),
      fc.constantFrom('starter', 'pro').map((plan) => (one: Months) => one.plan(plan)),
      fc.constant((one: Months) => one.sent()),
      fc
        .constantFrom<FeedbackBody>(
          { kind: 'seen' },
          { kind: 'clicked' },
          { kind: 'dismissed', until: 'cooldown' },
          { kind: 'ticket_opened', ticketId: 't', isPriority: false },
          { kind: 'ticket_opened', ticketId: 'u', isPriority: true },
          { kind: 'ticket_closed', ticketId: 'u' },
          { kind: 'deal_won', dealId: 'd', monthlyCents: undefined },
        )
        .map((body) => (one: Months) => one.says(body)),
      fc
        .constantFrom('Payment Failed', 'Payment Succeeded')
        .map((name) => (one: Months) => one.event(name)),
    );
    const step = fc.tuple(
      act,
      fc.constantFrom(0, 1000, hourMs, dayMs, 3 * dayMs, 8 * dayMs, 95 * dayMs),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const months = new Months();
        for (const [does, afterMs] of steps) {
          does(months);
          expect(months.changes().at(-1)?.[1] ?? 'quiet').toBe(months.shown());
          months.pass(afterMs);
          expect(months.changes().at(-1)?.[1] ?? 'quiet').toBe(months.shown());
        }
        let at: unknown = 'quiet';
        for (const [from, to] of months.changes()) {
          expect(from).toBe(at);
          expect(to).not.toBe(from);
          at = to;
        }
        const ids = months.told.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: 300 },
    );
  });
});
