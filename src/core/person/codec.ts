import { expectSchema } from '../account/codec.ts';
import { noContext, packContext, unpackContext } from '../account/context.ts';
import type { EventCall } from '../event/event.ts';
import { Fault } from '../fault.ts';
import type { EventInput } from '../input.ts';
import { PackedReader, PackedWriter } from '../packed.ts';
import { packTouches, unpackFirstTouches, unpackTouches } from '../prompt/touch-codec.ts';
import { packOptional, packScalars, unpackOptional, unpackScalars } from '../scalar-codec.ts';
import type { PersonState } from './state.ts';

/* The packed form of a person. Events that wait are packed whole: they become inputs again. */

const personSchema = 2;
const calls: readonly EventCall[] = ['track', 'page', 'screen', 'identify', 'group'];

/** Packs a person. The same state gives the same bytes. */
export function encodePerson(person: PersonState): Uint8Array {
  const writer = new PackedWriter();
  writer.varint(personSchema);
  writer.varint(person.isErased ? 1 : 0);
  packStrings(writer, person.accounts);
  packStrings(writer, person.becameUsers);
  packTouches(writer, person.touches);
  packContext(writer, person.context);
  writer.varint(person.waiting.length);
  for (const input of person.waiting) {
    packEvent(writer, input);
  }
  return writer.finish();
}

/** Reads a person. */
export function decodePerson(bytes: Uint8Array): PersonState {
  const reader = new PackedReader(bytes);
  const schema = expectSchema(reader, personSchema, 'person');
  return {
    isErased: reader.varint() === 1,
    accounts: unpackStrings(reader),
    becameUsers: unpackStrings(reader),
    touches: schema === 1 ? unpackFirstTouches(reader) : unpackTouches(reader),
    context: schema === 1 ? noContext : unpackContext(reader),
    waiting: Array.from({ length: reader.varint() }, () => unpackEvent(reader)),
  };
}

function packStrings(writer: PackedWriter, strings: readonly string[]): void {
  writer.varint(strings.length);
  for (const text of strings) {
    writer.string(text);
  }
}

function unpackStrings(reader: PackedReader): readonly string[] {
  return Array.from({ length: reader.varint() }, () => reader.string());
}

function packEvent(writer: PackedWriter, { id, dedupeDay, receivedMs, event }: EventInput): void {
  writer.string(id);
  // Days before 1970 are as possible as any other nonsense in a time field.
  packOptional(writer, dedupeDay, (day) => writer.zigzag(day));
  writer.varint(receivedMs);
  writer.varint(calls.indexOf(event.call));
  writer.string(event.name);
  writer.zigzag(event.timeMs);
  packOptional(writer, event.userId, (text) => writer.string(text));
  packOptional(writer, event.anonymousId, (text) => writer.string(text));
  writer.varint(event.isReplay ? 1 : 0);
  packScalars(writer, event.properties);
  packScalars(writer, event.traits);
}

function unpackEvent(reader: PackedReader): EventInput {
  const id = reader.string();
  const dedupeDay = unpackOptional(reader, () => reader.zigzag());
  const receivedMs = reader.varint();
  const call = calls[reader.varint()];
  if (call === undefined) {
    throw new Fault(
      'state_unreadable',
      'never',
      'A waiting event is of a call that this version does not know.',
    );
  }
  return {
    kind: 'event',
    id,
    dedupeDay,
    receivedMs,
    event: {
      messageId: id,
      call,
      receivedMs,
      name: reader.string(),
      timeMs: reader.zigzag(),
      userId: unpackOptional(reader, () => reader.string()),
      anonymousId: unpackOptional(reader, () => reader.string()),
      // It waits because it has none.
      accountId: undefined,
      isReplay: reader.varint() === 1,
      properties: unpackScalars(reader),
      traits: unpackScalars(reader),
    },
  };
}
