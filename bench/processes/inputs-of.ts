import { createSegmentConnector } from '../../connectors/segment/index.ts';
import type { Input } from '../../src/core/input.ts';
import type { Playbook } from '../../src/core/playbook.ts';
import { benchSecrets } from '../load/requests.ts';
import { toSegmentCall } from '../workload/segment-call.ts';
import type { UsageEvent } from '../workload/stream.ts';

/** The inputs that the hub's own connector makes of the events' calls. */
export function inputsOf(events: readonly UsageEvent[], playbook: Playbook): readonly Input[] {
  const { sharedSecret, bearerToken } = benchSecrets;
  const connector = createSegmentConnector({ sharedSecret, bearerToken }, playbook);
  const body = Buffer.from(JSON.stringify({ batch: events.map(toSegmentCall) }));
  const options = {
    door: 'tracking_api',
    shape: 'batch',
    correctsClock: false,
    receivedMs: Date.now(),
  } as const;
  const parsed = connector.parse(body, options);
  if (parsed.kind === 'unreadable' || parsed.inputs.length !== events.length) {
    throw new Error('The connector does not take the events of the benchmark.');
  }
  return parsed.inputs;
}
