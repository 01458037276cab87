import type { UsageEvent } from './stream.ts';

/** A track call as Segment's libraries send it, about 1 KB of JSON. */
export interface SegmentCall {
  readonly type: 'track';
  readonly messageId: string;
  readonly event: string;
  readonly userId: string;
  readonly timestamp: string;
  readonly sentAt: string;
  readonly properties: Readonly<Record<string, string | number | boolean>>;
  readonly context: { readonly groupId: string; readonly [name: string]: unknown };
}

/** The call of a usage event, with what real calls carry and no rule reads. */
export function toSegmentCall(event: UsageEvent): SegmentCall {
  const timestamp = new Date(event.timeMs).toISOString();
  return {
    type: 'track',
    messageId: event.messageId,
    event: event.name,
    userId: event.userId,
    timestamp,
    sentAt: timestamp,
    properties: {
      source: 'web-app',
      section: 'workspace-overview',
      template: 'quarterly-revenue-by-region',
      rows: 1284,
      columns: 17,
      duration_ms: 842,
      is_shared: true,
      format: 'table',
    },
    context: {
      groupId: event.accountId,
      library: { name: '@segment/analytics-node', version: '3.1.0' },
      ip: '203.0.113.42',
      locale: 'en-GB',
      timezone: 'Europe/Vienna',
      userAgent:
        'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
      page: {
        path: '/workspaces/overview/reports',
        referrer: 'https://app.example.com/workspaces/overview',
        search: '?range=quarter&compare=previous',
        title: 'Reports of the workspace',
        url: 'https://app.example.com/workspaces/overview/reports?range=quarter&compare=previous',
      },
      screen: { width: 1512, height: 982, density: 2 },
    },
  };
}
