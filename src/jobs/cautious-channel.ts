import type { PromptChannel } from '../core/ports.ts';

/** So long after a server was replaced, what is run again may decide what was decided, and sent, before. */
const cautiousMs = 15 * 60 * 1000;

/** A channel that can be told to look before it asks. */
export interface CautiousChannel extends PromptChannel {
  /** From now on, for 15 minutes, each prompt is looked for at the vendor before it is asked for. */
  beCautious(): void;
}

/**
 * Puts caution before a channel. A server that came back without its last second may have lost that a prompt was asked
 * for; when its events are run again the same prompt, under the same decision id, comes again. Only the vendor knows it.
 */
export function createCautiousChannel(channel: PromptChannel): CautiousChannel {
  let cautiousUntilMs = Number.NEGATIVE_INFINITY;
  return {
    name: channel.name,
    reconcile: (prompt, signal) => channel.reconcile(prompt, signal),
    takeAway: async (prompt, signal) => (await channel.takeAway?.(prompt, signal)) ?? 'not_there',
    async deliver(prompt, signal) {
      if (performance.now() >= cautiousUntilMs) {
        return channel.deliver(prompt, signal);
      }
      const found = await channel.reconcile(prompt, signal);
      switch (found) {
        case 'present':
          return { kind: 'accepted', vendorId: prompt.decisionId };
        case 'absent':
          return channel.deliver(prompt, signal);
        case 'unavailable':
          return { kind: 'unavailable', retryAfterMs: undefined, scope: 'prompt' };
        default:
          return found satisfies never;
      }
    },
    beCautious() {
      cautiousUntilMs = performance.now() + cautiousMs;
    },
  };
}
