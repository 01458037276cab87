import { randomUUID } from 'node:crypto';
import { sha256Hex } from '../../src/core/hash.ts';
import type { Call } from './call.ts';

const messageIdCharsMax = 100;

/**
 * The id under which a call counts once, at most 100 characters. A longer one, or one with the unit
 * separator by which the core joins ids, is hashed. A missing one is the hash of what the call says
 * when the call has a readable time, so that a repetition is recognized; without a time two true
 * events may be equal in everything, so it is random (vendors: Segment 5.1).
 */
export function toMessageId(call: Call, hasTime: boolean): string {
  const sent = call.messageId;
  const id = typeof sent === 'string' ? sent.trim() : typeof sent === 'number' ? String(sent) : '';
  if (id === '') {
    return `made-${hasTime ? hashOf(call) : randomUUID()}`;
  }
  return id.length > messageIdCharsMax || id.includes('\u001f') ? `hash-${shortHash(id)}` : id;
}

/** What tells calls without an id apart, beside their time, properties and traits. */
const telling = [
  'type',
  'userId',
  'anonymousId',
  'previousId',
  'groupId',
  'event',
  'name',
] as const satisfies readonly (keyof Call)[];

function hashOf(call: Call): string {
  const time = call.timestamp ?? call.originalTimestamp;
  const said = [...telling.map((field) => call[field]), time, call.properties, call.traits];
  return shortHash(...said.map(toJson));
}

function shortHash(...parts: readonly string[]): string {
  return sha256Hex(...parts).slice(0, 40);
}

/** JSON text of a parsed value; a fixed word where it is nested too deeply to be written. */
export function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '"nested too deeply to be written"';
  }
}
