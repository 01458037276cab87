import { type EpisodeState, type Episode, noEpisodes } from '../model/episode.ts';
import type { PackedReader, PackedWriter } from '../packed.ts';

/** An account's part in the comparison of those who are asked with those who are left alone. */
export interface Enrolment {
  /** The decision at which it began. */
  readonly decisionId: string;
  readonly timeMs: number;
  readonly isHoldout: boolean;
  readonly salt: string;
  /** What the account paid a month then, in units of the playbook's currency. */
  readonly mrr: number;
  /** The first purchase of each family since, within the horizon. */
  readonly bought: ReadonlyMap<string, number>;
}

/** What an account remembers of its learning: its windows, and its part in the comparison. */
export interface AccountLearning extends EpisodeState {
  readonly enrolment: Enrolment | undefined;
  /** The families of lessons (`education:<topic>`) whose feature the account is known to use; only grows. */
  readonly used: ReadonlySet<string>;
}

/** An account at which nothing was ever decided under learning. */
export const noLearning: AccountLearning = {
  ...noEpisodes,
  enrolment: undefined,
  used: new Set(),
};

/** Packs it but for what is used. The same state gives the same bytes. */
export function packLearning(writer: PackedWriter, learning: AccountLearning): void {
  writer.varint(learning.episodes.length);
  for (const episode of learning.episodes) {
    packEpisode(writer, episode);
  }
  writer.varint(learning.uncredited.length);
  for (const { family, timeMs } of learning.uncredited) {
    writer.string(family);
    writer.zigzag(timeMs);
  }
  const { enrolment } = learning;
  writer.varint(enrolment === undefined ? 0 : enrolment.isHoldout ? 2 : 1);
  if (enrolment !== undefined) {
    writer.string(enrolment.decisionId);
    writer.zigzag(enrolment.timeMs);
    writer.string(enrolment.salt);
    writer.number(enrolment.mrr);
    writer.varint(enrolment.bought.size);
    for (const family of [...enrolment.bought.keys()].toSorted()) {
      writer.string(family);
      writer.zigzag(enrolment.bought.get(family) ?? 0);
    }
  }
}

/** Reads what `packLearning` wrote. */
export function unpackLearning(reader: PackedReader): Omit<AccountLearning, 'used'> {
  const episodes = Array.from({ length: reader.count() }, () => unpackEpisode(reader));
  const uncredited = Array.from({ length: reader.count() }, () => ({
    family: reader.string(),
    timeMs: reader.zigzag(),
  }));
  const arm = reader.varint();
  if (arm === 0) {
    return { episodes, uncredited, enrolment: undefined };
  }
  const decisionId = reader.string();
  const timeMs = reader.zigzag();
  const salt = reader.string();
  const mrr = reader.number();
  const bought = new Map<string, number>();
  const families = reader.count();
  for (let at = 0; at < families; at += 1) {
    const family = reader.string();
    bought.set(family, reader.zigzag());
  }
  const enrolment = { decisionId, timeMs, isHoldout: arm === 2, salt, mrr, bought };
  return { episodes, uncredited, enrolment };
}

/** Packs the families of which something is used, apart: most accounts have the one without the other. */
export function packUsed(writer: PackedWriter, used: ReadonlySet<string>): void {
  writer.varint(used.size);
  for (const family of [...used].toSorted()) {
    writer.string(family);
  }
}

/** Reads what `packUsed` wrote. */
export function unpackUsed(reader: PackedReader): ReadonlySet<string> {
  return new Set(Array.from({ length: reader.count() }, () => reader.string()));
}

function packEpisode(writer: PackedWriter, episode: Episode): void {
  writer.string(episode.decisionId);
  writer.string(episode.family);
  writer.string(episode.cell);
  writer.zigzag(episode.startMs);
  writer.varint(episode.windowDays);
  const isPrompt = episode.arm === 'prompt' ? 1 : 0;
  const isReversed = episode.isReversed ? 2 : 0;
  const isConverted = episode.convertedMs === undefined ? 0 : 4;
  writer.varint(isPrompt + isReversed + isConverted);
  if (episode.convertedMs !== undefined) {
    writer.zigzag(episode.convertedMs);
  }
}

function unpackEpisode(reader: PackedReader): Episode {
  const decisionId = reader.string();
  const family = reader.string();
  const cell = reader.string();
  const startMs = reader.zigzag();
  const windowDays = reader.varint();
  const flags = reader.varint();
  return {
    decisionId,
    family,
    cell,
    startMs,
    windowDays,
    arm: (flags & 1) === 1 ? 'prompt' : 'hold',
    isReversed: (flags & 2) === 2,
    convertedMs: (flags & 4) === 4 ? reader.zigzag() : undefined,
  };
}
