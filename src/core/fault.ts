/** What went wrong, for programs. Every code has one meaning; see the throwing place for the sentence people read. */
export type FaultCode =
  | 'config_invalid'
  | 'environment_invalid'
  | 'store_unreachable'
  | 'store_unsuitable'
  | 'state_unreadable'
  | 'inbox_full'
  | 'past_in_progress'
  | 'vendor_unreachable'
  | 'vendor_contract_broken';

/**
 * A fault that is thrown: not an expected outcome (those are unions). `retry: 'later'` means that the same call may
 * succeed when the world has changed, `'never'` that somebody must change something first. The message says what was
 * tried, on what, and what follows; it never holds a key, an e-mail address or a body.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly retry: 'later' | 'never';

  constructor(code: FaultCode, retry: Fault['retry'], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.retry = retry;
  }
}
