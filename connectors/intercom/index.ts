import secureJson from 'secure-json-parse';
import type { FeedbackConnector, Quarantined } from '../../src/core/ports.ts';
import { rawText } from '../../src/core/raw-text.ts';
import type { IntercomConnectorConfig } from './config.ts';
import { mapNotification } from './map.ts';
import { Notification } from './schema.ts';
import { createVerify } from './verify.ts';

export { IntercomConnectorConfig, IntercomPollConfig } from './config.ts';
export { createIntercomPoll } from './poll.ts';

const door = 'intercom_webhook';

/** Why a notification goes to quarantine, in a sentence for the operator. */
const reasons = {
  not_json:
    'The body is not JSON although its signature is right; what sends it is not Intercom as we know it.',
  not_a_notification:
    'The body is no notification of Intercom (type notification_event with topic and data.item); look whether the app sends another kind of request to this address.',
  unknown_item:
    'The notification has another shape than its topic has in the API versions 2.14 to 2.16; set the app in the Developer Hub to one of these.',
} as const;

/**
 * Intercom's way in for what people do: reactions to prompts, support requests, opt-outs. Pure: the same bytes give the
 * same answer. A notification that is no use to the hub gives nothing; one that cannot be read goes to quarantine.
 */
export function createIntercomConnector(config: IntercomConnectorConfig): FeedbackConnector {
  const contentIds = config.contentIds === undefined ? undefined : new Set(config.contentIds);
  return {
    vendor: 'intercom',
    verify: createVerify(config.clientSecret),
    parse: (body, receivedMs) => {
      const text = new TextDecoder().decode(body);
      const quarantined = (
        reason: keyof typeof reasons,
      ): ReturnType<FeedbackConnector['parse']> => {
        const entry: Quarantined = {
          reason,
          message: reasons[reason],
          door,
          receivedMs,
          userId: undefined,
          raw: rawText(text),
        };
        return { feedback: [], erased: [], quarantined: [entry] };
      };
      let json: unknown;
      try {
        json = secureJson.parse(text, null, { protoAction: 'remove', constructorAction: 'remove' });
      } catch {
        return quarantined('not_json');
      }
      const notification = Notification.safeParse(json);
      if (!notification.success) {
        return quarantined('not_a_notification');
      }
      const mapped = mapNotification(notification.data, receivedMs, contentIds);
      if (mapped.kind === 'wrong') {
        return quarantined('unknown_item');
      }
      // A clock that runs ahead must not put a reaction into the future.
      const feedback = mapped.feedback.map((one) => ({
        ...one,
        timeMs: Math.min(one.timeMs, receivedMs),
      }));
      return { feedback, erased: [], quarantined: [] };
    },
  };
}
