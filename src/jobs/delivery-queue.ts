import { Queue } from 'bullmq';
import type { Effect } from '../core/input.ts';
import type { Channel } from '../core/prompt/prompt.ts';
import type { RedisConnection } from '../store/connection.ts';
import { jobsWaiting } from '../inbox/lane-queues.ts';
import { reaching } from '../store/store-fault.ts';

/** What a delivery job carries: the prompt, and why it is withheld when the person may not be asked after all. */
export type DeliveryJob = Pick<Extract<Effect, { kind: 'deliver' }>, 'prompt' | 'withheld'>;
/** The BullMQ queue of one channel. */
export type DeliveryQueue = Queue<DeliveryJob, void, 'deliver'>;

/** One queue per channel: a vendor that says "too many requests" holds up its own queue only. */
export const deliveryPrefix = '{deliver}';
/** The name of a channel's queue, behind `deliveryPrefix`. */
export function deliveryQueueName(channel: Channel): string {
  return `deliver-${channel}`;
}

/** The queues into which prompts are put for delivery. */
export interface DeliveryQueues {
  /** Adds a job per prompt, named by its decision: while one is there, another is not added. */
  add(deliveries: readonly DeliveryJob[]): Promise<void>;
  /** Nobody asks this channel for so long. */
  hold(channel: Channel, forMs: number): Promise<void>;
  /** Prompts that wait, are being delivered, or are put off, over all channels. */
  waiting(): Promise<number>;
  close(): Promise<void>;
}

/** The delivery queues of the channels, on a `producer` connection that is ready. Calls throw `store_unreachable`. */
export async function createDeliveryQueues({
  connection,
  channels,
  onTrouble = () => {},
}: {
  readonly connection: RedisConnection;
  readonly channels: readonly Channel[];
  readonly onTrouble?: (message: string) => void;
}): Promise<DeliveryQueues> {
  const queues = new Map<Channel, DeliveryQueue>();
  for (const channel of channels) {
    const queue: DeliveryQueue = new Queue(deliveryQueueName(channel), {
      connection,
      prefix: deliveryPrefix,
      streams: { events: { maxLen: 1000 } },
      defaultJobOptions: {
        attempts: 10,
        backoff: { type: 'exponential', delay: 1000, jitter: 0.5 },
        removeOnFail: false,
      },
    });
    queue.on('error', (error) => onTrouble(error.message));
    queues.set(channel, queue);
  }
  const queueOf = (channel: Channel): DeliveryQueue => {
    const queue = queues.get(channel);
    if (queue === undefined) {
      throw new Error(`There is no delivery queue of the channel ${channel}.`);
    }
    return queue;
  };
  await reaching('open the delivery queues', () =>
    Promise.all([...queues.values()].map((queue) => queue.waitUntilReady())),
  );
  return {
    async add(deliveries) {
      await reaching('hand a prompt to its channel', () =>
        Promise.all(
          deliveries.map((delivery) =>
            queueOf(delivery.prompt.channel).add('deliver', delivery, {
              jobId: delivery.prompt.decisionId,
            }),
          ),
        ),
      );
    },
    async hold(channel, forMs) {
      await reaching('hold a channel', () =>
        queueOf(channel).rateLimit(Math.max(1, Math.round(forMs))),
      );
    },
    async waiting() {
      return reaching('look at the delivery queues', () => jobsWaiting(queues.values()));
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}
