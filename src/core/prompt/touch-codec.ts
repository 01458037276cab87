import type { PackedReader, PackedWriter } from '../packed.ts';
import type { Touch } from './touch.ts';

/** Packs the prompts of an account or a person. */
export function packTouches(writer: PackedWriter, touches: readonly Touch[]): void {
  writer.varint(touches.length);
  for (const touch of touches) {
    writer.string(touch.decisionId);
    writer.string(touch.offerId);
    writer.string(touch.userId);
    writer.varint(touch.timeMs);
    writer.varint(touch.state === 'sent' ? 1 : 0);
  }
}

/** Reads what `packTouches` wrote. */
export function unpackTouches(reader: PackedReader): readonly Touch[] {
  return Array.from({ length: reader.varint() }, () => ({
    decisionId: reader.string(),
    offerId: reader.string(),
    userId: reader.string(),
    timeMs: reader.varint(),
    state: reader.varint() === 1 ? 'sent' : 'asked',
  }));
}
