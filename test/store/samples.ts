import type { DecisionRecord } from '../../src/core/decision/record.ts';
import type { Effect } from '../../src/core/input.ts';
import { partitionOf, type Unit } from '../../src/core/partition.ts';
import type { LoadedUnit, LoadRequest, UnitChange } from '../../src/core/ports.ts';
import type { Prompt } from '../../src/core/prompt/prompt.ts';

/** 2026-11-23 12:00 UTC and its day number. */
export const noonMs = 1_795_435_200_000;
export const today = Math.floor(noonMs / 86_400_000);

export function accountOf(id: string): Unit {
  return { kind: 'account', id };
}

export function idsOf(...ids: readonly string[]): LoadRequest['ids'] {
  return ids.map((id) => ({ id, dedupeDay: today, receivedMs: noonMs }));
}

export function requestOf(
  unit: Unit,
  ids: LoadRequest['ids'] = [],
  members: readonly string[] = [],
): LoadRequest {
  return { unit, members, ids };
}

/** A change of a loaded unit that writes `text` as its state. */
export function changeOf(
  loaded: LoadedUnit | undefined,
  text: string,
  more: Partial<UnitChange> = {},
): UnitChange {
  if (loaded === undefined) {
    throw new Error('the unit was not loaded');
  }
  return {
    unit: loaded.unit,
    token: loaded.token,
    bytes: Buffer.from(text),
    members: new Map(),
    counted: [],
    effects: [],
    decisions: [],
    ...more,
  };
}

export function decisionIdOf(unit: Unit, number: number): string {
  return `${partitionOf(unit)}-${number.toString(16).padStart(32, '0')}`;
}

export function recordOf(unit: Unit, number = 1): DecisionRecord {
  return {
    decisionId: decisionIdOf(unit, number),
    decidedMs: noonMs,
    accountId: unit.id,
    userId: 'lena',
    playbookVersion: 'p1',
    mode: 'live',
    followsId: undefined,
    cause: { messageId: 'm1', name: 'Report Created', timeMs: noonMs, receivedMs: noonMs },
    fired: [],
    refused: [],
    candidates: [],
    chosen: 'pro',
    explanation: 'because',
    words: { headline: 'Hello' },
  };
}

export function promptOf(unit: Unit, number = 1, more: Partial<Prompt> = {}): Prompt {
  return {
    decisionId: decisionIdOf(unit, number),
    accountId: unit.id,
    userId: 'lena',
    offerId: 'pro',
    channel: 'intercom',
    form: 'event',
    followsId: undefined,
    reopens: false,
    family: 'upgrade',
    notBeforeMs: noonMs,
    surface: 'upsell-offer-ready',
    decidedMs: noonMs,
    expiresMs: noonMs + 3_600_000,
    words: { headline: 'Hello' },
    contact: { email: undefined, name: undefined },
    ...more,
  };
}

export function deliverEffect(unit: Unit, number = 1): Effect {
  return { kind: 'deliver', prompt: promptOf(unit, number), withheld: undefined };
}

export function inputEffect(id: string, userId = 'lena'): Effect {
  return {
    kind: 'input',
    input: { kind: 'erasure', id, dedupeDay: today, receivedMs: noonMs, userId },
  };
}
