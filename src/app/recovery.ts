import type { Logger } from 'pino';
import type { Journal } from '../inbox/journal.ts';
import type { LaneQueues } from '../inbox/lane-queues.ts';
import type { CautiousChannel } from '../jobs/cautious-channel.ts';

/** After a server was replaced by one that may know less: all that it may have lost comes again, and counts once. */
export async function recover(
  journal: Journal,
  {
    queues,
    channels,
    log,
  }: {
    readonly queues: LaneQueues;
    readonly channels: readonly CautiousChannel[];
    readonly log: Logger;
  },
): Promise<void> {
  beCautious(channels);
  const jobs = await journal.addAgain(queues);
  log.warn(
    { jobs },
    'A Redis server was restarted or replaced; what it may have lost is put in again, and nothing counts twice.',
  );
}

/** A prompt may have been asked for in the second that a server has lost. */
export function beCautious(channels: readonly CautiousChannel[]): void {
  for (const channel of channels) {
    channel.beCautious();
  }
}
