import { CounterTable } from '../counter/table.ts';
import { Fault } from '../fault.ts';
import { standings } from '../outcome/standing.ts';
import { PackedReader, PackedWriter } from '../packed.ts';
import { packTouches, unpackFirstTouches, unpackTouches } from '../prompt/touch-codec.ts';
import { packScalar, unpackScalar } from '../scalar-codec.ts';
import { noContext, packContext, unpackContext } from './context.ts';
import {
  noLearning,
  packLearning,
  packUsed,
  unpackLearning,
  unpackUsed,
} from './learning-state.ts';
import { noPurchases, packPurchases, unpackPurchases } from './purchases.ts';
import type { Buyer } from './buyers.ts';
import { packSeat, unpackSeat } from './seat-codec.ts';
import type { AccountState, MemberState } from './state.ts';
import { noTraits, type Trait, type Traits } from './trait.ts';

/*
 * The packed forms of an account and of a member: a schema number, then fields in a fixed order. Small, because one is
 * read and written for every account of every batch. An unreadable state throws Fault('state_unreadable').
 */

const accountSchema = 2;
const memberSchema = 1;
/** `seated`: an active member of whose seat something is known. */
const memberKinds = ['active', 'moved', 'erased', 'seated'] as const;

/** An account nobody has heard of. */
const newAccount: AccountState = {
  counters: CounterTable.empty,
  traits: noTraits,
  touches: [],
  signedUpMs: undefined,
  context: noContext,
  purchases: noPurchases,
  waiting: new Map(),
  buyers: [],
  learning: noLearning,
  toldStanding: 'quiet',
};

/** Packs an account. The same state gives the same bytes. */
export function encodeAccount(account: AccountState): Uint8Array {
  const writer = new PackedWriter();
  writer.varint(accountSchema);
  writer.varint(account.signedUpMs ?? 0);
  packTraits(writer, account.traits);
  packTouches(writer, account.touches);
  packRare(writer, account);
  account.counters.encode(writer);
  return writer.finish();
}

/** Reads an account; undefined bytes are an account nobody has heard of. */
export function decodeAccount(bytes: Uint8Array | undefined): AccountState {
  if (bytes === undefined) {
    return newAccount;
  }
  const reader = new PackedReader(bytes);
  const schema = expectSchema(reader, accountSchema, 'account');
  const signedUpMs = reader.varint();
  const common = {
    signedUpMs: signedUpMs === 0 ? undefined : signedUpMs,
    traits: unpackTraits(reader),
  };
  if (schema === 1) {
    const touches = unpackFirstTouches(reader);
    return { ...newAccount, ...common, touches, counters: CounterTable.decode(reader) };
  }
  return {
    ...common,
    touches: unpackTouches(reader),
    ...unpackRare(reader),
    counters: CounterTable.decode(reader),
  };
}

/** What most accounts have none of: one byte says which of them follow. */
function packRare(writer: PackedWriter, account: AccountState): void {
  const { buyers, context, learning, purchases, toldStanding, waiting } = account;
  const hasContext = context.spans.size > 0 || context.tickets.length > 0;
  const hasPurchases =
    purchases.bought.size > 0 ||
    purchases.plansSeen.size > 0 ||
    purchases.downgradedMs !== undefined;
  const hasLearning =
    learning.episodes.length > 0 ||
    learning.uncredited.length > 0 ||
    learning.enrolment !== undefined;
  const hasUsed = learning.used.size > 0;
  const isTold = toldStanding !== 'quiet';
  const flags = [
    hasContext,
    hasPurchases,
    waiting.size > 0,
    buyers.length > 0,
    hasLearning,
    hasUsed,
    isTold,
  ];
  writer.varint(flags.reduce((sum, flag, at) => sum + (flag ? 2 ** at : 0), 0));
  if (hasContext) {
    packContext(writer, context);
  }
  if (hasPurchases) {
    packPurchases(writer, purchases);
  }
  if (waiting.size > 0) {
    packWaiting(writer, waiting);
  }
  if (buyers.length > 0) {
    packBuyers(writer, buyers);
  }
  if (hasLearning) {
    packLearning(writer, learning);
  }
  if (hasUsed) {
    packUsed(writer, learning.used);
  }
  if (isTold) {
    writer.varint(standings.indexOf(toldStanding));
  }
}

function unpackRare(
  reader: PackedReader,
): Pick<
  AccountState,
  'buyers' | 'context' | 'learning' | 'purchases' | 'toldStanding' | 'waiting'
> {
  const flags = reader.varint();
  const has = (at: number): boolean => Math.floor(flags / 2 ** at) % 2 === 1;
  return {
    context: has(0) ? unpackContext(reader) : noContext,
    purchases: has(1) ? unpackPurchases(reader) : noPurchases,
    waiting: has(2) ? unpackWaiting(reader) : new Map(),
    buyers: has(3) ? unpackBuyers(reader) : [],
    learning: {
      ...(has(4) ? unpackLearning(reader) : noLearning),
      ...(has(5) ? { used: unpackUsed(reader) } : { used: noLearning.used }),
    },
    toldStanding: has(6) ? (standings[reader.varint()] ?? 'quiet') : 'quiet',
  };
}

function packWaiting(writer: PackedWriter, waiting: AccountState['waiting']): void {
  writer.varint(waiting.size);
  for (const trigger of [...waiting.keys()].toSorted()) {
    writer.string(trigger);
    writer.varint(waiting.get(trigger) ?? 0);
  }
}

function unpackWaiting(reader: PackedReader): AccountState['waiting'] {
  const size = reader.varint();
  const waiting = new Map<string, number>();
  for (let at = 0; at < size; at += 1) {
    const trigger = reader.string();
    waiting.set(trigger, reader.varint());
  }
  return waiting;
}

function packBuyers(writer: PackedWriter, buyers: readonly Buyer[]): void {
  writer.varint(buyers.length);
  for (const { userId, timeMs } of buyers) {
    writer.string(userId);
    writer.zigzag(timeMs);
  }
}

function unpackBuyers(reader: PackedReader): readonly Buyer[] {
  return Array.from({ length: reader.varint() }, () => ({
    userId: reader.string(),
    timeMs: reader.zigzag(),
  }));
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

/** The schema of a state, 1 to `newest`. Stops at one that a newer version wrote. */
export function expectSchema(reader: PackedReader, newest: number, what: string): number {
  const found = reader.varint();
  if (found < 1 || found > newest) {
    throw new Fault(
      'state_unreadable',
      'never',
      `A stored ${what} has schema ${found}, and this version reads up to ${newest}; run the version that wrote it, or newer.`,
    );
  }
  return found;
}

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
