import type { Event } from './event/event.ts';
import type { Refusal } from './guardrail/refusal.ts';
import type { LearningStep } from './model/step.ts';
import type { FeedbackBody } from './outcome/feedback.ts';
import type { Outcome } from './outcome/outcome.ts';
import type { Unit } from './partition.ts';
import type { Channel, Prompt } from './prompt/prompt.ts';

/**
 * Everything that may move a unit. `id` makes a repetition harmless: a unit counts an id once within the dedupe
 * horizon. `dedupeDay` is the UTC day (`floor(ms / 86,400,000)`) read from the input's own time field exactly as sent,
 * the same in every copy; undefined when it has none.
 */
export type Input = {
  readonly id: string;
  readonly dedupeDay: number | undefined;
  readonly receivedMs: number;
} & InputBody;

export type InputBody =
  /** To the account the event names; else to the person, who knows the account or keeps the event until it is known. */
  | { readonly kind: 'event'; readonly event: Event }
  /** To a person: it was seen in this account at this time. */
  | {
      readonly kind: 'member_seen';
      readonly userId: string;
      readonly accountId: string;
      readonly timeMs: number;
    }
  /** To the person `previousId`: from now on it is `userId` (alias call, or anonymousId and userId on one event). */
  | {
      readonly kind: 'identity_linked';
      readonly previousId: string;
      readonly userId: string;
      readonly timeMs: number;
    }
  /** To the person `userId`: `previousId`, who is a member of `accountId`, wants to become `userId`. */
  | {
      readonly kind: 'merge_asked';
      readonly previousId: string;
      readonly userId: string;
      readonly accountId: string;
    }
  /** To an account: the history of member `previousId` becomes that of `userId`. */
  | {
      readonly kind: 'member_merged';
      readonly previousId: string;
      readonly userId: string;
      readonly accountId: string;
    }
  /** To a person: forget it everywhere. */
  | { readonly kind: 'erasure'; readonly userId: string }
  /** To an account: forget this member. */
  | { readonly kind: 'member_erased'; readonly userId: string; readonly accountId: string }
  /** To a person: an account decided to prompt; may the person be prompted, over all its accounts? */
  | { readonly kind: 'prompt_asked'; readonly prompt: Prompt }
  /** To the account (`to: 'account'`) or to the person: what became of the prompt. */
  | {
      readonly kind: 'prompt_settled';
      readonly to: Unit['kind'];
      readonly decisionId: string;
      readonly userId: string;
      readonly accountId: string;
      readonly outcome: PromptOutcome;
    }
  /** To an account: a time that it set itself has come. `receivedMs` is the time for which it was set. */
  | {
      readonly kind: 'timer';
      /**
       * `retires`: an episode is over. `horizon`: what became of an enrolled account. Both are of no user. `standing`: the
       * account stands elsewhere by time alone; of the user with whom that began.
       */
      readonly what: 'closes' | 'follow_up' | 'retires' | 'horizon' | 'standing';
      readonly accountId: string;
      readonly userId: string;
      readonly decisionId: string;
    }
  /**
   * To the account, or to the person, who tells its accounts: what people, vendors or sales said. Without a decision: about
   * the newest prompt that `channel` brought to the user. To an account `accountId` is there, to a person `userId`.
   */
  | {
      readonly kind: 'feedback';
      readonly to: Unit['kind'];
      readonly accountId: string | undefined;
      readonly userId: string | undefined;
      readonly decisionId: string | undefined;
      readonly channel: Channel | undefined;
      readonly timeMs: number;
      readonly body: FeedbackBody;
    };

/** An input that is an event. */
export type EventInput = Extract<Input, { kind: 'event' }>;

/** `refused` and `expired` surely never reached anybody (the cap slot is given back); `unknown` counts as sent. */
export type PromptOutcome = 'sent' | 'refused' | 'expired' | 'unknown';

/**
 * The unit that an input moves. Known users and anonymous ids share one space of persons, because an alias may name
 * either without saying which.
 */
export function unitOf(input: InputBody): Unit {
  switch (input.kind) {
    case 'event':
      return unitOfEvent(input.event);
    case 'member_seen':
    case 'merge_asked':
    case 'erasure':
      return { kind: 'person', id: input.userId };
    case 'identity_linked':
      return { kind: 'person', id: input.previousId };
    case 'member_merged':
    case 'member_erased':
      return { kind: 'account', id: input.accountId };
    case 'prompt_asked':
      return { kind: 'person', id: input.prompt.userId };
    case 'prompt_settled':
      return { kind: input.to, id: input.to === 'account' ? input.accountId : input.userId };
    case 'timer':
      return { kind: 'account', id: input.accountId };
    case 'feedback':
      return {
        kind: input.to,
        id: (input.to === 'account' ? input.accountId : input.userId) ?? '',
      };
    default:
      return input satisfies never;
  }
}

/**
 * Whether a unit must remember the input's id, so that a repetition is not counted. What a person learns (where it was
 * seen, who it became) needs no memory: knowing it twice is knowing it once, and what it hands on then carries the ids of
 * the first time. There are as many of these as persons, so their fingerprints would be a third of a person's bytes.
 */
export function isCountedById(input: InputBody): boolean {
  return input.kind !== 'member_seen' && input.kind !== 'identity_linked';
}

function unitOfEvent(event: Event): Unit {
  return event.accountId === undefined
    ? { kind: 'person', id: event.userId ?? event.anonymousId ?? '' }
    : { kind: 'account', id: event.accountId };
}

/**
 * What a committed step asks of the world, kept in the unit's outbox until it is handed on. `id` is the same however
 * often the step is repeated, so handing on twice changes nothing.
 */
export type Effect =
  /** To another unit, through its lane; the effect's id is the input's id. */
  | { readonly kind: 'input'; readonly input: Input }
  /** To a destination. `withheld`: the person may not be asked after all; the ledger is settled and nothing is sent. */
  | { readonly kind: 'deliver'; readonly prompt: Prompt; readonly withheld: Refusal | undefined }
  /** To the own unit, when the time has come (by the hub's clock). */
  | {
      readonly kind: 'timer';
      readonly input: Input & { readonly kind: 'timer' };
      readonly dueMs: number;
    }
  /** To the learning that is common to all accounts. */
  | { readonly kind: 'tally'; readonly step: LearningStep }
  /** A decided prompt is taken back, unless somebody is sending it already. */
  | { readonly kind: 'withdraw'; readonly decisionId: string; readonly because: Refusal }
  /** A banner that the person dismissed through our link is still on the screen: its channel takes it away. */
  | { readonly kind: 'take_away'; readonly decisionId: string; readonly channel: Channel }
  /** To whoever wants to know what came of prompts. */
  | { readonly kind: 'report'; readonly outcome: Outcome };

/** The id under which an effect waits in the outbox. */
export function effectId(effect: Effect): string {
  switch (effect.kind) {
    case 'deliver':
      return `deliver.${effect.prompt.decisionId}`;
    case 'withdraw':
      return `withdraw.${effect.decisionId}`;
    case 'take_away':
      return `take-away.${effect.decisionId}`;
    case 'report':
      return `report.${effect.outcome.id}`;
    case 'tally':
      return `tally.${effect.step.id}`;
    case 'input':
    case 'timer':
      return effect.input.id;
    default:
      return effect satisfies never;
  }
}
