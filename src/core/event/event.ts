/** A property or trait as kept: scalars only. Strings are cut at 500 characters by the connector. */
export type Scalar = string | number | boolean;

/** The calls of the Segment spec that carry activity. Alias and delete become other inputs. */
export type EventCall = 'track' | 'page' | 'screen' | 'identify' | 'group';

/**
 * One thing a customer's app reported, as parsed. Immutable and small: only the properties and traits that the playbook
 * reads are kept.
 */
export interface Event {
  /** At most 100 characters; a longer one was hashed, a missing one was made (vendors: Segment common fields). */
  readonly messageId: string;
  readonly call: EventCall;
  /** As sent (a person reads it); `''` for identify and group. Compared by `normalizeName`. */
  readonly name: string;
  /** When it happened, epoch ms: skew corrected, never later than `receivedMs`. Decides every window. */
  readonly timeMs: number;
  /** When the hub first held it, epoch ms, by the hub's clock. */
  readonly receivedMs: number;
  /** Known user; a person without one is `anonymousId` only. At least one of the two is there. */
  readonly userId: string | undefined;
  readonly anonymousId: string | undefined;
  /** The paying unit, when the event itself names it. */
  readonly accountId: string | undefined;
  /** By normalized path (`normalizePath`): what rules read of the call's properties, or of its traits on identify and group. */
  readonly properties: Readonly<Record<string, Scalar>>;
  /** By normalized path: of the user (identify, `context.traits` of a track), of the account on a group call. */
  readonly traits: Readonly<Record<string, Scalar>>;
  /** A replay of history by Segment (`integrations` of the replay shape): changes state, never prompts. */
  readonly isReplay: boolean;
}
