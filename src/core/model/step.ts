import type { Channel } from '../prompt/prompt.ts';
import type { Increment } from './episode.ts';

/*
 * What accounts report to the learning that is common to all of them. Each step has an id and is taken once, so neither
 * order nor repetition matters. No step names a person or an account in the clear: `unit` is a hash.
 */

/** What became of a prompt, as far as it costs something (dm1 sections 5.4 and 11). */
export type AskedOutcome = 'prompts' | 'clicked' | 'dismissed' | 'optedOut' | 'tickets';

/** What a decision opened, in the log from which the counters can be made anew. */
export interface OpenedFact {
  readonly kind: 'opened';
  readonly unit: string;
  readonly decisionId: string;
  readonly startMs: number;
  readonly windowDays: number;
  readonly isHoldout: boolean;
  readonly episodes: readonly {
    readonly family: string;
    /** The name of the cell. */
    readonly cell: string;
    /** Of a prompt: the probability that its family was asked for. Of a hold: that anything was. */
    readonly pi: number;
  }[];
}

/** Something that a log of learning keeps. */
export type LearningFact =
  | OpenedFact
  | {
      readonly kind: 'bought' | 'reversed';
      readonly unit: string;
      readonly family: string;
      readonly timeMs: number;
    };

/** An account that takes part in the comparison of those who are asked with those who are left alone (dm1 section 10). */
export interface EnrolledAccount {
  readonly unit: string;
  readonly timeMs: number;
  readonly isHoldout: boolean;
  /** Which experiment: the salt that dealt the accounts out. */
  readonly salt: string;
  /** What it paid a month then, in units of the playbook's currency. */
  readonly mrr: number;
}

/** What became of an enrolled account when its horizon had passed. */
export interface HorizonResult {
  readonly hasBought: boolean;
  /** Units of currency a month; what a leaving account paid, below 0. */
  readonly mrrChange: number;
  readonly hasLeft: boolean;
}

/** One step. `day`: the UTC day under which the store remembers the id, the same in every copy. */
export type LearningStep =
  | Increment
  | {
      readonly id: string;
      readonly of: 'outcomes';
      readonly day: number;
      readonly offer: string;
      readonly channel: Channel;
      readonly what: AskedOutcome;
    }
  | {
      readonly id: string;
      readonly of: 'facts';
      readonly day: number;
      readonly fact: LearningFact;
    }
  | {
      readonly id: string;
      readonly of: 'enrolments';
      readonly day: number;
      readonly account: EnrolledAccount;
    }
  | {
      readonly id: string;
      readonly of: 'results';
      readonly day: number;
      readonly unit: string;
      /** Of the enrolment. */
      readonly timeMs: number;
      readonly result: HorizonResult;
    };
