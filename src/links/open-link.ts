import type { DecisionRecord } from '../core/decision/record.ts';
import type { FeedbackBody } from '../core/outcome/feedback.ts';
import type { Playbook } from '../core/playbook.ts';
import type { Clock, Ledger } from '../core/ports.ts';
import type { FeedbackRoad } from '../inbox/feedback-road.ts';
import type { LinkActs } from './acts.ts';
import type { UpgradeOutcome, UpgradeWebhook } from './upgrade-webhook.ts';

/** What the links need of the hub. */
export interface LinkDeskDeps {
  readonly ledger: Pick<Ledger, 'read'>;
  readonly acts: LinkActs;
  readonly road: FeedbackRoad;
  readonly playbook: Playbook;
  /** Signs the tokens. */
  readonly secret: string;
  readonly clock: Clock;
  /** Undefined: offers lead to the billing page. */
  readonly upgrade: UpgradeWebhook | undefined;
  readonly onUpgrade: (outcome: UpgradeOutcome) => void;
}

/** One opened link, for the three actions. */
export interface OpenLink {
  readonly decisionId: string;
  readonly record: DecisionRecord;
  readonly nowMs: number;
  /** Puts the reaction on the road, once for all repetitions of the act. False: the store is away. */
  tell(act: LinkAct, body: FeedbackBody): Promise<boolean>;
}

/** An act of a person: the action with its choice. */
export type LinkAct = 'go' | 'bought' | `dismiss.${string}` | `unsubscribe.${string}`;
