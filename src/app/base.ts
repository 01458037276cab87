import type { Logger } from 'pino';
import type { Clock, Inbox, Ledger, StateStore } from '../core/ports.ts';
import type { FeedbackRoad } from '../inbox/feedback-road.ts';
import type { Journal } from '../inbox/journal.ts';
import type { LaneQueues } from '../inbox/lane-queues.ts';
import type { CautiousChannel } from '../jobs/cautious-channel.ts';
import type { TakeAwayQueue } from '../jobs/take-away.ts';
import type { DeliveryQueues } from '../jobs/delivery-queue.ts';
import type { ReportQueue } from '../jobs/report-queue.ts';
import type { HubSettings } from './hub.ts';
import type { Metrics } from '../metrics.ts';
import type { RedisConnection } from '../store/connection.ts';
import type { ControlStore } from '../store/controls.ts';
import type { Forgotten } from '../store/forgotten.ts';
import type { Outbox } from '../store/outbox.ts';
import type { Quarantine } from '../store/quarantine.ts';
import type { TimerStore } from '../store/timer-store.ts';

/** What the halves of a hub share. */
export interface Base {
  readonly settings: HubSettings;
  readonly inbox: Inbox & { idle(): Promise<void> };
  readonly road: FeedbackRoad;
  /** Asked when it is needed: the port that is free is known only when the hub listens. */
  readonly publicUrl: () => string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly onTrouble: (message: string) => void;
  readonly producer: RedisConnection;
  readonly store: StateStore;
  readonly ledger: Ledger;
  readonly quarantine: Quarantine;
  readonly forgotten: Forgotten;
  readonly outbox: Outbox;
  readonly controls: ControlStore;
  readonly timers: TimerStore;
  readonly queues: LaneQueues;
  readonly channels: readonly CautiousChannel[];
  readonly deliveries: DeliveryQueues;
  readonly takeAways: TakeAwayQueue;
  readonly reports: ReportQueue | undefined;
  readonly journal: Journal | undefined;
}
