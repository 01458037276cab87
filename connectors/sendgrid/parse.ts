import secureJson from 'secure-json-parse';
import { z } from 'zod';
import type { Feedback } from '../../src/core/outcome/feedback.ts';
import type { FeedbackConnector, Quarantined } from '../../src/core/ports.ts';
import type { createMapEvent } from './map.ts';
import { WebhookEvent } from './schema.ts';

const rawBytesMax = 32 * 1024;

/** What is personal in an event and not needed to see what is wrong with it. */
const personal = new Set(['email', 'ip', 'useragent', 'smtp-id', 'response', 'reason', 'url']);

const wrong = {
  not_json: 'The body is not JSON; SendGrid sends an array of events in UTF-8.',
  not_an_array: 'The body is not an array; SendGrid sends an array of events.',
  not_an_event:
    'The event has no name or no time; SendGrid sends `event` as text and `timestamp` in Unix seconds.',
} as const;

/**
 * Parses a verified body. Every event stands alone: an odd one is quarantined, without what is personal in it, and its
 * neighbours do not notice. A repeated event within a body is given once. Never throws.
 */
export function createParse(
  mapEvent: ReturnType<typeof createMapEvent>,
): FeedbackConnector['parse'] {
  return (body, receivedMs) => {
    const quarantine = (reason: keyof typeof wrong, raw: unknown): Quarantined => ({
      reason,
      message: wrong[reason],
      door: 'sendgrid_webhook',
      receivedMs,
      userId: undefined,
      raw: cut(toText(withoutPersonal(raw))),
    });
    const quarantined: Quarantined[] = [];
    const feedback = new Map<string, Feedback>();
    const read = jsonOf(body);
    if (!read.isJson) {
      // The bytes may hold anything about anybody and tell nobody anything.
      quarantined.push(quarantine('not_json', undefined));
    } else if (!Array.isArray(read.value)) {
      quarantined.push(quarantine('not_an_array', read.value));
    } else {
      for (const element of read.value) {
        const event = WebhookEvent.safeParse(element);
        if (!event.success) {
          quarantined.push(quarantine('not_an_event', element));
          continue;
        }
        const mapped = mapEvent(event.data);
        for (const one of mapped.kind === 'feedback' ? mapped.feedback : []) {
          feedback.set(one.id, one);
        }
      }
    }
    return { feedback: [...feedback.values()], erased: [], quarantined };
  };
}

function jsonOf(
  body: Uint8Array,
): { readonly isJson: true; readonly value: unknown } | { readonly isJson: false } {
  try {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    const value: unknown = secureJson.parse(bytes, null, {
      protoAction: 'remove',
      constructorAction: 'remove',
    });
    return { isJson: true, value };
  } catch {
    return { isJson: false };
  }
}

const Fields = z.record(z.string(), z.unknown());

function withoutPersonal(raw: unknown): unknown {
  const fields = Fields.safeParse(raw);
  return fields.success
    ? Object.fromEntries(
        Object.entries(fields.data).map(([name, value]) => [
          name,
          personal.has(name) ? '(left out)' : value,
        ]),
      )
    : `(left out: ${Array.isArray(raw) ? 'a list' : typeof raw})`;
}

function toText(raw: unknown): string {
  try {
    return JSON.stringify(raw);
  } catch {
    return '"(left out: nested too deeply)"';
  }
}

function cut(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.length <= rawBytesMax
    ? text
    : new TextDecoder().decode(bytes.subarray(0, rawBytesMax), { stream: true });
}
