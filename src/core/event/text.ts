import type { Event } from './event.ts';

const ambiguous = /^(?:(?:track|page|screen):|\$(?:page|screen|identify|group)$)/u;

/** The name of an event as a playbook writes it: `Report Created`, `page:Pricing`, `$page`. */
export function textOfEvent({ call, name }: Pick<Event, 'call' | 'name'>): string {
  if (call === 'track') {
    return ambiguous.test(name) ? `track:${name}` : name;
  }
  return name === '' ? `$${call}` : `${call}:${name}`;
}
