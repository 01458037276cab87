import type { Clock, Delivery, PromptChannel, Reconciliation } from '../../src/core/ports.ts';
import type { Prompt } from '../../src/core/prompt/prompt.ts';
import { createIntercomApi } from './api.ts';
import type { IntercomConfig } from './config.ts';
import { deliveryOf, type Failure, troubleOf } from './failure.ts';
import { cursorOf, lookOn, toEvent, vendorIdOf } from './map.ts';
import { createRecipients } from './recipients.ts';

export { IntercomConfig } from './config.ts';

/** What a caller may give besides the settings. */
export interface IntercomDeps {
  /** Reads waits that Intercom names as points in time. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Told one sentence, without keys or people, when only a person can mend what is wrong. */
  readonly onTrouble?: (sentence: string) => void;
  /** Stands for the platform's fetch, so that a test can record what is sent. */
  readonly fetch?: typeof fetch;
}

/** Pages of a person's events that a reconciliation reads at most: 500 events. */
const pagesMax = 10;
/** A contact that was just made may answer 404 for a short while (API description, createMessage). */
const newContactWaitMs = 15_000;

/**
 * Shows prompts through Intercom: one event per prompt, which starts the banner or post that marketing designed for its
 * surface. Intercom removes a repetition of the same person, event name and second, so asking twice shows once.
 */
export function createIntercomChannel(
  config: IntercomConfig,
  deps: IntercomDeps = {},
): PromptChannel {
  const clock = deps.clock ?? { nowMs: () => Date.now() };
  const api = createIntercomApi(config, clock, deps.fetch);
  const recipients = createRecipients(api);

  function failed(failure: Failure, step: 'contact' | 'event'): Delivery {
    const trouble = troubleOf(failure);
    if (trouble !== undefined) {
      deps.onTrouble?.(trouble);
    }
    return deliveryOf(failure, step);
  }

  async function ask(prompt: Prompt, signal: AbortSignal): Promise<Delivery | 'no_such_contact'> {
    const recipient = await recipients.ensure(prompt, signal);
    if (recipient.kind !== 'reachable') {
      return recipient.kind === 'failed' ? failed(recipient.failure, 'contact') : 'no_such_contact';
    }
    const answer = await api.createEvent(toEvent(prompt, recipient.address), signal);
    if (answer.kind === 'done') {
      return { kind: 'accepted', vendorId: vendorIdOf(prompt) };
    }
    if (answer.kind === 'answered' && answer.status === 404) {
      recipients.forget(prompt.userId);
      return 'no_such_contact';
    }
    return failed(answer, 'event');
  }

  return {
    name: 'intercom',

    async deliver(prompt, signal) {
      signal.throwIfAborted();
      const first = await ask(prompt, signal);
      if (first !== 'no_such_contact') {
        return first;
      }
      // The contact was deleted since we saw it: look again, create it where needed, and ask with the same second.
      const second = await ask(prompt, signal);
      return second === 'no_such_contact'
        ? { kind: 'unavailable', retryAfterMs: newContactWaitMs, scope: 'prompt' }
        : second;
    },

    async reconcile(prompt, signal): Promise<Reconciliation> {
      signal.throwIfAborted();
      const recipient = await recipients.find(prompt.userId, signal);
      if (recipient.kind === 'absent') {
        // Nobody can have got it: the worker that claimed it died before it had made the contact.
        return 'absent';
      }
      if (recipient.kind !== 'reachable') {
        return 'unavailable';
      }
      let before: string | undefined;
      for (let page = 0; page < pagesMax; page += 1) {
        const answer = await api.listEvents(recipient.address, before, signal);
        if (answer.kind !== 'done') {
          return 'unavailable';
        }
        const seen = lookOn(answer.value, prompt);
        if (seen !== 'older') {
          return seen;
        }
        before = cursorOf(answer.value);
      }
      return 'unavailable';
    },
  };
}
