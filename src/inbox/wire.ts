import type { Event, Scalar } from '../core/event/event.ts';
import type { Input } from '../core/input.ts';

/**
 * An event as it travels in a job: short keys, and nothing for what is undefined, empty or the same as another field
 * (about 180 bytes of JSON for an event of 1 KB). A field is never given another meaning: jobs of an older hub may wait.
 */
export interface WireEvent {
  readonly k: 'e';
  /** Input: id, dedupe day, receive time. */
  readonly i: string;
  readonly d?: number | undefined;
  readonly r: number;
  /** Event: message id and receive time where they differ from the input's, call where it is not `track`. */
  readonly m?: string | undefined;
  readonly R?: number | undefined;
  readonly c?: Event['call'] | undefined;
  readonly n: string;
  readonly t: number;
  readonly u?: string | undefined;
  readonly a?: string | undefined;
  readonly g?: string | undefined;
  readonly p?: Event['properties'] | undefined;
  readonly q?: Event['traits'] | undefined;
  readonly y?: true | undefined;
}

type RareInput = Exclude<Input, { kind: 'event' }>;

/** What a job carries: events in short form, the rare other inputs as they are. */
export type WireInput = WireEvent | { readonly k: 'x'; readonly x: RareInput };

const nothing: Readonly<Record<string, Scalar>> = Object.freeze({});

/** The form of an input in a job; BullMQ turns it into JSON, once. Property maps are not copied. */
export function toWire(input: Input): WireInput {
  if (input.kind !== 'event') {
    return { k: 'x', x: input };
  }
  const { id, dedupeDay, receivedMs, event } = input;
  return {
    k: 'e',
    i: id,
    d: dedupeDay,
    r: receivedMs,
    m: event.messageId === id ? undefined : event.messageId,
    R: event.receivedMs === receivedMs ? undefined : event.receivedMs,
    c: event.call === 'track' ? undefined : event.call,
    n: event.name,
    t: event.timeMs,
    u: event.userId,
    a: event.anonymousId,
    g: event.accountId,
    p: isEmpty(event.properties) ? undefined : event.properties,
    q: isEmpty(event.traits) ? undefined : event.traits,
    y: event.isReplay ? true : undefined,
  };
}

/** Undoes `toWire` after a way through JSON. Values are trusted: only a hub writes jobs. */
export function fromWire(wire: WireInput): Input {
  if (wire.k === 'x') {
    return wire.x;
  }
  return {
    kind: 'event',
    id: wire.i,
    dedupeDay: wire.d,
    receivedMs: wire.r,
    event: {
      messageId: wire.m ?? wire.i,
      call: wire.c ?? 'track',
      name: wire.n,
      timeMs: wire.t,
      receivedMs: wire.R ?? wire.r,
      userId: wire.u,
      anonymousId: wire.a,
      accountId: wire.g,
      properties: wire.p ?? nothing,
      traits: wire.q ?? nothing,
      isReplay: wire.y ?? false,
    },
  };
}

/**
 * About how many bytes the JSON of an input takes, without making it: characters of the strings and a fixed amount per
 * field. Only bounds the size of jobs, so a text of non-Latin letters may take up to three times as much.
 */
export function wireSize(wire: WireInput): number {
  if (wire.k === 'x') {
    return wire.x.kind === 'prompt_asked' ? 2000 : 400;
  }
  return (
    100 +
    wire.i.length +
    wire.n.length +
    lengthOf(wire.u) +
    lengthOf(wire.a) +
    lengthOf(wire.g) +
    sizeOf(wire.p) +
    sizeOf(wire.q)
  );
}

function lengthOf(text: string | undefined): number {
  return text === undefined ? 0 : text.length;
}

function sizeOf(values: Readonly<Record<string, Scalar>> | undefined): number {
  let size = 0;
  for (const name in values) {
    const value = values[name];
    size += name.length + 6 + (typeof value === 'string' ? value.length : 10);
  }
  return size;
}

function isEmpty(values: Readonly<Record<string, Scalar>>): boolean {
  for (const _ in values) {
    return false;
  }
  return true;
}
