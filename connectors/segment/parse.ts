import secureJson from 'secure-json-parse';
import type { Input } from '../../src/core/input.ts';
import type { Quarantined } from '../../src/core/ports.ts';
import { isCall, isFields } from './call.ts';
import { idOrNone } from './id.ts';
import type { Arrival, MapCall } from './map.ts';
import { toJson } from './message-id.ts';
import { type BodyShape, callsOf, toCall } from './schema.ts';
import { type WrongCall, wrongCalls } from './wrong.ts';

const rawBytesMax = 32 * 1024;

/** Where a body came in. */
export interface ParseOptions {
  /** `segment_webhook` or `tracking_api`, for the quarantine. */
  readonly door: string;
  readonly shape: BodyShape;
  /**
   * Corrects a wrong clock of the sender: only when nobody did it before us and the calls are
   * fresh, so not for webhooks and imports.
   */
  readonly correctsClock: boolean;
  /** Our receive time, epoch ms. */
  readonly receivedMs: number;
}

/** A body's calls. Their number is `inputs.length + quarantined.length + ignored`. */
export type Parsed =
  | {
      readonly kind: 'parsed';
      readonly inputs: readonly Input[];
      readonly quarantined: readonly Quarantined[];
      /**
       * Calls with nothing wrong and nothing to do: our own outcomes coming back, an alias to
       * oneself.
       */
      readonly ignored: number;
      /** The body's own `writeKey`, where it has one. */
      readonly writeKey: string | undefined;
    }
  | { readonly kind: 'unreadable'; readonly message: string };

/**
 * Parses the bytes of one request. Only a body that is no JSON is unreadable; a call that cannot be
 * understood goes to quarantine and its neighbours do not notice. Keys that would reach an object's
 * prototype are removed. Never throws.
 */
export function parseBody(rawBody: Buffer, options: ParseOptions, mapCall: MapCall): Parsed {
  let body: unknown;
  try {
    body = secureJson.parse(rawBody, null, { protoAction: 'remove', constructorAction: 'remove' });
  } catch {
    // The parser's own words quote the body, which may hold anything about anybody.
    return {
      kind: 'unreadable',
      message: 'The body is not JSON; send one call or a batch of calls as JSON in UTF-8.',
    };
  }
  const writeKey =
    isFields(body) && typeof body['writeKey'] === 'string' ? body['writeKey'] : undefined;
  const found = callsOf(body, options.shape);
  if (found.kind === 'wrong') {
    return {
      kind: 'parsed',
      inputs: [],
      quarantined: [quarantine(body, found.reason, options)],
      ignored: 0,
      writeKey,
    };
  }
  const arrival: Arrival = {
    receivedMs: options.receivedMs,
    correctsClock: options.correctsClock,
    batchSentAt: found.batch.sentAt,
  };
  const inputs: Input[] = [];
  const quarantined: Quarantined[] = [];
  let ignored = 0;
  for (const element of found.calls) {
    const call = toCall(element, found.batch);
    const mapped = call === undefined ? notAnObject : mapCall(call, arrival);
    switch (mapped.kind) {
      case 'input':
        inputs.push(mapped.input);
        break;
      case 'wrong':
        quarantined.push(quarantine(call ?? element, mapped.reason, options));
        break;
      case 'ignored':
        ignored += 1;
        break;
      default:
        mapped satisfies never;
    }
  }
  return { kind: 'parsed', inputs, quarantined, ignored, writeKey };
}

const notAnObject = { kind: 'wrong', reason: 'not_an_object' } as const;

function quarantine(element: unknown, reason: WrongCall, options: ParseOptions): Quarantined {
  return {
    reason,
    message: wrongCalls[reason],
    door: options.door,
    receivedMs: options.receivedMs,
    userId: isCall(element) ? idOrNone(element.userId) : undefined,
    raw: cutBytes(toJson(withoutKey(element))),
  };
}

/** The operator reads the quarantine, and a key is not for reading. */
function withoutKey(element: unknown): unknown {
  if (!isFields(element) || !('writeKey' in element)) {
    return element;
  }
  const { writeKey: _key, ...rest } = element;
  return rest;
}

function cutBytes(text: string): string {
  // A character has at most three bytes of UTF-8 per UTF-16 unit, so most texts need no copy.
  if (text.length * 3 <= rawBytesMax) {
    return text;
  }
  const bytes = Buffer.from(text);
  return bytes.length <= rawBytesMax
    ? text
    : new TextDecoder().decode(bytes.subarray(0, rawBytesMax), { stream: true });
}
