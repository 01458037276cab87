import type { Input } from '../core/input.ts';
import type { Quarantined } from '../core/ports.ts';

/** The paths of the Tracking API that carry one call. */
export type CallType = 'track' | 'identify' | 'group' | 'page' | 'screen' | 'alias';

/** Headers as Node gives them. */
export interface RequestHeaders {
  readonly [name: string]: string | readonly string[] | undefined;
}

/** What the Segment doors ask of the connector, which the composition root passes in. */
export interface SegmentConnector {
  /**
   * Whether a webhook request knows a secret, checked on the bytes before parsing. `message` says
   * what to mend.
   */
  verify(
    rawBody: Buffer,
    headers: RequestHeaders,
  ):
    | { readonly kind: 'valid' }
    | { readonly kind: 'refused'; readonly reason: string; readonly message: string };
  /**
   * Makes inputs of a body. `correctsClock`: the sender's clock is to be corrected by its `sentAt`.
   */
  parse(
    rawBody: Buffer,
    options: {
      readonly door: string;
      readonly shape: 'webhook' | 'batch' | CallType;
      readonly correctsClock: boolean;
      readonly receivedMs: number;
    },
  ): ParsedBody | { readonly kind: 'unreadable'; readonly message: string };
}

/** The calls of one body, sorted; `writeKey` is the one inside the body. */
export interface ParsedBody {
  readonly kind: 'parsed';
  readonly inputs: readonly Input[];
  readonly quarantined: readonly Quarantined[];
  readonly ignored: number;
  readonly writeKey: string | undefined;
}
