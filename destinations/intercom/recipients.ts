import type { Prompt } from '../../src/core/prompt/prompt.ts';
import type { IntercomApi } from './api.ts';
import type { Failure } from './failure.ts';
import {
  type Address,
  canonicalContact,
  conflictingContact,
  type IntercomContactId,
  toContact,
} from './map.ts';

/**
 * How a person is reached: events by `address`, messages and banners by Intercom's own id. `absent`: Intercom has no such
 * contact and none was asked for.
 */
export type Recipient =
  | { readonly kind: 'reachable'; readonly address: Address; readonly contactId: IntercomContactId }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly failure: Failure };

type Known = Omit<Extract<Recipient, { kind: 'reachable' }>, 'kind'>;

/** Remembers this many people, so that a known one costs no look-up; about 2 MB. */
const rememberedMax = 10_000;

/** Who is a contact at Intercom. Remembers in this process only: a restart costs one look-up per person. */
export function createRecipients(
  api: Pick<IntercomApi, 'findContact' | 'createContact' | 'searchContact'>,
) {
  const remembered = new Map<string, Known>();

  function remember(externalId: string, known: Known): Recipient {
    remembered.delete(externalId);
    remembered.set(externalId, known);
    for (const oldest of remembered.keys()) {
      if (remembered.size <= rememberedMax) {
        break;
      }
      remembered.delete(oldest);
    }
    return { kind: 'reachable', ...known };
  }

  /** Looks, never creates. */
  async function find(externalId: string, signal: AbortSignal): Promise<Recipient> {
    const known = remembered.get(externalId);
    if (known !== undefined) {
      return remember(externalId, known);
    }
    const found = await api.findContact(externalId, signal);
    if (found.kind === 'done') {
      return remember(externalId, {
        address: { user_id: externalId },
        contactId: found.value,
      });
    }
    if (found.kind === 'answered' && found.status === 404) {
      return { kind: 'absent' };
    }
    // Merged: our id no longer leads anywhere, the contact it became is addressed by Intercom's id.
    const canonical =
      found.kind === 'answered' && found.status === 410 ? canonicalContact(found.link) : undefined;
    return canonical === undefined
      ? { kind: 'failed', failure: found }
      : remember(externalId, byContact(canonical));
  }

  async function create(
    prompt: Prompt,
    withEmail: boolean,
    signal: AbortSignal,
  ): Promise<Recipient> {
    const created = await api.createContact(toContact(prompt, withEmail), signal);
    if (created.kind === 'done') {
      return remember(prompt.userId, {
        address: { user_id: prompt.userId },
        contactId: created.value,
      });
    }
    if (created.kind !== 'answered') {
      return { kind: 'failed', failure: created };
    }
    // An in-app prompt needs no e-mail address. Without it, one that Intercom finds malformed or holds for somebody
    // else neither stops the prompt nor sends it to that somebody.
    if (withEmail && [400, 409, 422].includes(created.status)) {
      return await create(prompt, false, signal);
    }
    if (created.status !== 409) {
      return { kind: 'failed', failure: created };
    }
    // Only our own id can conflict now: another worker was faster, or the look-up lagged behind.
    const named = conflictingContact(created.message);
    if (named !== undefined) {
      return remember(prompt.userId, byContact(named));
    }
    const searched = await api.searchContact(prompt.userId, signal);
    if (searched.kind !== 'done') {
      return { kind: 'failed', failure: searched };
    }
    return searched.value === undefined
      ? { kind: 'failed', failure: created }
      : remember(prompt.userId, byContact(searched.value));
  }

  return {
    find,
    /** Looks, and creates the contact when there is none. */
    async ensure(prompt: Prompt, signal: AbortSignal): Promise<Recipient> {
      const found = await find(prompt.userId, signal);
      return found.kind === 'absent'
        ? await create(prompt, prompt.contact.email !== undefined, signal)
        : found;
    },
    /** Intercom said 404 to an event of this person: look again next time. */
    forget(externalId: string): void {
      remembered.delete(externalId);
    },
  };
}

/** Somebody whom our own id does not lead to. */
function byContact(id: IntercomContactId): Known {
  return { address: { id }, contactId: id };
}
