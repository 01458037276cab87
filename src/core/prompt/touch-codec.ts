import { Fault } from '../fault.ts';
import type { PackedReader, PackedWriter } from '../packed.ts';
import { packOptional, packScalars, unpackOptional, unpackScalars } from '../scalar-codec.ts';
import { type LifeState, lifeStates } from './life.ts';
import type { Channel } from './prompt.ts';
import { newTouch, type PromptMoment, type Touch } from './touch.ts';

const channels: readonly Channel[] = ['intercom', 'sendgrid'];
const seenBy = ['receipt', 'activity'] as const;
const dismissedUntil = ['cooldown', 'next_period', 'never'] as const;

/** Packs the prompts of an account or a person. */
export function packTouches(writer: PackedWriter, touches: readonly Touch[]): void {
  writer.varint(touches.length);
  for (const touch of touches) {
    writer.string(touch.decisionId);
    writer.string(touch.offerId);
    writer.string(touch.family);
    writer.string(touch.userId);
    writer.varint(channels.indexOf(touch.channel));
    writer.varint(touch.timeMs);
    writer.varint(lifeStates.indexOf(touch.state));
    packTimes(writer, touch.at);
    packPlace(writer, seenBy, touch.seenBy);
    packPlace(writer, dismissedUntil, touch.dismissedUntil);
    writer.varint(touch.hasComplaint ? 1 : 0);
    packOptional(writer, touch.followsId, (id) => writer.string(id));
    packOptional(writer, touch.moment, (moment) => packMoment(writer, moment));
  }
}

/** Reads what `packTouches` wrote. */
export function unpackTouches(reader: PackedReader): readonly Touch[] {
  return Array.from(
    { length: reader.varint() },
    (): Touch => ({
      decisionId: reader.string(),
      offerId: reader.string(),
      family: reader.string(),
      userId: reader.string(),
      channel: known(channels[reader.varint()]),
      timeMs: reader.varint(),
      state: known(lifeStates[reader.varint()]),
      at: unpackTimes(reader),
      seenBy: unpackPlace(reader, seenBy),
      dismissedUntil: unpackPlace(reader, dismissedUntil),
      hasComplaint: reader.varint() === 1,
      followsId: unpackOptional(reader, () => reader.string()),
      moment: unpackOptional(reader, () => unpackMoment(reader)),
    }),
  );
}

/** Reads the touches of schema 1, which knew in-app prompts and whether they were sent. */
export function unpackFirstTouches(reader: PackedReader): readonly Touch[] {
  return Array.from({ length: reader.varint() }, (): Touch => {
    const decisionId = reader.string();
    const offerId = reader.string();
    const userId = reader.string();
    const timeMs = reader.varint();
    const isSent = reader.varint() === 1;
    const touch = newTouch({
      decisionId,
      offerId,
      userId,
      timeMs,
      family: 'upgrade',
      channel: 'intercom',
      followsId: undefined,
      moment: undefined,
    });
    return isSent ? { ...touch, state: 'sent', at: { sent: timeMs } } : touch;
  });
}

function packTimes(writer: PackedWriter, at: Touch['at']): void {
  const entered = lifeStates.flatMap((state, place) => {
    const timeMs = at[state];
    return timeMs === undefined ? [] : [{ place, timeMs }];
  });
  writer.varint(entered.length);
  for (const { place, timeMs } of entered) {
    writer.varint(place);
    writer.zigzag(timeMs);
  }
}

function unpackTimes(reader: PackedReader): Touch['at'] {
  const at: Partial<Record<LifeState, number>> = {};
  const size = reader.varint();
  for (let entry = 0; entry < size; entry += 1) {
    const state = known(lifeStates[reader.varint()]);
    at[state] = reader.zigzag();
  }
  return at;
}

function packPlace<Value extends string>(
  writer: PackedWriter,
  values: readonly Value[],
  value: Value | undefined,
): void {
  writer.varint(value === undefined ? 0 : values.indexOf(value) + 1);
}

function unpackPlace<Value extends string>(
  reader: PackedReader,
  values: readonly Value[],
): Value | undefined {
  const place = reader.varint();
  return place === 0 ? undefined : known(values[place - 1]);
}

function packMoment(writer: PackedWriter, moment: PromptMoment): void {
  writer.string(moment.triggerId);
  writer.string(moment.because);
  writer.zigzag(moment.eventMs);
  packScalars(writer, moment.evidence);
}

function unpackMoment(reader: PackedReader): PromptMoment {
  return {
    triggerId: reader.string(),
    because: reader.string(),
    eventMs: reader.zigzag(),
    evidence: unpackScalars(reader),
  };
}

function known<Value>(value: Value | undefined): Value {
  if (value === undefined) {
    throw new Fault(
      'state_unreadable',
      'never',
      'A stored prompt is in a state that this version does not know; run the version that wrote it, or newer.',
    );
  }
  return value;
}
