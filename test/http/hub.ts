import type { FastifyInstance } from 'fastify';
import { createSegmentConnector } from '../../connectors/segment/index.ts';
import type { Input } from '../../src/core/input.ts';
import type { Accepted, Inbox, Quarantined } from '../../src/core/ports.ts';
import { createHttp, type HttpDeps } from '../../src/http/create-http.ts';
import { createFeedbackRoad } from '../../src/inbox/feedback-road.ts';
import type { LinkDesk } from '../../src/links/desk.ts';
import { createMetrics, type Metrics } from '../../src/metrics.ts';
import type { Switchboard } from '../../src/switches.ts';
import { playbookFor } from '../connectors/segment/playbook.ts';

export const sharedSecret = 's3cret';
export const bearerToken = 'BTOK';
export const adminToken = 'admin-token';
/** The keys of the captured clients and one that looks like Jitsu's. */
export const writeKeys = ['wk_test', 'wk_browser', 'keyid:secret'];

/** An inbox in memory. `answers` is what it says next time; an Error is thrown. */
export class MemoryInbox implements Inbox {
  readonly inputs: Input[] = [];
  readonly quarantined: Quarantined[] = [];
  answers: Accepted | Error | 'never' = { kind: 'stored' };

  async accept(inputs: readonly Input[], quarantined: readonly Quarantined[]): Promise<Accepted> {
    if (this.answers instanceof Error) {
      throw this.answers;
    }
    if (this.answers === 'never') {
      return new Promise(() => undefined);
    }
    if (this.answers.kind === 'stored') {
      this.inputs.push(...inputs);
      this.quarantined.push(...quarantined);
    }
    return this.answers;
  }
}

/** No link was ever made in these tests: the desk that every door of links has. */
const noLinks: LinkDesk = {
  show: async () => ({ status: 404, text: '' }),
  press: async () => ({ status: 404, text: '' }),
};

/** Nothing is stopped in these tests. */
const noSwitches: Switchboard = {
  stop: async () => ({ kind: 'wrong', message: '' }),
  resume: async () => ({ kind: 'wrong', message: '' }),
  read: async () => ({ paused: undefined, stopped: {}, spent: [] }),
};

/** The server with the real connector and an inbox in memory. */
export function startHub(changes: Partial<HttpDeps> = {}): {
  app: FastifyInstance;
  inbox: MemoryInbox;
  metrics: Metrics;
} {
  const inbox = new MemoryInbox();
  const metrics = createMetrics();
  const app = createHttp({
    segment: createSegmentConnector({ sharedSecret, bearerToken }, playbookFor()),
    inbox,
    connectors: [],
    road: createFeedbackRoad({ ledger: { read: async () => undefined }, inbox, metrics }),
    publicUrl: () => 'https://hub.example.com',
    links: noLinks,
    switches: noSwitches,
    clock: { nowMs: () => Date.UTC(2026, 10, 23, 12, 45) },
    metrics,
    log: false,
    writeKeys,
    adminToken,
    readiness: async () => ({ ready: true }),
    ...changes,
  });
  return { app, inbox, metrics };
}

/** Value of a metric with these labels; 0 when it was never counted. */
export async function counted(
  metric:
    | Metrics['requestsRefused']
    | Metrics['callsReceived']
    | Metrics['callsQuarantined']
    | Metrics['feedback']
    | Metrics['upgrades'],
  labels: Readonly<Record<string, string>>,
): Promise<number> {
  const { values } = await metric.get();
  const found = values.find((value) =>
    Object.entries(labels).every(([name, text]) =>
      Object.entries(value.labels).some(([label, held]) => label === name && held === text),
    ),
  );
  return found?.value ?? 0;
}
