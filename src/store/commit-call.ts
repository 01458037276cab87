import { dayMs } from '../core/duration.ts';
import { effectId } from '../core/input.ts';
import type { UnitChange } from '../core/ports.ts';
import { dedupeSetKey, growDay, mergeDays } from './dedupe.ts';
import { type DedupeDay, encodeState } from './header.ts';
import {
  dedupeKey,
  historyKey,
  ledgerKey,
  memberKey,
  outboxKey,
  partitionOfDecision,
  stateKey,
} from './keys.ts';
import { encodeOutboxEntry } from './outbox.ts';
import type { ScriptArgument, ScriptCall } from './scripts.ts';

/** How long things live, and what time it is. */
export interface Lives {
  readonly retainMs: number;
  readonly dedupeDays: number;
  readonly ledgerMs: number;
  readonly nowMs: number;
}

/** A change with what the store knows of the unit: whether it existed, its table of days, and fingerprints by set day. */
export interface PreparedChange {
  readonly partition: number;
  readonly change: UnitChange;
  readonly exists: boolean;
  readonly days: readonly DedupeDay[];
  readonly countedByDay: ReadonlyMap<number, readonly number[]>;
}

/** The call of `commit.lua` that stores changes of different units, whose keys are all on one node. */
export function toCommitCall(changes: readonly PreparedChange[], lives: Lives): ScriptCall {
  const keys: string[] = changes.map(({ partition, change }) => stateKey(partition, change.unit));
  const fields: ScriptArgument[] = [
    lives.retainMs,
    (lives.dedupeDays + 1) * 86_400,
    Math.ceil(lives.ledgerMs / 1000),
    lives.nowMs,
    changes.length,
  ];
  for (const prepared of changes) {
    addUnit(keys, fields, prepared, lives);
  }
  return { keys, fields };
}

function addUnit(
  keys: string[],
  fields: ScriptArgument[],
  { partition, change, exists, days, countedByDay }: PreparedChange,
  lives: Lives,
): void {
  const { unit, token, members, effects, decisions } = change;
  const keysBefore = keys.length;
  const at = fields.length;
  // Head and new state are filled in below, when they are known.
  fields.push('', exists ? versionBytes(token.version) : '', '');

  if (effects.length > 0) {
    keys.push(outboxKey(partition));
  }
  const gone: string[] = [];
  for (const [member, bytes] of members) {
    if (bytes === undefined) {
      gone.push(memberKey(partition, unit, member));
    } else {
      keys.push(memberKey(partition, unit, member));
      fields.push(toBuffer(bytes));
    }
  }
  keys.push(...gone);

  const today = Math.floor(lives.nowMs / dayMs);
  const grown: DedupeDay[] = [];
  let sets = 0;
  for (const [day, fingerprints] of countedByDay) {
    const before = days.find((entry) => entry.day === day);
    const growth = growDay(before, day, fingerprints.length, today, lives.dedupeDays);
    grown.push(growth.entry);
    const dayKey = dedupeKey(partition, unit, day);
    for (const [key, ofSet] of groupBySet(dayKey, growth.level, fingerprints)) {
      keys.push(key);
      fields.push(growth.setsExpiry ? -ofSet.length : ofSet.length, ...ofSet);
      sets += 1;
    }
  }

  for (const effect of effects) {
    fields.push(effectId(effect), encodeOutboxEntry(effect, lives.nowMs));
  }
  for (const record of decisions) {
    const key = ledgerKey(record.decisionId);
    if (key === undefined || partitionOfDecision(record.decisionId) !== partition) {
      throw new Error(
        `A decision id must begin with its unit's partition ${partition}; this one does not.`,
      );
    }
    keys.push(key);
    fields.push(record.decisionId, JSON.stringify(record));
  }
  if (decisions.length > 0) {
    keys.push(historyKey(partition, unit));
  }

  fields[at] = headOf(
    fields.length - at - 1,
    keys.length - keysBefore,
    members.size - gone.length,
    gone.length,
    sets,
    effects.length,
    decisions.length,
  );
  fields[at + 2] = encodeState(
    nextVersion(token.version),
    mergeDays(days, grown, today),
    change.bytes,
  );
}

function headOf(...counts: readonly number[]): Buffer {
  const head = Buffer.allocUnsafe(counts.length * 2);
  let at = 0;
  for (const count of counts) {
    at = head.writeUInt16LE(count, at);
  }
  return head;
}

/** The version after this one: a u32 that goes round, so that it always has its 4 bytes. */
function nextVersion(version: number): number {
  return (version + 1) >>> 0;
}

function versionBytes(version: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(version, 0);
  return bytes;
}

function groupBySet(
  dayKey: string,
  level: number,
  fingerprints: readonly number[],
): Iterable<readonly [string, readonly number[]]> {
  if (level === 0) {
    return [[dayKey, fingerprints]];
  }
  const bySet = new Map<string, number[]>();
  for (const fingerprint of fingerprints) {
    const key = dedupeSetKey(dayKey, level, fingerprint);
    const members = bySet.get(key);
    if (members === undefined) {
      bySet.set(key, [fingerprint]);
    } else {
      members.push(fingerprint);
    }
  }
  return bySet;
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
