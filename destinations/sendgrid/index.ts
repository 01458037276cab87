import type { Clock, Delivery, PromptChannel, Reconciliation } from '../../src/core/ports.ts';
import type { LinkedPrompt } from '../../src/core/prompt/prompt.ts';
import { createAbsences } from './absences.ts';
import { createSendgridApi } from './api.ts';
import type { SendgridConfig } from './config.ts';
import { deliveryOf, type Failure, troubleOf } from './failure.ts';
import { isIncomplete, isThatOf, messagesMax, toLogQuery, toMessage, wordsOf } from './map.ts';

export { SendgridConfig } from './config.ts';

/** What a caller may give besides the settings. */
export interface SendgridDeps {
  /** Reads waits that SendGrid names as points in time, and how long a message has been missing. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Told one sentence, without keys or people, when only a person can mend what is wrong. */
  readonly onTrouble?: (sentence: string) => void;
}

/**
 * Sends prompts as e-mails through SendGrid: one message per prompt. SendGrid removes no repetition, so a message that
 * may have been taken is `unknown` until its Email Logs have shown it, or have not shown it for long enough.
 */
export function createSendgridChannel(
  config: SendgridConfig,
  deps: SendgridDeps = {},
): PromptChannel {
  const clock = deps.clock ?? { nowMs: () => Date.now() };
  const api = createSendgridApi(config, clock);
  const absences = createAbsences(config.logsSettleMs);
  // React is slow to load, and many a process that makes a channel never sends an e-mail in its first second.
  const layout = import('./layout.ts');

  function tell(failure: Failure): void {
    const trouble = troubleOf(failure);
    if (trouble !== undefined) {
      deps.onTrouble?.(trouble);
    }
  }

  return {
    name: 'sendgrid',

    async deliver(prompt, signal): Promise<Delivery> {
      signal.throwIfAborted();
      const { email } = prompt.contact;
      if (email === undefined) {
        return { kind: 'refused', reason: 'unknown_recipient' };
      }
      const words = wordsOf(prompt);
      if (isIncomplete(words)) {
        deps.onTrouble?.(
          `An e-mail of offer ${prompt.offerId} has no ${words.missing.join(' and no ')} and is not sent; give the offer's copy these parts in the playbook.`,
        );
        return { kind: 'refused', reason: 'invalid_prompt' };
      }
      const rendered = await (await layout).renderEmail(words, prompt.links, config.postalAddress);
      absences.forget(prompt.decisionId);
      const answer = await api.send(toMessage(prompt, email, words, rendered, config), signal);
      if (answer.kind === 'done') {
        return { kind: 'accepted', vendorId: answer.value.messageId ?? prompt.decisionId };
      }
      tell(answer);
      return deliveryOf(answer);
    },

    async reconcile(prompt, signal): Promise<Reconciliation> {
      signal.throwIfAborted();
      const { email } = prompt.contact;
      if (email === undefined) {
        // Without an address no request was ever made.
        return 'absent';
      }
      const found = await look(prompt, email, signal);
      if (found !== 'absent') {
        return found;
      }
      // A message may take a while to appear in the logs, and a second e-mail is worse than a late one.
      return absences.isCredible(prompt, clock.nowMs()) ? 'absent' : 'unavailable';
    },
  };

  async function look(
    prompt: LinkedPrompt,
    email: string,
    signal: AbortSignal,
  ): Promise<Reconciliation> {
    const list = await api.listMessages(toLogQuery(prompt, email), signal);
    if (list.kind !== 'done') {
      tell(list);
      return 'unavailable';
    }
    const { messages } = list.value;
    // A full page may have left it out.
    let isCertain = messages.length < messagesMax;
    for (const { sg_message_id } of messages) {
      const message = await api.getMessage(sg_message_id, signal);
      const isIt = message.kind === 'done' ? isThatOf(message.value, prompt) : undefined;
      if (isIt === true) {
        return 'present';
      }
      isCertain &&= isIt === false;
    }
    return isCertain ? 'absent' : 'unavailable';
  }
}
