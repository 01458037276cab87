import type { Playbook } from '../src/core/playbook.ts';
import { isKnownEvent } from '../src/core/signal/is-known.ts';
import { readEventName } from './event-name.ts';
import { suggestionFor } from './suggest.ts';

/** An event that no rule knows, with what to do about it. */
export interface SuggestedMapping {
  /** As a playbook writes it; `(others)` for those that are counted together. */
  readonly event: string;
  readonly count: number;
  readonly suggestion: string;
}

/** The events that the playbook, as it is now, does not know, most frequent first, each with a suggestion in words. */
export function suggestedMappings(
  events: readonly { readonly event: string; readonly count: number }[],
  playbook: Playbook,
): readonly SuggestedMapping[] {
  return events.flatMap(({ event, count }) => {
    if (event === '') {
      const suggestion = 'Events of more names than are told apart; map the frequent ones first.';
      return [{ event: '(others)', count, suggestion }];
    }
    const name = readEventName(event);
    return isKnownEvent(name, playbook)
      ? []
      : [{ event, count, suggestion: suggestionFor(name, playbook) }];
  });
}
