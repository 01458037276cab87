// A real worker process for the kill test: takes a job of lane 0, says so and never finishes it.
import { startLanes } from '../../src/jobs/lanes.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createRedis, whenReady } from '../../src/store/connection.ts';
import { createQuarantine } from '../../src/store/quarantine.ts';
import { keepingLog } from './quiet.ts';

const target = { path: process.argv[2] ?? '' };
const producer = createRedis(target, 'producer');
await whenReady(producer, target);
await startLanes({
  connection: createRedis(target, 'worker'),
  producer,
  lanes: 1,
  processBatch: () => {
    process.stdout.write('taken\n');
    return new Promise(() => {});
  },
  relay: { sweep: () => Promise.resolve(0) },
  quarantine: createQuarantine(producer),
  metrics: createMetrics(),
  log: keepingLog(),
});
