import { createSegmentOutcomes, SegmentOutcomesConfig } from '../../destinations/segment/index.ts';
import type { OutcomeSink } from '../core/ports.ts';
import { startSegmentSandbox } from '../sandbox/segment.ts';
import type { StartOptions } from './start.ts';

/** Where a hub reports outcomes. */
export interface OpenedSegment {
  /** Undefined in a process that reports none. */
  readonly outcomes: OutcomeSink | undefined;
  /** Where the stand-in shows what came; undefined when it is the real one. */
  readonly sandboxUrl: string | undefined;
}

/** Segment itself where there is a write key for outcomes, else the stand-in. A process that only takes events in reports none. */
export async function openSegment(
  { environment, log, clock, role }: StartOptions,
  closing: (() => Promise<void>)[],
): Promise<OpenedSegment> {
  if (role === 'api') {
    return { outcomes: undefined, sandboxUrl: undefined };
  }
  const deps = { clock, onTrouble: (sentence: string): void => log.error(sentence) };
  const { writeKey, host } = environment.segmentOutcomes;
  if (writeKey !== undefined) {
    const config = SegmentOutcomesConfig.parse({
      writeKey,
      ...(host === undefined ? {} : { host }),
    });
    return { outcomes: createSegmentOutcomes(config, deps), sandboxUrl: undefined };
  }
  const { dataDir, sandboxPort } = environment;
  const sandbox = await startSegmentSandbox({
    host: environment.host,
    port: sandboxPort === 0 ? 0 : sandboxPort + 2,
    dataDir,
    log,
    clock,
  });
  closing.push(() => sandbox.close());
  const config = SegmentOutcomesConfig.parse({ writeKey: 'sandbox', host: sandbox.url });
  return { outcomes: createSegmentOutcomes(config, deps), sandboxUrl: sandbox.url };
}
