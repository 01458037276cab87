import {
  createSegmentConnector,
  type Parsed,
  type ParseOptions,
} from '../../../connectors/segment/index.ts';
import type { Input } from '../../../src/core/input.ts';
import type { Event } from '../../../src/core/event/event.ts';
import type { Playbook } from '../../../src/core/playbook.ts';
import { playbookFor } from './playbook.ts';

/**
 * When the requests of these tests came in: after all sample events but the one from the future.
 */
export const receivedMs = Date.UTC(2026, 10, 23, 12, 0, 0);

type ReadBody = Extract<Parsed, { kind: 'parsed' }>;

/**
 * Parses a value, or text as it stands, at the webhook door unless said otherwise. Throws when the
 * body is unreadable.
 */
export function parsed(
  body: unknown,
  options: Partial<ParseOptions> = {},
  playbook: Partial<Playbook> = {},
): ReadBody {
  const connector = createSegmentConnector(
    { sharedSecret: 's', bearerToken: 'b' },
    playbookFor(playbook),
  );
  const raw = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const result = connector.parse(Buffer.from(raw), {
    door: 'segment_webhook',
    shape: 'webhook',
    correctsClock: false,
    receivedMs,
    ...options,
  });
  if (result.kind !== 'parsed') {
    throw new Error(`unreadable: ${result.message}`);
  }
  return result;
}

/** As one line each: what became of the calls, the wrong ones after the good ones. */
export function outcomes(body: ReadBody): readonly string[] {
  return [
    ...body.inputs.map((input) => (input.kind === 'event' ? input.event.call : input.kind)),
    ...body.quarantined.map(({ reason }) => reason),
    ...Array.from({ length: body.ignored }, () => 'ignored'),
  ];
}

/** The only input of a body with one call. */
export function onlyInput(
  body: unknown,
  options: Partial<ParseOptions> = {},
  playbook: Partial<Playbook> = {},
): Input {
  const result = parsed(body, options, playbook);
  const [input] = result.inputs;
  if (input === undefined || result.inputs.length !== 1 || result.quarantined.length > 0) {
    throw new Error(`not one input but ${outcomes(result).join()}`);
  }
  return input;
}

/** The only event of a body with one call. */
export function onlyEvent(
  body: unknown,
  options: Partial<ParseOptions> = {},
  playbook: Partial<Playbook> = {},
): Event {
  const input = onlyInput(body, options, playbook);
  if (input.kind !== 'event') {
    throw new Error(`not an event but ${input.kind}`);
  }
  return input.event;
}
