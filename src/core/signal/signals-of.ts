import type { Event, Scalar } from '../event/event.ts';
import { normalizeName } from '../event/name.ts';
import { eventKey, type Playbook, type SignalRule } from '../playbook.ts';
import { passes } from './property-test.ts';

const nothing: readonly SignalRule[] = [];

/** The meanings of an event: the signals that listen to its name and whose tests it passes. Cost: those rules only. */
export function signalsOf(event: Event, playbook: Playbook): readonly SignalRule[] {
  const listening = playbook.signalsByEvent.get(eventKey(event.call, normalizeName(event.name)));
  if (listening === undefined) {
    return nothing;
  }
  return listening.filter((rule) =>
    rule.where.every((test) => passes(test, propertyOf(event, test.property))),
  );
}

/** A property of the event, or the trait of that name where it has no such property. */
export function propertyOf(event: Event, path: string): Scalar | undefined {
  return event.properties[path] ?? event.traits[path];
}
