import type { SegmentCall } from './segment-client.ts';

/** One `Report Created` as a product reports it: the nth of ten. */
export interface Report {
  readonly messageId: string;
  readonly userId: string;
  readonly accountId: string;
  readonly count: number;
  readonly timestamp: Date;
}

/** Ten reports of one user, a second apart, the last one a second ago: the playbook that ships prompts at the tenth. */
export function tenReports(
  accountId: string,
  userId: string,
  nowMs = Date.now(),
): readonly Report[] {
  return Array.from({ length: 10 }, (_, at) => ({
    messageId: `${accountId}.${userId}.report.${at + 1}`,
    userId,
    accountId,
    count: at + 1,
    timestamp: new Date(nowMs - 10_000 + at * 1_000),
  }));
}

/** The call that reports it. */
export function reportCall({
  messageId,
  userId,
  accountId,
  count,
  timestamp,
}: Report): SegmentCall {
  return {
    type: 'track',
    messageId,
    userId,
    event: 'Report Created',
    properties: { report_count: count, plan_limit: 10 },
    context: { groupId: accountId },
    timestamp: timestamp.toISOString(),
  };
}
