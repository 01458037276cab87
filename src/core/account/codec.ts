import { CounterTable } from '../counter/table.ts';
import type { Scalar } from '../event/event.ts';
import { Fault } from '../fault.ts';
import { PackedReader, PackedWriter } from '../packed.ts';
import { packTouches, unpackTouches } from '../prompt/touch-codec.ts';
import { packSeat, unpackSeat } from './seat-codec.ts';
import type { AccountState, MemberState } from './state.ts';
import { noTraits, type Trait, type Traits } from './trait.ts';

/*
 * The packed forms of an account and of a member: a schema number, then fields in a fixed order. Small, because one is
 * read and written for every account of every batch. An unreadable state throws Fault('state_unreadable').
 */

const accountSchema = 1;
const memberSchema = 1;
/** `seated`: an active member of whose seat something is known. */
const memberKinds = ['active', 'moved', 'erased', 'seated'] as const;

/** An account nobody has heard of. */
const newAccount: AccountState = {
  counters: CounterTable.empty,
  traits: noTraits,
  touches: [],
  signedUpMs: undefined,
};

/** Packs an account. The same state gives the same bytes. */
export function encodeAccount(account: AccountState): Uint8Array {
  const writer = new PackedWriter();
  writer.varint(accountSchema);
  writer.varint(account.signedUpMs ?? 0);
  packTraits(writer, account.traits);
  packTouches(writer, account.touches);
  account.counters.encode(writer);
  return writer.finish();
}

/** Reads an account; undefined bytes are an account nobody has heard of. */
export function decodeAccount(bytes: Uint8Array | undefined): AccountState {
  if (bytes === undefined) {
    return newAccount;
  }
  const reader = new PackedReader(bytes);
  expectSchema(reader, accountSchema, 'account');
  const signedUpMs = reader.varint();
  return {
    signedUpMs: signedUpMs === 0 ? undefined : signedUpMs,
    traits: unpackTraits(reader),
    touches: unpackTouches(reader),
    counters: CounterTable.decode(reader),
  };
}

/** Packs a member of an account. */
export function encodeMember(member: MemberState): Uint8Array {
  const writer = new PackedWriter();
  writer.varint(memberSchema);
  const isSeated = member.kind === 'active' && member.seat !== undefined;
  writer.varint(memberKinds.indexOf(isSeated ? 'seated' : member.kind));
  if (member.kind === 'moved') {
    writer.string(member.userId);
  } else if (member.kind === 'active') {
    writer.varint(member.signedUpMs ?? 0);
    writer.varint(member.anonymousHashes.length);
    for (const hash of member.anonymousHashes) {
      writer.u32(hash);
    }
    packTraits(writer, member.traits);
    if (member.seat !== undefined) {
      packSeat(writer, member.seat);
    }
    member.counters.encode(writer);
  }
  return writer.finish();
}

/** Reads a member of an account. */
export function decodeMember(bytes: Uint8Array): MemberState {
  const reader = new PackedReader(bytes);
  expectSchema(reader, memberSchema, 'member');
  const kind = memberKinds[reader.varint()];
  switch (kind) {
    case 'moved':
      return { kind, userId: reader.string() };
    case 'erased':
      return { kind };
    case 'active':
    case 'seated': {
      const signedUpMs = reader.varint();
      const anonymousHashes = Array.from({ length: reader.varint() }, () => reader.u32());
      return {
        kind: 'active',
        signedUpMs: signedUpMs === 0 ? undefined : signedUpMs,
        anonymousHashes,
        traits: unpackTraits(reader),
        seat: kind === 'seated' ? unpackSeat(reader) : undefined,
        counters: CounterTable.decode(reader),
      };
    }
    case undefined:
      throw new Fault(
        'state_unreadable',
        'never',
        'A member state is of a kind that this version does not know.',
      );
    default:
      return kind satisfies never;
  }
}

/** Stops at a state that another version wrote. */
export function expectSchema(reader: PackedReader, schema: number, what: string): void {
  const found = reader.varint();
  if (found !== schema) {
    throw new Fault(
      'state_unreadable',
      'never',
      `A stored ${what} has schema ${found}, and this version reads ${schema}; run the version that wrote it, or newer.`,
    );
  }
}

const scalarKinds = ['string', 'number', 'boolean'] as const;

function packTraits(writer: PackedWriter, traits: Traits): void {
  writer.varint(traits.size);
  for (const name of [...traits.keys()].toSorted()) {
    const trait = traits.get(name);
    if (trait !== undefined) {
      writer.string(name);
      writer.zigzag(trait.timeMs);
      packScalar(writer, trait.value);
    }
  }
}

function unpackTraits(reader: PackedReader): Traits {
  const size = reader.varint();
  if (size === 0) {
    return noTraits;
  }
  const traits = new Map<string, Trait>();
  for (let at = 0; at < size; at += 1) {
    const name = reader.string();
    const timeMs = reader.zigzag();
    traits.set(name, { timeMs, value: unpackScalar(reader) });
  }
  return traits;
}

/** Packs a string, number or boolean. */
export function packScalar(writer: PackedWriter, value: Scalar): void {
  if (typeof value === 'string') {
    writer.varint(scalarKinds.indexOf('string'));
    writer.string(value);
  } else if (typeof value === 'number') {
    writer.varint(scalarKinds.indexOf('number'));
    writer.f64(value);
  } else {
    writer.varint(scalarKinds.indexOf('boolean'));
    writer.varint(value ? 1 : 0);
  }
}

/** Reads what `packScalar` wrote. */
export function unpackScalar(reader: PackedReader): Scalar {
  const kind = scalarKinds[reader.varint()];
  switch (kind) {
    case 'string':
      return reader.string();
    case 'number':
      return reader.f64();
    case 'boolean':
      return reader.varint() === 1;
    case undefined:
      throw new Fault(
        'state_unreadable',
        'never',
        'A stored value is of a kind that this version does not know.',
      );
    default:
      return kind satisfies never;
  }
}
