import type { Signal } from './world.ts';

/** What can be asked. Education sells nothing: it makes the next question welcome. */
export type Offer = 'upgrade' | 'crosssell' | 'education';

/** What a policy may look at: what happened, never what an account is like inside. */
export interface Moment {
  readonly account: number;
  readonly day: number;
  /** Today's signals; empty on a quiet day. */
  readonly signals: readonly Signal[];
  readonly mrr: number;
  /** Share of the limit that is used. */
  readonly usage: number;
  /** Day of the newest purchase of each kind; undefined: never bought. */
  readonly upgradedDay: number | undefined;
  readonly crosssoldDay: number | undefined;
}

/** The question of the day. */
export interface Question {
  readonly offer: Offer;
  /** The signal that it is asked on. */
  readonly signal: Signal;
}

/** What came back from an account. */
export type Reaction =
  | { readonly kind: 'shown' | 'dismissed' | 'complained' | 'taught' | 'learned' | 'left' }
  /** `mrr`: what the account pays a month from now on. */
  | {
      readonly kind: 'bought';
      readonly offer: Exclude<Offer, 'education'>;
      readonly mrr: number;
    };

/** Who decides. It lives through the days in order and is told of every reaction; the simulator knows nothing else of it. */
export interface Policy {
  /** Before the moments of a day. */
  beginDay(day: number): void;
  /** The question to ask now, or undefined for silence. */
  ask(moment: Moment): Question | undefined;
  hear(account: number, day: number, reaction: Reaction): void;
}

/** The offer that a signal stands for. */
export function offerOf(signal: Signal): Exclude<Offer, 'education'> {
  return signal === 'adjacent' ? 'crosssell' : 'upgrade';
}
