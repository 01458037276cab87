import { sha256Hex } from '../../src/core/hash.ts';
import type { Outcome } from '../../src/core/outcome/outcome.ts';

/** A track call as it is given to the library. */
export type TrackCall = ReturnType<typeof toTrack>;

/** By this name and this start of the message id the hub's own connector knows an outcome that comes back, and ignores it. */
const ownName = 'motisig';
/** Of the catalogue in docs/outcomes.md; rises when a property changes its meaning. */
const catalogueVersion = '1';

/**
 * An outcome as a track call. The message id is the same at each repetition and different for each source, because Segment
 * removes copies over all sources and workspaces alike: two hubs that see the same events must not silence each other
 * (vendors: Segment 7). The user is the very one that came in, and the account stands where Segment expects it.
 */
export function toTrack(outcome: Outcome, writeKey: string) {
  const { accountId, id, name, person, properties, timeMs } = outcome;
  return {
    ...person,
    event: name,
    messageId: `${ownName}-${sha256Hex(writeKey, id).slice(0, 40)}`,
    timestamp: new Date(timeMs),
    properties: { account_id: accountId, ...properties },
    context: { groupId: accountId, integration: { name: ownName, version: catalogueVersion } },
  };
}
