import type { DecisionRecord } from './decision/record.ts';
import type { Effect, EventInput, Input } from './input.ts';

/** What one step gives: the new state, what it asks of the world, what it decided, what it could not place. */
export interface Moved<State> {
  readonly state: State;
  readonly effects: readonly Effect[];
  readonly decisions: readonly DecisionRecord[];
  readonly setAside: readonly SetAside[];
  /** Members whom the step would have looked at and who were not loaded: load them and step again, unless they do not exist. */
  readonly missing?: readonly string[] | undefined;
}

/** An input that was understood but could not be counted: kept for the operator, with the reason and the mend. */
export interface SetAside {
  readonly reason: string;
  readonly message: string;
  readonly userId: string | undefined;
  readonly raw: Input;
}

/** A step that asks nothing of the world. */
export function still<State>(state: State): Moved<State> {
  return { state, effects: [], decisions: [], setAside: [] };
}

/** Sets an event aside. */
export function setAside(reason: string, message: string, input: EventInput): SetAside {
  return { reason, message, userId: input.event.userId, raw: input };
}
