import type { PackedReader, PackedWriter } from '../packed.ts';

/** Circumstances in which nothing is offered, each of which begins and ends. */
export const circumstances = [
  'payment_failed',
  'cancelling',
  'incident',
  'opted_out',
  'no_email',
] as const;
export type Circumstance = (typeof circumstances)[number];

/** When something last began and last ended, epoch ms; 0: never. It lasts while it began later, or at the same time. */
export interface Span {
  readonly beganMs: number;
  readonly endedMs: number;
}

/** A support ticket, by an id of the vendor or of the event. */
export interface Ticket extends Span {
  readonly id: string;
  readonly isPriority: boolean;
}

/**
 * What stands around an account or a person and keeps us silent. Made of registers that only grow, so the order and the
 * repetition of what is told cannot matter.
 */
export interface Context {
  readonly spans: ReadonlyMap<Circumstance, Span>;
  /** The newest opening of any ticket. */
  readonly newestTicketMs: number | undefined;
  /** The tickets with the newest openings, newest first, at most 16. */
  readonly tickets: readonly Ticket[];
}

/** Nothing was told. */
export const noContext: Context = { spans: new Map(), newestTicketMs: undefined, tickets: [] };

const ticketsMax = 16;

/** Whether a circumstance lasts. When both began and ended in the same millisecond it lasts: doubt keeps silent. */
export function lasts(context: Context, circumstance: Circumstance): boolean {
  return isOpen(context.spans.get(circumstance));
}

/** Notes that a circumstance began or ended at `timeMs`. The same context when that is no news. */
export function withCircumstance(
  context: Context,
  circumstance: Circumstance,
  what: 'began' | 'ended',
  timeMs: number,
): Context {
  const held = context.spans.get(circumstance) ?? never;
  const next = moved(held, what, timeMs);
  return next === held
    ? context
    : { ...context, spans: new Map(context.spans).set(circumstance, next) };
}

/** Notes that a ticket was opened or closed. */
export function withTicket(
  context: Context,
  ticket: { readonly id: string; readonly isPriority: boolean },
  what: 'began' | 'ended',
  timeMs: number,
): Context {
  const held = context.tickets.find((one) => one.id === ticket.id);
  const span = moved(held ?? never, what, timeMs);
  const next: Ticket = {
    ...span,
    id: ticket.id,
    isPriority: ticket.isPriority || (held?.isPriority ?? false),
  };
  if (held !== undefined && span === held && next.isPriority === held.isPriority) {
    return context;
  }
  const newestTicketMs =
    what === 'began' ? Math.max(context.newestTicketMs ?? 1, timeMs) : context.newestTicketMs;
  return {
    ...context,
    newestTicketMs,
    tickets: newest([...context.tickets.filter((one) => one.id !== ticket.id), next]),
  };
}

/** The open ticket with priority, if any. */
export function openPriorityTicket(context: Context): Ticket | undefined {
  return context.tickets.find((one) => one.isPriority && one.beganMs > 0 && isOpen(one));
}

/** Packs a context: one byte when nothing was ever told. */
export function packContext(writer: PackedWriter, context: Context): void {
  const { spans, newestTicketMs, tickets } = context;
  writer.varint(spans.size);
  for (const [place, circumstance] of circumstances.entries()) {
    const span = spans.get(circumstance);
    if (span !== undefined) {
      writer.varint(place);
      packSpan(writer, span);
    }
  }
  writer.varint(newestTicketMs ?? 0);
  writer.varint(tickets.length);
  for (const ticket of tickets) {
    writer.string(ticket.id);
    writer.varint(ticket.isPriority ? 1 : 0);
    packSpan(writer, ticket);
  }
}

/** Reads what `packContext` wrote. */
export function unpackContext(reader: PackedReader): Context {
  const spans = new Map<Circumstance, Span>();
  const size = reader.varint();
  for (let at = 0; at < size; at += 1) {
    const circumstance = circumstances[reader.varint()];
    const span = unpackSpan(reader);
    if (circumstance !== undefined) {
      spans.set(circumstance, span);
    }
  }
  const newestTicketMs = reader.varint();
  const tickets = Array.from({ length: reader.varint() }, (): Ticket => {
    const id = reader.string();
    const isPriority = reader.varint() === 1;
    return { id, isPriority, ...unpackSpan(reader) };
  });
  if (spans.size === 0 && newestTicketMs === 0 && tickets.length === 0) {
    return noContext;
  }
  return { spans, tickets, newestTicketMs: newestTicketMs === 0 ? undefined : newestTicketMs };
}

const never: Span = { beganMs: 0, endedMs: 0 };

function isOpen(span: Span | undefined): boolean {
  return span !== undefined && span.beganMs > 0 && span.beganMs >= span.endedMs;
}

function moved<Held extends Span>(held: Held, what: 'began' | 'ended', timeMs: number): Held {
  // Times before 1970 are nonsense of a sender; the register knows 0 as never.
  const at = Math.max(1, timeMs);
  const known = what === 'began' ? held.beganMs : held.endedMs;
  if (at <= known) {
    return held;
  }
  return what === 'began' ? { ...held, beganMs: at } : { ...held, endedMs: at };
}

function newest(tickets: readonly Ticket[]): readonly Ticket[] {
  return tickets
    .toSorted((left, right) => right.beganMs - left.beganMs || (left.id < right.id ? -1 : 1))
    .slice(0, ticketsMax);
}

function packSpan(writer: PackedWriter, span: Span): void {
  writer.varint(span.beganMs);
  writer.varint(span.endedMs);
}

function unpackSpan(reader: PackedReader): Span {
  return { beganMs: reader.varint(), endedMs: reader.varint() };
}
