/**
 * The part of a Segment call that the hub looks at. Nothing is known of the values before they are
 * checked.
 */
export interface Call {
  readonly type?: unknown;
  readonly messageId?: unknown;
  readonly userId?: unknown;
  readonly anonymousId?: unknown;
  readonly previousId?: unknown;
  readonly groupId?: unknown;
  readonly event?: unknown;
  readonly name?: unknown;
  readonly properties?: unknown;
  readonly traits?: unknown;
  readonly context?: unknown;
  readonly integrations?: unknown;
  readonly timestamp?: unknown;
  readonly originalTimestamp?: unknown;
  readonly sentAt?: unknown;
  readonly receivedAt?: unknown;
}

/** The fields of a JSON object, not yet looked at. */
export type Fields = Readonly<Record<string, unknown>>;

/** A JSON object: neither null nor an array. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same test, for what should be a call: every field of a call is optional and unknown. */
export function isCall(value: unknown): value is Call {
  return isFields(value);
}
