import { allOn } from '../../../src/core/controls.ts';
import type { DecisionRecord } from '../../../src/core/decision/record.ts';
import { hourMs } from '../../../src/core/duration.ts';
import type { Input } from '../../../src/core/input.ts';
import type { FeedbackBody } from '../../../src/core/outcome/feedback.ts';
import type { Prompt } from '../../../src/core/prompt/prompt.ts';
import { event, noon, playbookOf, run, type Ran } from '../account/world.ts';

/** A product with reports, invitations, integrations and exports, two plans, add-ons, a lesson and e-mails. */
export const yaml = `
version: 1
events:
  Report Created: [report_count]
  Integration Tried: [integration]
  Exported: [format]
  Ticket: [id, priority]
  Ticket Closed: [id]
  Payment Failed: []
  Payment Recovered: []
  Cancelling: []
  Incident: []
  No Offers: []
  Upgraded: []
  Error: []
traits: { user: [name, timezone, is_test] }
plan: { default: starter }
plans:
  starter: { monthlyPrice: 49, limits: { reports: 10 } }
  pro: { monthlyPrice: 149, limits: { reports: 100 } }
signals:
  reports: { events: Report Created, value: report_count, limit: { plan: reports } }
  tried: { events: Integration Tried }
  invited: { events: Invite Sent }
  exported: { events: Exported }
  ticket: { events: Ticket }
  ticket_closed: { events: Ticket Closed }
  payment_failed: { events: Payment Failed }
  payment_recovered: { events: Payment Recovered }
  cancelling: { events: Cancelling }
  incident: { events: Incident }
  no_offers: { events: No Offers }
  upgraded: { events: Upgraded }
  error: { events: Error }
valueMoment: { signal: reports }
context:
  ticketOpened: { signal: ticket, id: id, priority: priority }
  ticketClosed: { signal: ticket_closed, id: id }
  paymentFailed: payment_failed
  paymentRecovered: payment_recovered
  cancelling: cancelling
  incidentStarted: incident
  optedOut: no_offers
  upgraded: upgraded
  errors: { signal: error, atLeast: 3, within: 10m }
triggers:
  full: { gauge: reports, atLeast: 100%, kind: limit, where: { plan: starter }, offers: [more] }
  hard: { count: reports, within: 1d, atLeast: 30, kind: limit, reopens: true, offers: [more_now] }
  second_try: { count: tried, by: integration, within: 48h, atLeast: 2, kind: adjacent, offers: [connect] }
  invites: { count: invited, within: 7d, atLeast: 3, kind: team, offers: [team] }
  exports: { count: exported, within: 30d, atLeast: 3, kind: adjacent, offers: [schedule] }
offers:
  more:
    plan: pro
    softer: look
    education: lesson
    copy: { headline: "{{ used }}/{{ limit }} reports", body: More in Pro, cta_label: Upgrade, cta_url: https://app.example.com/billing }
    email: { subject: "{{ used }} of {{ limit }}", headline: Room, body: "{{ when | capitalize }} you filled your plan", cta_label: Upgrade }
  more_now:
    plan: pro
    copy: { headline: "{{ count }} reports in a day", body: More in Pro, cta_label: Upgrade, cta_url: https://app.example.com/billing }
  look:
    plan: pro
    copy: { headline: A look at Pro, body: What it adds, cta_label: Look, cta_url: https://app.example.com/plans }
  connect:
    addon: { monthlyPrice: 79 }
    education: lesson
    copy: { headline: "Connect {{ group }}", body: An add-on, cta_label: Connect, cta_url: https://app.example.com/addons }
    email: { subject: "Connect {{ group }}", headline: Connected, body: "{{ when | capitalize }} you tried to connect {{ group }}", cta_label: Connect }
  team:
    plan: pro
    education: lesson
    copy: { headline: "{{ count }} invited", body: Bring the team, cta_label: Upgrade, cta_url: https://app.example.com/billing }
  schedule:
    addon: { monthlyPrice: 60 }
    delivery: email_alone
    copy: { headline: Schedule exports, body: An add-on, cta_label: Schedule, cta_url: https://app.example.com/addons }
    email: { subject: You are exporting again, headline: Schedule it, body: "{{ count }} exports in {{ window }}", cta_label: Schedule }
  lesson:
    teaches: reports
    surface: education-tip-ready
    copy: { headline: How it works, body: Here is what this feature does, cta_label: Show me, cta_url: https://app.example.com/learn }
guardrails:
  quietHours: { from: "20:00", until: "08:00", weekends: false, timezone: UTC }
  sequencing: { afterUpgrade: 7d, usage: reports }
`;

/** The playbook of the scenarios, with a part of its text replaced. */
export const playbook = playbookOf(yaml);

let made = 0;

/** Somebody of account acme does something. */
export function did(
  name: string,
  timeMs: number,
  properties: Readonly<Record<string, string | number | boolean>> = {},
  userId = 'lena',
): Input {
  made += 1;
  return event({ id: `e${made}`, name, timeMs, properties, userId });
}

/** Lena is known by her e-mail address. */
export const known = event({
  id: 'lena',
  call: 'identify',
  timeMs: noon - 100 * hourMs,
  traits: { email: 'lena@example.com', name: 'Lena' },
});

/** The account has got value from the product, long ago. */
export const started = did('Report Created', noon - 99 * hourMs, { reportcount: 1 });

/** Somebody reacts to a decided prompt. */
export function reaction(
  decision: DecisionRecord | undefined,
  body: FeedbackBody,
  timeMs: number,
): Input {
  made += 1;
  return {
    kind: 'feedback',
    id: `f${made}`,
    dedupeDay: undefined,
    receivedMs: timeMs,
    to: 'account',
    accountId: 'acme',
    userId: decision?.userId,
    decisionId: decision?.decisionId,
    channel: undefined,
    timeMs,
    body,
  };
}

/** The channel took the prompt. */
export function sent(decision: DecisionRecord | undefined, timeMs: number): Input {
  made += 1;
  return {
    kind: 'prompt_settled',
    id: `s${made}`,
    dedupeDay: undefined,
    receivedMs: timeMs,
    to: 'account',
    accountId: 'acme',
    userId: decision?.userId ?? '',
    decisionId: decision?.decisionId ?? '',
    outcome: 'sent',
  };
}

/** A world that goes on: timers that come due are served in their turn, by their own time. */
export class Story {
  readonly #inputs: Input[] = [];
  readonly #rules: Parameters<typeof run>[1];

  constructor(rules: Parameters<typeof run>[1] = { playbook, mode: 'live', controls: allOn }) {
    this.#rules = rules;
    this.tell(known, started);
  }

  /** Tells inputs, in the order of their times, and serves the timers that are due before each. */
  tell(...inputs: readonly Input[]): Ran {
    this.#inputs.push(...inputs);
    return this.until(Math.max(...this.#inputs.map(timeOf)));
  }

  /** Lets time pass, and serves the timers that come due. */
  until(nowMs: number): Ran {
    for (;;) {
      const ran = run(this.#inputs, this.#rules);
      const due = ran.effects.flatMap((effect) =>
        effect.kind === 'timer' &&
        effect.dueMs <= nowMs &&
        !this.#inputs.some((input) => input.id === effect.input.id)
          ? [effect.input]
          : [],
      );
      if (due.length === 0) {
        return ran;
      }
      this.#inputs.push(...due);
      this.#inputs.sort((left, right) => timeOf(left) - timeOf(right));
    }
  }

  get decisions(): readonly DecisionRecord[] {
    return run(this.#inputs, this.#rules).decisions;
  }

  /** The prompts that persons were asked about, in order. */
  get prompts(): readonly Prompt[] {
    return run(this.#inputs, this.#rules).effects.flatMap((effect) =>
      effect.kind === 'input' && effect.input.kind === 'prompt_asked' ? [effect.input.prompt] : [],
    );
  }
}

function timeOf(input: Input): number {
  return input.kind === 'event' ? input.event.timeMs : input.receivedMs;
}
