/** A call of the upgrade webhook that was begun: `unknown` was asked and not answered, and is never repeated. */
export interface UpgradeCall {
  readonly state: 'calling' | 'done' | 'unknown';
  readonly sinceMs: number;
}

/** What was done through the links of one decision's prompt. */
export interface DoneActs {
  /** Act (`go`, `dismiss.never`, `unsubscribe.all`...) to when it was first done, epoch ms. */
  readonly done: ReadonlyMap<string, number>;
  readonly upgrade: UpgradeCall | undefined;
}

/** The memory of links: makes a repeated click the same click, and an upgrade a single call. Kept longer than links live. */
export interface LinkActs {
  of(decisionId: string): Promise<DoneActs>;
  /** When this was first done, which is now for the first time, and whether it has been told on since. */
  begin(
    decisionId: string,
    act: string,
    nowMs: number,
  ): Promise<{ readonly timeMs: number; readonly isTold: boolean }>;
  /** The act has been told on: it need not be again. */
  finish(decisionId: string, act: string): Promise<void>;
  /** Takes the right to call the upgrade webhook: undefined for one of many who ask, the call that stands for the others. */
  claimUpgrade(decisionId: string, nowMs: number): Promise<UpgradeCall | undefined>;
  /** Writes what came of the call; `failed` gives the right back. */
  settleUpgrade(
    decisionId: string,
    outcome: 'done' | 'failed' | 'unknown',
    nowMs: number,
  ): Promise<void>;
}
