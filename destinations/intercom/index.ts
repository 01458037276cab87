import type { Clock, Delivery, PromptChannel, Reconciliation } from '../../src/core/ports.ts';
import type { LinkedPrompt } from '../../src/core/prompt/prompt.ts';
import { type Answer, createIntercomApi } from './api.ts';
import type { IntercomConfig } from './config.ts';
import { deliveryOf, type Failure, type Step, troubleOf } from './failure.ts';
import {
  bannersOf,
  createdAtOf,
  cursorOf,
  type IntercomAdminId,
  isAmong,
  lookOn,
  toEvent,
  toMessageBody,
  vendorIdOf,
} from './map.ts';
import { createRecipients, type Recipient } from './recipients.ts';

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
/** Searches by time go by the calendar day of the workspace, so a look begins a day early. */
const dayS = 86_400;

type Reachable = Extract<Recipient, { kind: 'reachable' }>;

/**
 * Shows prompts through Intercom. Forms `event` and `banner`: one event per prompt, which starts the banner or post that
 * marketing designed for its surface; Intercom removes a repetition of the same person, event name and second, so asking
 * twice shows once. Form `message`: one chat message of the teammate whose token it is; Intercom notices no repetition, so
 * what got no answer is looked for and never sent again.
 */
export function createIntercomChannel(
  config: IntercomConfig,
  deps: IntercomDeps = {},
): PromptChannel & Required<Pick<PromptChannel, 'takeAway'>> {
  const clock = deps.clock ?? { nowMs: () => Date.now() };
  const api = createIntercomApi(config, clock, deps.fetch);
  const recipients = createRecipients(api);
  let admin: IntercomAdminId | undefined;

  function failed(failure: Failure, step: Step): Delivery {
    const trouble = troubleOf(failure, step);
    if (trouble !== undefined) {
      deps.onTrouble?.(trouble);
    }
    return deliveryOf(failure, step);
  }

  async function ask(
    prompt: LinkedPrompt,
    signal: AbortSignal,
  ): Promise<Delivery | 'no_such_contact'> {
    const recipient = await recipients.ensure(prompt, signal);
    if (recipient.kind !== 'reachable') {
      return recipient.kind === 'failed' ? failed(recipient.failure, 'contact') : 'no_such_contact';
    }
    const isMessage = prompt.form === 'message';
    const answer = isMessage
      ? await sendMessage(prompt, recipient, signal)
      : await sendEvent(prompt, recipient, signal);
    if (answer.kind === 'done') {
      return { kind: 'accepted', vendorId: answer.value };
    }
    if (answer.kind === 'no_sender') {
      return failed(answer.failure, 'contact');
    }
    if (answer.kind === 'answered' && answer.status === 404) {
      recipients.forget(prompt.userId);
      return 'no_such_contact';
    }
    return failed(answer, isMessage ? 'message' : 'event');
  }

  async function sendEvent(
    prompt: LinkedPrompt,
    { address }: Reachable,
    signal: AbortSignal,
  ): Promise<Answer<string>> {
    const answer = await api.createEvent(toEvent(prompt, address), signal);
    return answer.kind === 'done' ? { kind: 'done', value: vendorIdOf(prompt) } : answer;
  }

  async function sendMessage(
    prompt: LinkedPrompt,
    { contactId }: Reachable,
    signal: AbortSignal,
  ): Promise<Answer<string> | { readonly kind: 'no_sender'; readonly failure: Failure }> {
    if (admin === undefined) {
      const found = await api.findAdmin(signal);
      if (found.kind !== 'done') {
        return { kind: 'no_sender', failure: found };
      }
      admin = found.value;
    }
    const message = { from: admin, to: contactId, body: toMessageBody(prompt) };
    const answer = await api.createMessage(message, signal);
    return answer.kind === 'done' ? { kind: 'done', value: `message/${answer.value}` } : answer;
  }

  async function lookForEvent(
    prompt: LinkedPrompt,
    { address }: Reachable,
    signal: AbortSignal,
  ): Promise<Reconciliation> {
    let before: string | undefined;
    for (let page = 0; page < pagesMax; page += 1) {
      const answer = await api.listEvents(address, before, signal);
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
  }

  /** A message shows among the conversations once the person has answered it; before, nothing proves that it is not there. */
  async function lookForMessage(
    prompt: LinkedPrompt,
    { contactId }: Reachable,
    signal: AbortSignal,
  ): Promise<Reconciliation> {
    const answer = await api.searchConversations(contactId, createdAtOf(prompt) - dayS, signal);
    return answer.kind === 'done' && isAmong(answer.value, prompt) ? 'present' : 'unavailable';
  }

  return {
    name: 'intercom',

    async deliver(prompt, signal) {
      signal.throwIfAborted();
      const first = await ask(prompt, signal);
      if (first !== 'no_such_contact') {
        return first;
      }
      // The contact was deleted since we saw it: look again, create it where needed, and ask again. A 404 sent nothing.
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
      return prompt.form === 'message'
        ? await lookForMessage(prompt, recipient, signal)
        : await lookForEvent(prompt, recipient, signal);
    },

    async takeAway(prompt, signal) {
      signal.throwIfAborted();
      const recipient = await recipients.find(prompt.userId, signal);
      if (recipient.kind !== 'reachable') {
        return recipient.kind === 'absent' ? 'not_there' : 'unavailable';
      }
      const list = await api.listBanners(recipient.contactId, signal);
      if (list.kind !== 'done') {
        return 'unavailable';
      }
      const views = bannersOf(list.value, prompt);
      for (const view of views) {
        const answer = await api.dismissBanner(recipient.contactId, view, signal);
        const isGone =
          answer.kind === 'done' || (answer.kind === 'answered' && answer.status === 404);
        if (!isGone) {
          return 'unavailable';
        }
      }
      return views.length === 0 ? 'not_there' : 'taken_away';
    },
  };
}
