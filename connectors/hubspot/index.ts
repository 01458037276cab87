import secureJson from 'secure-json-parse';
import type { Feedback } from '../../src/core/outcome/feedback.ts';
import type { FeedbackConnector, Quarantined } from '../../src/core/ports.ts';
import { rawText } from '../../src/core/raw-text.ts';
import type { HubSpotConnectorConfig } from './config.ts';
import { mapEvent } from './map.ts';
import { HubSpotEvent } from './schema.ts';
import { createVerify } from './verify.ts';

export { HubSpotConnectorConfig, HubSpotPollConfig } from './config.ts';
export { createHubSpotPoll } from './poll.ts';

const door = 'hubspot_webhook';

/** Why a body or an event goes to quarantine, in a sentence for the operator. */
const reasons = {
  not_json:
    'The body is not JSON although its signature is right; what sends it is not HubSpot as we know it.',
  not_an_array:
    'The body is no array of events; point the webhook subscriptions of the HubSpot app to this address and nothing else.',
  unknown_event:
    'The event has no portalId, subscriptionType, objectId or occurredAt as HubSpot sends them; look at the version of the webhook subscriptions.',
} as const;

/**
 * HubSpot's way in: won deals and tickets. Pure: the same bytes give the same answer. An event that is no use to the hub
 * gives nothing; one that cannot be read goes to quarantine and its neighbours do not notice.
 */
export function createHubSpotConnector(config: HubSpotConnectorConfig): FeedbackConnector {
  return {
    vendor: 'hubspot',
    verify: createVerify(config.clientSecret),
    parse: (body, receivedMs) => {
      const text = new TextDecoder().decode(body);
      const feedback = new Map<string, Feedback>();
      const forgotten = new Map<string, { readonly id: string; readonly contactId: string }>();
      const quarantined: Quarantined[] = [];
      const quarantine = (reason: keyof typeof reasons, raw: unknown): void => {
        quarantined.push({
          reason,
          message: reasons[reason],
          door,
          receivedMs,
          userId: undefined,
          raw: rawText(raw),
        });
      };
      for (const element of eventsOf(text, quarantine)) {
        const event = HubSpotEvent.safeParse(element);
        if (!event.success) {
          quarantine('unknown_event', element);
          continue;
        }
        const mapped = mapEvent(event.data);
        if (mapped.kind === 'feedback') {
          const { id, timeMs } = mapped.feedback;
          // A clock that runs ahead must not put a reaction into the future.
          feedback.set(id, { ...mapped.feedback, timeMs: Math.min(timeMs, receivedMs) });
        } else if (mapped.kind === 'forget') {
          const { id, contactId } = mapped;
          forgotten.set(id, { id, contactId });
        }
      }
      return {
        feedback: [...feedback.values()],
        erased: [],
        forgotten: [...forgotten.values()],
        quarantined,
      };
    },
  };
}

function eventsOf(
  text: string,
  quarantine: (reason: 'not_json' | 'not_an_array', raw: unknown) => void,
): readonly unknown[] {
  let json: unknown;
  try {
    json = secureJson.parse(text, null, { protoAction: 'remove', constructorAction: 'remove' });
  } catch {
    quarantine('not_json', text);
    return [];
  }
  if (!Array.isArray(json)) {
    quarantine('not_an_array', text);
    return [];
  }
  return json;
}
