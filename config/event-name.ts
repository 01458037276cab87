import type { EventCall } from '../src/core/event/event.ts';
import { normalizeName } from '../src/core/event/name.ts';
import { eventKey } from '../src/core/playbook.ts';

const nameless: ReadonlyMap<string, EventCall> = new Map([
  ['$page', 'page'],
  ['$screen', 'screen'],
  ['$identify', 'identify'],
  ['$group', 'group'],
]);

/** An event as a playbook names it. */
export interface EventName {
  readonly call: EventCall;
  /** `''` for calls without a name. */
  readonly name: string;
  /** The key under which the core finds it. */
  readonly key: string;
}

/** Reads `Report Created` (track), `page:Pricing`, `screen:Upgrade`, `$page`, `$screen`, `$identify` or `$group`. */
export function readEventName(text: string): EventName {
  const call = nameless.get(text);
  if (call !== undefined) {
    return { call, name: '', key: eventKey(call, '') };
  }
  const [, prefix, rest] = /^(track|page|screen):\s*(\S.*)$/u.exec(text) ?? [];
  const name = rest ?? text;
  const named: EventCall = prefix === 'page' || prefix === 'screen' ? prefix : 'track';
  return { call: named, name, key: eventKey(named, normalizeName(name)) };
}
