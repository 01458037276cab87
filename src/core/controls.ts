/** What the operator switched off, as a worker last saw it: at most half a second ago. */
export interface Controls {
  /** Why nothing at all may go out; undefined: it may. */
  readonly paused: string | undefined;
  /** Why an offer may not go out, by the offer's id. */
  readonly stopped: ReadonlyMap<string, string>;
  /** Offers that were made as often as their budget allows. */
  readonly spent: ReadonlySet<string>;
}

/** Everything may go out. */
export const allOn: Controls = { paused: undefined, stopped: new Map(), spent: new Set() };
