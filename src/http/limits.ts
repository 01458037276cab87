/** What the ingest doors put up with. */
export interface HttpLimits {
  /**
   * Size of a request's body as it comes over the line. Segment's batches have up to 4 MB (vendors:
   * Segment 1.2, 1.6).
   */
  readonly bodyBytesMax: number;
  /** Size of a compressed body once it is opened. */
  readonly openedBytesMax: number;
  /**
   * An answer that takes longer is 503: Segment itself gives up after 5 s (vendors: Segment 1.4).
   */
  readonly answerMsMax: number;
  /** Time to send a whole request, so that slow senders do not hold connections. */
  readonly requestMsMax: number;
}

/** Room for the largest batch that Segment sends, and an answer before it gives up. */
export const defaultLimits: HttpLimits = {
  bodyBytesMax: 8 * 1024 * 1024,
  openedBytesMax: 32 * 1024 * 1024,
  answerMsMax: 4_000,
  requestMsMax: 30_000,
};
