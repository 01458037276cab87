/** What one event adds to one counter, read from the event by the caller. */
export interface Sample {
  /** When it happened, epoch ms (an integer within +-2^52). Decides every window. */
  readonly timeMs: number;
  /** `hash53` of the message id: orders what happened in the same millisecond, the same in every order of arrival. */
  readonly tie: number;
  /** Sequence, elapsed: which of the counter's signals happened. */
  readonly signal?: string | undefined;
  /** The value under which it is counted apart; a counter with `by` leaves out events without one. */
  readonly by: string | undefined;
  /** Sum, gauge: the amount. Distinct: the thing. First, last: what to remember. */
  readonly value: string | number | undefined;
  /** Gauge: what `value` is measured against. 0 or less: there is a value, but no share. */
  readonly limit: number | undefined;
  /** Gauge: the period of the limit (`2026-11`); undefined: the calendar month of the event, UTC. */
  readonly period: string | undefined;
}
