import { createSegmentConnector } from '../../connectors/segment/index.ts';
import type { Input } from '../core/input.ts';
import type { Playbook } from '../core/playbook.ts';
import { utc } from '../core/utc.ts';
import { linesOf, whyUnreadable } from './sample-file.ts';

/** Segment calls of a file, in the order in which they happened. */
export interface Calls {
  readonly inputs: readonly Input[];
  /** Calls that could not be understood. */
  readonly wrong: number;
}

/**
 * Reads a file of Segment calls, one JSON per line, as the real connector understands them. Throws what reading the file
 * throws; `cannotReadCalls` says it in words.
 */
export async function readCalls(playbook: Playbook, file: string): Promise<Calls> {
  // The secrets are asked for at the door, which nobody goes through here.
  const secret = 'not-asked-for';
  const connector = createSegmentConnector({ sharedSecret: secret, bearerToken: secret }, playbook);
  const inputs: Input[] = [];
  let wrong = 0;
  let receivedMs = 0;
  for await (const line of linesOf(file)) {
    receivedMs = receivedMsOf(line) ?? receivedMs;
    const shape = line.startsWith('{"batch"') ? 'batch' : 'webhook';
    const parsed = connector.parse(Buffer.from(line), {
      door: 'sample_file',
      shape,
      correctsClock: false,
      receivedMs,
    });
    if (parsed.kind === 'unreadable') {
      wrong += 1;
    } else {
      inputs.push(...parsed.inputs);
      wrong += parsed.quarantined.length;
    }
  }
  return { inputs: inputs.toSorted((left, right) => timeOf(left) - timeOf(right)), wrong };
}

/** When the call was received, as the file says; else when it happened. */
function receivedMsOf(line: string): number | undefined {
  for (const field of ['receivedAt', 'sentAt', 'timestamp', 'originalTimestamp']) {
    const [, text] = new RegExp(`"${field}"\\s*:\\s*"([^"]{1,40})"`, 'u').exec(line) ?? [];
    const ms = text === undefined ? Number.NaN : Date.parse(text);
    if (Number.isFinite(ms)) {
      return ms;
    }
  }
  return undefined;
}

/** When it happened. */
export function timeOf(input: Input): number {
  return input.kind === 'event' ? input.event.timeMs : input.receivedMs;
}

/** How many calls of which span, and what was lost: `12 calls of 2026-01-01 00:00 UTC to ...; besides, 1 not understood`. */
export function callsInWords({ inputs, wrong }: Calls, setAside: number): string {
  const [first] = inputs;
  const last = inputs.at(-1);
  const span =
    first === undefined || last === undefined
      ? ''
      : ` of ${utc(timeOf(first))} to ${utc(timeOf(last))}`;
  const lost = [
    ...(wrong === 0 ? [] : [`${wrong} not understood`]),
    ...(setAside === 0 ? [] : [`${setAside} of no known account`]),
  ];
  const rest = lost.length === 0 ? '' : `; besides, ${lost.join(' and ')}`;
  return `${inputs.length} call${inputs.length === 1 ? '' : 's'}${span}${rest}`;
}

/** Why a file of calls cannot be read, with the mend; undefined where it is no matter of the file. */
export function cannotReadCalls(file: string, error: unknown): string | undefined {
  return error instanceof Error && 'code' in error
    ? `Cannot read the events ${file}: ${whyUnreadable(error)}. Name a file of Segment calls, one JSON per line, as it is or packed with gzip.`
    : undefined;
}
