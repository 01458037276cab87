import { sha256Hex } from '../hash.ts';
import type { Input } from '../input.ts';

/** How a forgotten person is known again: a hash, from which nobody reads the id. 32 hex characters. */
export function tombstoneOf(personId: string): string {
  return sha256Hex('forgotten person', personId).slice(0, 32);
}

/** The persons an input names: any of them forgotten may change what becomes of it. */
export function personsOf(input: Input): readonly string[] {
  switch (input.kind) {
    case 'event': {
      const person = input.event.userId ?? input.event.anonymousId;
      return person === undefined ? [] : [person];
    }
    case 'identity_linked':
    case 'merge_asked':
    case 'member_merged':
      return [input.previousId, input.userId];
    case 'prompt_asked':
      return [input.prompt.userId];
    default:
      return input.userId === undefined || input.userId === '' ? [] : [input.userId];
  }
}

/**
 * Whether an input that names a forgotten person is heard all the same: what forgets, and what ends a prompt that was
 * decided before, so that its account does not wait for it. Everything else would bring the person back.
 */
export function isHeardOfForgotten(input: Input): boolean {
  switch (input.kind) {
    case 'erasure':
    case 'member_erased':
    case 'prompt_asked':
      return true;
    case 'prompt_settled':
    case 'feedback':
      return input.to === 'account';
    case 'timer':
      return input.what === 'closes';
    default:
      return false;
  }
}
