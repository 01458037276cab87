import type { DecisionRecord } from './decision/record.ts';
import type { ExpansionName, ExpansionValues } from './expansion/values.ts';
import type { Effect, Input } from './input.ts';
import type { Unit } from './partition.ts';
import type { Feedback } from './outcome/feedback.ts';
import type { Outcome, Reported } from './outcome/outcome.ts';
import type { LifeState } from './prompt/life.ts';
import type { DismissedPrompt, LinkedPrompt, Prompt } from './prompt/prompt.ts';

/** The time, epoch ms. A port, so that a replay or a test moves it. */
export interface Clock {
  nowMs(): number;
}

/** What the channel answered. */
export type Delivery =
  | { readonly kind: 'accepted'; readonly vendorId: string }
  | {
      readonly kind: 'refused';
      readonly reason: 'unknown_recipient' | 'invalid_prompt' | 'not_allowed';
    }
  /** Surely not done; may be asked again, not before `retryAfterMs` where the vendor named it. `scope: 'channel'` means nobody may ask meanwhile (429). */
  | {
      readonly kind: 'unavailable';
      readonly retryAfterMs: number | undefined;
      readonly scope: 'prompt' | 'channel';
    }
  /** Asked, no answer: may or may not have happened. */
  | { readonly kind: 'unknown' };

/** Whether the vendor holds a prompt: asked before an `unknown` one may be asked again. */
export type Reconciliation = 'present' | 'absent' | 'unavailable';

/** One way to reach a user. Implemented once per folder in destinations/. */
export interface PromptChannel {
  readonly name: Prompt['channel'];
  /**
   * Asks the vendor once. Never throws for what the vendor or the network does; throws the signal's reason when aborted
   * before asking. Keeping receipts is the job's work. No result and no error carries a key or an e-mail address.
   */
  deliver(prompt: LinkedPrompt, signal: AbortSignal): Promise<Delivery>;
  /** Looks whether an earlier `deliver` of the same prompt arrived. Never sends. */
  reconcile(prompt: LinkedPrompt, signal: AbortSignal): Promise<Reconciliation>;
  /**
   * Where the channel can: takes a prompt of the form `banner` away from the person, who dismissed it through our link.
   * May be repeated. Never throws for what the vendor or the network does, only when aborted before asking. `not_there`:
   * nothing of it is shown now.
   */
  takeAway?(
    prompt: DismissedPrompt,
    signal: AbortSignal,
  ): Promise<'taken_away' | 'not_there' | 'unavailable'>;
}

/** What a step wants of one unit: its state, the members it touches, and which input ids were counted before. */
export interface LoadRequest {
  readonly unit: Unit;
  readonly members: readonly string[];
  readonly ids: readonly {
    readonly id: string;
    readonly dedupeDay: number | undefined;
    readonly receivedMs: number;
  }[];
}

/** What the store holds. `bytes` are opaque to the store; `token` fences the commit. */
export interface LoadedUnit {
  readonly unit: Unit;
  readonly bytes: Uint8Array | undefined;
  /** Only members that exist. */
  readonly members: ReadonlyMap<string, Uint8Array>;
  /** The ids of the request that were counted before. */
  readonly seen: ReadonlySet<string>;
  readonly token: CommitToken;
}

/** The store's own memory of what it loaded (version, dedupe sets). Nobody else looks inside. */
export interface CommitToken {
  readonly version: number;
}

/** All that one step changed in one unit; stored together or not at all. */
export interface UnitChange {
  readonly unit: Unit;
  readonly token: CommitToken;
  /** The new state. */
  readonly bytes: Uint8Array;
  /** New member states; `undefined` removes one. */
  readonly members: ReadonlyMap<string, Uint8Array | undefined>;
  /** The inputs that are counted by this change. */
  readonly counted: LoadRequest['ids'];
  readonly effects: readonly Effect[];
  readonly decisions: readonly DecisionRecord[];
}

/** Where outcomes go. Implemented once per folder in destinations/. */
export interface OutcomeSink {
  readonly name: 'segment';
  /**
   * Hands a batch over, oldest first, and asks once. Every outcome has the same id at each repetition, by which the receiver
   * removes copies. Never throws for what the receiver or the network does; an aborted one is `unavailable`. No result and no
   * error carries a key.
   */
  report(outcomes: readonly Outcome[], signal: AbortSignal): Promise<Reported>;
}

/** Where units live. One round trip per node for a load and for a commit, whatever the batch. */
export interface StateStore {
  load(requests: readonly LoadRequest[]): Promise<readonly LoadedUnit[]>;
  /** In the order of the changes. `conflict`: somebody else moved the unit since it was loaded; nothing of it was stored. */
  commit(changes: readonly UnitChange[]): Promise<readonly ('done' | 'conflict')[]>;
}

/** Where a prompt stands between decision and answer: the first half of its life. Terminal: sent, refused, expired, unknown. */
export type LedgerState = Extract<
  LifeState,
  'queued' | 'claimed' | 'sent' | 'refused' | 'expired' | 'unknown'
>;

export interface LedgerEntry {
  readonly record: DecisionRecord;
  readonly state: LedgerState;
  readonly attempts: number;
  readonly vendorId: string | undefined;
  /** Why it was refused, expired or unknown, in words; undefined while none of these. */
  readonly reason: string | undefined;
  /** Why it was to be taken back while somebody was asking the vendor: it is not asked for again. */
  readonly withdrawn?: string | undefined;
  readonly changedMs: number;
}

/** The send ledger: one entry per decision, written by the commit that decided it. All changes by compare-and-set. */
export interface Ledger {
  /**
   * Takes the right to ask the vendor. `claimed`: ask now. `reclaimed`: an earlier claim outlived its lease, so it is
   * unknown whether it was asked: reconcile first. `settled`: there is nothing to do. `busy`: another worker asks now.
   */
  claim(
    decisionId: string,
    claim: string,
    nowMs: number,
    leaseMs: number,
  ): Promise<'claimed' | 'reclaimed' | 'settled' | 'busy' | 'missing'>;
  /** Gives the right back, because surely nothing was sent (`unavailable`): state becomes `queued` again. */
  release(decisionId: string, claim: string, nowMs: number): Promise<boolean>;
  /** Writes the answer. False when the claim is no longer ours. */
  settle(
    decisionId: string,
    claim: string,
    state: 'sent' | 'refused' | 'expired' | 'unknown',
    detail: { readonly vendorId?: string; readonly reason?: string },
    nowMs: number,
  ): Promise<boolean>;
  /**
   * Takes a decided prompt back. False when it is over, or somebody is asking the vendor just now: then the wish is noted
   * in the entry (`withdrawn`), for whoever would ask again.
   */
  withdraw(decisionId: string, reason: string, nowMs: number): Promise<boolean>;
  read(decisionId: string): Promise<LedgerEntry | undefined>;
  /** Ids of the newest decisions of an account, newest first, at most 50. */
  newestOf(accountId: string): Promise<readonly string[]>;
}

/** A call that could not be understood, kept for the operator with the reason. Its neighbours are not touched. */
export interface Quarantined {
  /** For programs and metrics: `track_without_event`, `unknown_type`... */
  readonly reason: string;
  /** One sentence: what is wrong, where, and the mend. */
  readonly message: string;
  readonly door: string;
  readonly receivedMs: number;
  /** Whose it is as far as known, so that an erasure finds it. */
  readonly userId: string | undefined;
  /** The call as it came, as JSON text, cut at 32 KB. */
  readonly raw: string;
}

/** What became of a request's calls. `unavailable`: nothing is promised, the sender keeps them and tries again. */
export type Accepted =
  | { readonly kind: 'stored' }
  | {
      readonly kind: 'unavailable';
      readonly retryAfterS: number;
      readonly why: 'store_unreachable' | 'inbox_full' | 'vendor_unreachable';
    };

/** Where parsed calls enter. Answers `stored` only after the store has all of them. */
export interface Inbox {
  accept(inputs: readonly Input[], quarantined: readonly Quarantined[]): Promise<Accepted>;
}

/** The headers of a request, by lower-case name. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** One door for what a vendor reports. Implemented once per folder in connectors/; pure, throws nothing. */
export interface FeedbackConnector {
  readonly vendor: 'intercom' | 'sendgrid' | 'hubspot';
  /**
   * Whether the raw bytes carry the vendor's signature. `url` is the public address of the request (HubSpot signs it),
   * `nowMs` the hub's clock (for signatures that expire).
   */
  verify(request: {
    readonly body: Uint8Array;
    readonly headers: RequestHeaders;
    readonly method: string;
    readonly url: string;
    readonly nowMs: number;
  }): { readonly ok: true } | { readonly ok: false; readonly why: string };
  /** What a verified body tells. Kinds that the hub has no use for give nothing; what cannot be read is quarantined. */
  parse(body: Uint8Array, receivedMs: number): FeedbackReport;
}

/** What a connector made of a body; a poll or a link makes the same. */
export interface FeedbackReport {
  readonly feedback: readonly Feedback[];
  /** Persons whom the vendor was asked to forget, by our user id. */
  readonly erased: readonly { readonly id: string; readonly userId: string }[];
  /** Persons whom the CRM was asked to forget, by its own contact: whose it is must be found out. */
  readonly forgotten?: readonly { readonly id: string; readonly contactId: string }[];
  readonly quarantined: readonly Quarantined[];
}

/** What one look at a vendor gave. */
export type Polled =
  | {
      readonly kind: 'page';
      readonly feedback: readonly Feedback[];
      /** Where to go on, once the feedback is stored. */
      readonly cursor: string;
      /** Nothing more is there for now. */
      readonly isLast: boolean;
    }
  | {
      readonly kind: 'unavailable';
      readonly retryAfterMs: number | undefined;
      /** One sentence for the operator where waiting does not mend it; no key, no person. */
      readonly trouble: string | undefined;
    };

/**
 * Asks a vendor for what its webhooks may have failed to bring, and gives it under the same ids as they would: a repetition
 * changes nothing. Implemented in connectors/.
 */
export interface FeedbackPoll {
  readonly vendor: FeedbackConnector['vendor'];
  /** One page, from `cursor` on; without one, from a useful time back. Never throws for what the vendor or the network does. */
  ask(cursor: string | undefined, nowMs: number, signal: AbortSignal): Promise<Polled>;
}

/** What one account shall look like in the CRM, or the part of it that changed. */
export interface CrmWrite {
  readonly accountId: string;
  /** The version of the account's state that the values were made of. */
  readonly version: number;
  /** The CRM's own id of the record; undefined until one was found or made. */
  readonly recordId: string | undefined;
  /** Only what is to be written; a name that is there and undefined is emptied. */
  readonly values: Partial<ExpansionValues>;
  /** What a record is found by for the first time, or made with; never written over what is there. */
  readonly name: string | undefined;
  readonly domain: string | undefined;
  readonly mayCreate: boolean;
}

/** What became of one write. */
export type CrmWritten =
  | {
      readonly kind: 'written';
      readonly recordId: string;
      /** Values that the CRM has no place for now; an operator was told. */
      readonly leftOut: readonly ExpansionName[];
    }
  /** There is no record and none may be made. */
  | { readonly kind: 'absent' }
  /** Which record is meant is for a person to say; nothing was written. */
  | { readonly kind: 'ambiguous'; readonly why: string }
  /** There was a record and somebody removed it; it is not made again. */
  | { readonly kind: 'removed' }
  /** Final for these values. */
  | { readonly kind: 'refused'; readonly why: string }
  /** May be asked again; may have been done, which does no harm. */
  | { readonly kind: 'later' };

/** Why nobody may ask the CRM for a while. `stopped`: a person must mend something first. */
export interface CrmHold {
  readonly kind: 'busy' | 'stopped';
  readonly forMs: number;
  /** One sentence for the operator, without keys or persons. */
  readonly why: string;
}

export interface CrmBatch {
  /** In the order of the writes. */
  readonly results: readonly CrmWritten[];
  readonly hold: CrmHold | undefined;
}

/** What people who sell are told about once: a note, a task for the owner, a deal. */
export type CrmNewsKind = 'note' | 'task' | 'deal';

export interface CrmNews {
  readonly accountId: string;
  readonly recordId: string;
  /** Names what it is about: whatever carries it already is not made again. */
  readonly key: string;
  readonly wanted: readonly CrmNewsKind[];
  readonly accountName: string;
  readonly offer: string;
  readonly whyNow: string;
  readonly signals: string;
  /** What was said to the customer so far. */
  readonly said: string | undefined;
  readonly todo: string;
  /** What the account would pay more in a year, units of the playbook's currency. */
  readonly yearlyPotential: number;
  readonly nowMs: number;
  /** The person to talk to, where their address is known. */
  readonly champion: { readonly userId: string; readonly email: string } | undefined;
}

export interface CrmAnnounced {
  /** Those of the wanted that are there now, made or found, or that shall not be made (no owner, deals are off). */
  readonly settled: readonly CrmNewsKind[];
  /** The CRM's contact of the champion, where one was written. */
  readonly contactId: string | undefined;
  readonly hold: CrmHold | undefined;
}

/** A record of the CRM of which something was told. */
export interface CrmThing {
  readonly kind: 'deal' | 'ticket' | 'contact';
  /** The CRM's own id. */
  readonly id: string;
}

/** Whose a thing is. */
export interface CrmOwner {
  /** Account ids of a deal or ticket, the user id of a contact; empty: nobody's here. */
  readonly ids: readonly string[];
  /** The offer that a deal was made for; undefined for deals that the hub did not make, and for all else. */
  readonly offerId: string | undefined;
}

/** Whose things are, in their order. */
export type CrmOwned =
  | { readonly kind: 'known'; readonly owners: readonly CrmOwner[] }
  | { readonly kind: 'held'; readonly hold: CrmHold };

/** How a record stands beside what it should be. */
export type CrmCompared =
  | { readonly kind: 'same' }
  | {
      readonly kind: 'differs';
      readonly recordId: string;
      readonly names: readonly ExpansionName[];
    }
  | { readonly kind: 'absent' };

/** Where those who sell look. Implemented once per folder in destinations/. */
export interface ExpansionCrm {
  readonly name: string;
  /** At most so many writes in one call. */
  readonly batchMax: number;
  /**
   * Writes many accounts, each account once. Never throws for what the CRM or the network does; throws the signal's
   * reason when aborted. Writing the same again is harmless. No result carries a key or an e-mail address.
   */
  write(writes: readonly CrmWrite[], signal: AbortSignal): Promise<CrmBatch>;
  /** Makes what is wanted and not there. Looks first, so asking again makes nothing twice. */
  announce(news: CrmNews, signal: AbortSignal): Promise<CrmAnnounced>;
  /** Looks whose records of its own are, by our ids on them. Changes nothing; throws the signal's reason when aborted. */
  owners(things: readonly CrmThing[], signal: AbortSignal): Promise<CrmOwned>;
  /** Looks how the records of these accounts stand beside whole writes. Changes nothing. */
  compare(
    writes: readonly CrmWrite[],
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: 'compared'; readonly results: readonly CrmCompared[] }
    | { readonly kind: 'held'; readonly hold: CrmHold }
  >;
}
