import { normalizeName } from '../../src/core/event/name.ts';
import { outcomeNames } from '../../src/core/outcome/outcome.ts';
import { readEventName } from '../event-name.ts';

/** What the hub itself reports to Segment. It comes back with everything else, and must never be taken for a user's act. */
const reported = new Set(outcomeNames.map(normalizeName));

/** Whether an event, as a playbook names it, is one of the hub's own outcomes. */
export function isOwnOutcome(eventText: string): boolean {
  const { call, name } = readEventName(eventText);
  return call === 'track' && reported.has(normalizeName(name));
}
