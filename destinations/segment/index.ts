import type { Clock, OutcomeSink } from '../../src/core/ports.ts';
import { createSegmentApi } from './api.ts';
import type { SegmentOutcomesConfig } from './config.ts';
import { reportedOf, troubleOf } from './failure.ts';
import { toTrack } from './map.ts';

export { SegmentOutcomesConfig } from './config.ts';

/** What a caller may give besides the settings. */
export interface SegmentOutcomesDeps {
  /** Reads waits that Segment names as points in time. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Told one sentence, without keys or people, when only a person can mend what is wrong. */
  readonly onTrouble?: (sentence: string) => void;
}

/** Reports outcomes to a source of the customer's Segment, one batch per call, each outcome under an id of its own. */
export function createSegmentOutcomes(
  config: SegmentOutcomesConfig,
  deps: SegmentOutcomesDeps = {},
): OutcomeSink {
  const api = createSegmentApi(config, deps.clock ?? { nowMs: () => Date.now() });
  return {
    name: 'segment',
    async report(outcomes, signal) {
      const answer = await api.send(
        outcomes.map((outcome) => toTrack(outcome, config.writeKey)),
        signal,
      );
      const trouble = troubleOf(answer);
      if (trouble !== undefined) {
        deps.onTrouble?.(trouble);
      }
      return reportedOf(answer);
    },
  };
}
