import { z } from 'zod';
import type { Child } from '../harness/child.ts';
import type { StreamShape } from '../workload/stream.ts';

const Driven = z.object({ events: z.number(), seconds: z.number(), refused: z.number() });

/** Lets the load generator make its requests. Gives how many there are. */
export function prepareLoad(
  load: Child,
  style: 'webhook' | 'batch',
  stream: StreamShape,
): Promise<number> {
  return load.ask('prepare', z.number(), { stream, style });
}

/**
 * Sends a part of the prepared requests: as fast as they are answered, or `perSecond`. Throws when any answer was not
 * 200, because a refusal is cheaper than the work.
 */
export async function drive(
  load: Child,
  part: {
    readonly port: number;
    readonly connections: number;
    readonly from: number;
    readonly to: number;
    readonly perSecond?: number;
  },
): Promise<{ readonly events: number; readonly seconds: number }> {
  const driven = await load.ask('drive', Driven, part);
  if (driven.refused > 0) {
    throw new Error(
      `The server under test refused ${driven.refused} of ${part.to - part.from} requests.`,
    );
  }
  return driven;
}
