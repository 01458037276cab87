import type { Circumstance } from './account/context.ts';
import type { SignalKind } from './decision/record.ts';
import type { SizeBorders } from './model/size.ts';
import type { PromptForm } from './prompt/prompt.ts';

/**
 * The customer's configuration, compiled: names normalized, times in ms, money in cents, rules indexed. Made by config/
 * from YAML that passed every check, so nothing here can be wrong; the core never sees the YAML.
 */
export interface Playbook {
  /** First 16 hex of the SHA-256 of the source: decisions name it. */
  readonly version: string;
  readonly account: AccountRules;
  /** Normalized names of the traits to keep, by whose they are. */
  readonly traits: { readonly user: readonly string[]; readonly account: readonly string[] };
  /** Where the plan is read, and the plan when it is unknown. */
  readonly plan: {
    readonly subject: Subject;
    readonly trait: string;
    readonly fallback: string | undefined;
    /** The trait of the same subject that says what it really pays a month. */
    readonly mrrTrait: string;
  };
  readonly plans: ReadonlyMap<string, Plan>;
  /** By normalized event name, per call: `track:reportcreated`, `page:pricing`, `screen:upgrade`, `identify:`, `group:`. */
  readonly signalsByEvent: ReadonlyMap<string, readonly SignalRule[]>;
  /** Normalized property paths that any rule reads, by the same key. Nothing else is kept of an event. */
  readonly keptProperties: ReadonlyMap<string, readonly string[]>;
  readonly counters: readonly CounterSpec[];
  /** Triggers of several measurements, by the id of each counter at whose events they are looked at. */
  readonly combined?: ReadonlyMap<number, readonly CombinedTrigger[]> | undefined;
  readonly members: MemberRules;
  /** Nothing is offered before it: the signal counted at least so often, ever, in the account. */
  readonly valueMoment: {
    readonly counter: CounterSpec;
    readonly signal: string;
    readonly atLeast: number;
  };
  /** Which role of a user, by trait, may buy. Undefined: whoever acts may. */
  readonly buyers?: Extract<PropertyTest, { test: 'is_one_of' }> | undefined;
  readonly offers: ReadonlyMap<string, Offer>;
  /** Errors that a person meets: nothing is offered while the user counted so many of them in the counter's window. */
  readonly errors: { readonly counter: CounterSpec; readonly atLeast: number } | undefined;
  readonly sequencing: Sequencing;
  readonly guardrails: Guardrails;
  readonly economics: Economics;
  /** One-click upgrades: who is called after a confirming click. Undefined: offers lead to the billing page. */
  readonly upgrade?:
    | {
        readonly webhook: string;
        /** ISO 4217, as pages show prices; undefined: bare numbers. */
        readonly currency: string | undefined;
      }
    | undefined;
  /** What a won deal means that the hub did not make. Undefined: nothing. */
  readonly crm?: { readonly otherDeals: 'nothing' | 'upgrade' } | undefined;
  readonly learning: Learning;
}

/** Whose counters a rule looks at. */
export type Subject = 'user' | 'account';

/** How the members of an account are known. */
export interface MemberRules {
  /** Keys of events (as in `signalsByEvent`) by which their user joins, or leaves, the account. */
  readonly joined: ReadonlySet<string>;
  readonly left: ReadonlySet<string>;
  /** Normalized name of the trait that holds a member's role, or of the property of an event of joining. */
  readonly role: string;
  /** The counters of kind `seats` and `roleShare`, which are among the playbook's; without any nothing is kept of members. */
  readonly counters: readonly CounterSpec[];
}

/** How the account of an event is found. */
export interface AccountRules {
  /** Where the account id is looked for, first hit wins: dotted paths from the root of the call, parts normalized. */
  readonly paths: readonly (readonly string[])[];
  /** `wait`: a user's account is remembered, and events of an unknown account wait for it. `user`: the user is the account. */
  readonly whenMissing: 'wait' | 'user';
}

/** A plan that is sold. */
export interface Plan {
  readonly id: string;
  readonly monthlyPriceCents: number;
  /** Limit name to quantity. A limit that is not there is unlimited. */
  readonly limits: ReadonlyMap<string, number>;
}

/** A meaning that an event can have, with the counters that it moves. */
export interface SignalRule {
  readonly signal: string;
  /** All must hold for the event to count. */
  readonly where: readonly PropertyTest[];
  /** The counters of the signal that triggers or the value moment read. */
  readonly counters: readonly CounterSpec[];
  /** What the signal says about the account's circumstances; undefined for most. */
  readonly tells: Told | undefined;
  /** The families of the lessons whose feature is used at these events; undefined for most. */
  readonly adopts?: readonly string[] | undefined;
}

/** What an event says besides being counted: circumstances in which nothing is offered, and what became of offers. */
export type Told =
  | {
      readonly kind: 'circumstance';
      readonly circumstance: Circumstance;
      readonly what: 'began' | 'ended';
      /** An opt-out is the person's, the others are the account's. */
      readonly of: Subject;
    }
  /** The ticket's id and priority are properties of the event; without an id all tickets are one. */
  | {
      readonly kind: 'ticket';
      readonly what: 'began' | 'ended';
      readonly id: string | undefined;
      readonly priority: string | undefined;
    }
  /** A bigger plan was bought. */
  | { readonly kind: 'upgraded' }
  | { readonly kind: 'downgraded' }
  /** An add-on was bought; `product` is the property that names it (an offer's id). */
  | { readonly kind: 'bought'; readonly product: string | undefined };

/** A test on one property, by normalized path. Strings are compared without case; a missing property fails every test but `exists: false`. */
export type PropertyTest =
  | {
      readonly property: string;
      readonly test: 'is_one_of';
      readonly values: readonly (string | number | boolean)[];
    }
  | { readonly property: string; readonly test: 'exists'; readonly value: boolean }
  | { readonly property: string; readonly test: 'at_least' | 'at_most'; readonly value: number };

/** What to count. Two triggers that count the same share one counter. */
export interface CounterSpec {
  /** `hash32` of `key`: names the counter inside a packed state; a changed rule is a new counter. */
  readonly id: number;
  /** All that defines it, in one readable string: `invites|count|account|7d`. */
  readonly key: string;
  /** The signal whose events move it. Of several steps: the one whose rule leads here; in `Playbook.counters` the first. */
  readonly signal: string;
  readonly kind: CounterKind;
  readonly subject: Subject;
  /** Sliding window on event time, 1 minute to 90 days; undefined: ever. Gauge, first and last have none. Pace: over how long it is measured. */
  readonly windowMs: number | undefined;
  /** Counted apart per value of this property (minutes per course), at most 256 values. Normalized path. Count and sum only. */
  readonly by: string | undefined;
  /** Sum, gauge, pace: the property that holds the number. Distinct: the property whose values are counted, or `$day`, the UTC day of the event, or `$user`, who did it. Sessions: the session id. */
  readonly value: string | undefined;
  /** Gauge, pace, and count, sum and distinct whose triggers are shares: where the limit is; the first that is known of property, trait, plan and number. */
  readonly limit:
    | {
        readonly property: string | undefined;
        /** A trait of the account. */
        readonly trait?: string | undefined;
        readonly planLimit: string | undefined;
        readonly fixed: number | undefined;
      }
    | undefined;
  /** Sessions: a pause of so long begins a new one; undefined where `value` is the client's own session id. */
  readonly gapMs?: number | undefined;
  /** Sequence: its 2 to 5 signals in their order. Elapsed: from and to. Ratio: part and whole. */
  readonly steps?: readonly string[] | undefined;
  /** Elapsed: a time of at most `atMostMs` is fast; the newest `ofLast` times (2 to 32) are looked at. */
  readonly pace?: { readonly atMostMs: number; readonly ofLast: number } | undefined;
  /** Trend: the window that it is held against ended `againstMs` ago; with fewer events than `min` there is no growth. */
  readonly trend?: { readonly againstMs: number; readonly min: number } | undefined;
  /** Count: kept as totals of weeks only, for what looks at how they vary; no trigger reads it. */
  readonly isWeeklyTotal?: true | undefined;
  /** Weekly: how many ISO weeks it looks back, the current one included; 2 to 13. */
  readonly weeks?: number | undefined;
  /** Pace: the property that names the limit's period. */
  readonly period?: string | undefined;
  /** Seats, role share: the roles that count, in lower case; undefined: all members. */
  readonly roles?: readonly string[] | undefined;
  /** Ratio: with fewer of the whole there is no ratio. Role share: with fewer members there is no share. */
  readonly min?: number | undefined;
  /** The triggers that read it, ordered by rising threshold. */
  readonly triggers: readonly TriggerSpec[];
}

/** How what is counted becomes one value. */
export type CounterKind =
  | 'count'
  | 'sum'
  | 'distinct'
  | 'gauge'
  | 'first'
  | 'last'
  | 'sessions'
  | 'sequence'
  | 'elapsed'
  | 'weekly'
  | 'trend'
  | 'ratio'
  | 'pace'
  | 'seats'
  | 'roleShare';

/** A rule: when this counter reaches this height, these offers are candidates. */
export interface TriggerSpec {
  readonly id: string;
  readonly signalKind: SignalKind;
  /** Count, sum, distinct, sessions: the value to reach. Weekly: the number of weeks. Sequence: how often it was gone through. Elapsed: the share of fast times (0 to 1). Trend: the growth, 0.5 for half as much again. Gauge, count, sum, distinct: the share of the limit (0 to 1), or the value itself when `unit` is `value`. Ratio, role share: a share. Pace: 1 over the days that are left. Seats: members. */
  readonly threshold: number;
  readonly unit: 'value' | 'share';
  /** Gauge: re-armed when it falls below this (same unit), or in a new period. */
  readonly rearmBelow: number;
  /** Gauge: the property that names the limit's period (`2026-11`); undefined: calendar month of the event, UTC. */
  readonly period: string | undefined;
  /** Traits that must hold, of the account or the user who acted; compared without case. `plan` means the plan in force. */
  readonly where: readonly (PropertyTest & { readonly of: Subject | 'plan' })[];
  /** Event properties that copy may quote besides the counter's own numbers: normalized path by the name in the copy. */
  readonly quotes: ReadonlyMap<string, string>;
  readonly offers: readonly string[];
  /** Strong enough to ask again although the dismissal gate is closed: a hard limit. */
  readonly reopens: boolean;
  /** An older event changes state but does not fire. Default 24 h. */
  readonly maxAgeMs: number;
  /** How strong a sign it is, 0 to 1; undefined: 0.5. */
  readonly strength?: number | undefined;
  /** One measurement of a combined trigger: never fires by itself. */
  readonly isPart?: true | undefined;
}

/** A trigger of several measurements: fires at the event that makes the whole true. */
export interface CombinedTrigger {
  /** What it raises; its own threshold means nothing. */
  readonly trigger: TriggerSpec;
  /** `account` unless all it measures is the user's. */
  readonly subject: Subject;
  readonly all: readonly Measurement[];
  readonly any: readonly Measurement[];
  readonly not: readonly Measurement[];
  /** When the newest event of any of its signals happened: a `last` without a value. */
  readonly newest: CounterSpec;
}

/** A counter and the height that it must reach. */
export interface Measurement {
  readonly counter: CounterSpec;
  readonly part: TriggerSpec;
}

/** Something to sell, or to teach. */
export interface Offer {
  readonly id: string;
  /** `upgrade`, `crosssell:<product>`, `education:<topic>`. */
  readonly family: string;
  /** The plan to move to, or the price of the add-on. */
  readonly sells:
    | { readonly kind: 'plan'; readonly plan: string }
    | { readonly kind: 'addon'; readonly monthlyPriceCents: number }
    /** Teaches a feature that prepares sales; costs nothing. `adoptedBy`: the signal of its use; undefined: nothing tells. */
    | { readonly kind: 'education'; readonly adoptedBy?: string | undefined };
  /** Chance of buying, asked and not asked, where the playbook overrides the priors of the signal kind. */
  readonly priors: { readonly prompt: number; readonly hold: number } | undefined;
  readonly surface: string;
  readonly form: PromptForm;
  /** Which channels it takes. An e-mail without an in-app prompt before it exists only as `email_alone`. */
  readonly delivery: 'in_app' | 'in_app_then_email' | 'email_alone';
  readonly copy: ReadonlyMap<string, CopyTemplate>;
  /** The words of the e-mail, with a `subject`; there where the delivery has an e-mail. */
  readonly email: ReadonlyMap<string, CopyTemplate> | undefined;
  /** The ladder after dismissals: made in its place when the person dismissed it before. */
  readonly softer: string | undefined;
  /** The ladder after dismissals: the lesson that comes first while the dismissal gate is closed. */
  readonly education: string | undefined;
  /** At most so many prompts of it over all accounts. */
  readonly budget: { readonly max: number; readonly withinMs: number } | undefined;
  /** The words for a user who cannot buy and whose account has no known buyer; undefined: such a user is not asked. */
  readonly askAdmin?: ReadonlyMap<string, CopyTemplate> | undefined;
}

/** Compiled copy. `render` is pure: same values, same words. */
export interface CopyTemplate {
  readonly source: string;
  /** Words, or the names of the values that were missing, null or blank. */
  render(
    values: Readonly<Record<string, unknown>>,
  ):
    | { readonly kind: 'words'; readonly text: string }
    | { readonly kind: 'incomplete'; readonly missing: readonly string[] };
}

/** At most `max` prompts of one user, or account, within the time. */
export interface FrequencyCap {
  readonly per: Subject;
  readonly max: number;
  readonly withinMs: number;
}

/** What a prompt is held back for. */
export interface Guardrails {
  readonly caps: readonly FrequencyCap[];
  /** Least time between two prompts of one user, of one account. */
  readonly cooldownMs: { readonly user: number; readonly account: number };
  /** A prompt without an answer is open for so long; meanwhile the account gets no other. */
  readonly openMs: number;
  /** Nothing for so long after `Signed Up` or the account's creation. */
  readonly afterSignupMs: number;
  /** A prompt not sent by then is dropped. */
  readonly maxPromptAgeMs: number;
  /** The same for an e-mail, from the end of the quiet hours. */
  readonly maxEmailAgeMs: number;
  /** Nothing for so long after a support ticket of the account; never below 24 h. */
  readonly afterTicketMs: number;
  /** The same offer, the same family not again for so long after a person dismissed it. */
  readonly afterDismissalMs: { readonly offer: number; readonly family: number };
  /** The same family not again for so long after it was bought. */
  readonly afterPurchaseMs: { readonly upgrade: number; readonly crosssell: number };
  readonly dismissalGate: {
    /** So many dismissed price prompts close the gate: education comes first. */
    readonly user: { readonly max: number; readonly withinMs: number };
    readonly account: { readonly max: number; readonly withinMs: number };
    /** After a person engaged with the education, prices may be named again. */
    readonly askAgainAfterMs: number;
  };
  readonly quietHours: QuietHours;
  /** From the dismissal, or from the decision where the prompt was ignored, to the e-mail that follows. */
  readonly followUpAfterMs: number;
  /** What follows a prompt of which nothing says that it was seen. */
  readonly whenNotSeen: 'drop' | 'email';
  /** Whether the person's own activity after delivery counts as having seen it (where the channel sends no receipts). */
  readonly presumeSeen: boolean;
  readonly testUsers: {
    readonly ids: ReadonlySet<string>;
    readonly emailDomains: ReadonlySet<string>;
    /** A user trait that is true for people of one's own. */
    readonly trait: string | undefined;
  };
  /** At most so many prompts a minute over the whole workspace. */
  readonly perMinute: number;
}

/** E-mails wait for the morning where the person is. */
export interface QuietHours {
  /** Minutes after local midnight: quiet from the one until the other; the same: never quiet. */
  readonly fromMinute: number;
  readonly untilMinute: number;
  readonly weekends: boolean;
  /** The user trait that names the IANA time zone, and the zone of those who have none. */
  readonly trait: string;
  readonly fallback: string;
}

/** When a cross-sell waits (decision model dm1, section 7, rule 7). */
export interface Sequencing {
  /** Nothing is cross-sold for so long after an upgrade, and then only while usage is steady. */
  readonly afterUpgradeMs: number;
  /** For so long after an upgrade usage must be steady; later it is the ordinary state. */
  readonly steadyUntilMs: number;
  /** The coefficient of variation of the last four weekly totals that is still steady. */
  readonly maxVariation: number;
  /** A limit used to this share is a bigger need than any add-on. */
  readonly limitPressure: number;
  /** What is used, week by week; undefined: only time is waited for. */
  readonly usage: CounterSpec | undefined;
}

/** Numbers of the decision model (dm1 section 2). */
export interface Economics {
  readonly margin: number;
  readonly valueMonths: number;
  readonly lifeMonths: number;
  readonly monthlyChurn: number;
  readonly attributionDays: number;
  readonly fatigueHalfLifeDays: number;
  readonly fatigueLambda: number;
  readonly churnPerFatigue: number;
  readonly costDismiss: number;
  readonly costOptOut: number;
  readonly costTicket: number;
  readonly slotPrice: number;
  /** What the place on the screen costs a price besides, as a share of `saleValue`: the least rise of the chance of buying. */
  readonly slotShare: number;
  /** Share of churn risk that buying removes, by signal kind. */
  readonly rho: Readonly<Record<SignalKind, number>>;
  /** A lesson: chance that its feature is used with and without it, how much more a user of it buys, chance of engaging. */
  readonly education: {
    readonly prompt: number;
    readonly hold: number;
    readonly liftNext: number;
    readonly engage: number;
  };
  /** Chance of buying within the window, asked and not asked, by signal kind. */
  readonly priors: Readonly<Record<SignalKind, { readonly prompt: number; readonly hold: number }>>;
}

/** How the hub learns from outcomes (dm1 section 2). */
export interface Learning {
  /**
   * `fixed`: the offer worth most by the playbook's own numbers is made, nothing is left to chance and nobody left alone.
   * `learn`: decision model dm1, with holdout, deliberate silence and numbers that follow the outcomes.
   */
  readonly mode: 'fixed' | 'learn';
  /** Share of accounts that are never prompted, 0 to 0.5; undefined: by the number of accounts (`holdoutShareOf`). */
  readonly holdoutShare: number | undefined;
  /** Deals the accounts out; a new one begins a new experiment. */
  readonly salt: string;
  /** Least probability of silence, and of each safe arm; with 8 arms together below one half. */
  readonly epsNone: number;
  readonly epsArm: number;
  /** How much of the doubt takes part in the choice: 0 takes the best guess, 1 is probability matching. */
  readonly exploration: number;
  /** `M`: posterior draws of a decision. */
  readonly draws: number;
  readonly halfLifeDays: number;
  /** Pseudo conversions of each level of pooling, and pseudo episodes of a cell's prior. */
  readonly kappaRatio: number;
  readonly kappaCell: number;
  /**
   * What the configured chances are priors of: of each arm by itself, or of what asking adds to what is believed of the arm
   * that is not asked.
   */
  readonly prior: 'chances' | 'uplift';
  /** Accounts of like size are compared with each other; undefined: all together. */
  readonly sizes?: SizeBorders | undefined;
}

/** Whether a counter's value is none of the properties, but what every event has: `$day` and `$user`. */
export function isOwnValue(value: string): boolean {
  return value === '$day' || value === '$user';
}

/** Whether what is counted is held against a limit: a count, sum or distinct count whose triggers are shares. */
export function isAgainstLimit(spec: CounterSpec): boolean {
  return (
    spec.limit !== undefined &&
    (spec.kind === 'count' || spec.kind === 'sum' || spec.kind === 'distinct')
  );
}

/** The key of `signalsByEvent` and `keptProperties`; `normalizedName` by `normalizeName`. */
export function eventKey(call: string, normalizedName: string): string {
  return `${call}:${normalizedName}`;
}
