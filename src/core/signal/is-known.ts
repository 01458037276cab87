import type { Event } from '../event/event.ts';
import { normalizeName } from '../event/name.ts';
import { eventKey, type Playbook } from '../playbook.ts';

/** Events that mean something to the hub itself, whatever the playbook says. */
const understood = new Set(
  ['Signed Up', 'Account Created', 'Account Added User', 'Account Removed User'].map((name) =>
    eventKey('track', normalizeName(name)),
  ),
);

/** Whether any rule looks at events of this name. Identify and group calls are known: they carry traits. */
export function isKnownEvent(event: Pick<Event, 'call' | 'name'>, playbook: Playbook): boolean {
  if (event.call === 'identify' || event.call === 'group') {
    return true;
  }
  const key = eventKey(event.call, normalizeName(event.name));
  return playbook.signalsByEvent.has(key) || understood.has(key);
}
