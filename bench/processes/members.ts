import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { checkPlaybook } from '../../config/check.ts';
import type { EventInput } from '../../src/core/input.ts';
import type { Rules } from '../../src/core/account/advance.ts';
import type { Playbook } from '../../src/core/playbook.ts';
import { type ProcessDeps, processBatch } from '../../src/jobs/process-batch.ts';
import { allOn } from '../../src/core/controls.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createRedis, type RedisConnection, whenReady } from '../../src/store/connection.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { createStateStore } from '../../src/store/state-store.ts';
import { partitionOf } from '../../src/core/partition.ts';
import { effectId } from '../../src/core/input.ts';
import { answer } from '../harness/answer.ts';
import { createMemberUse, type MemberUse } from '../workload/members.ts';

/*
 * The hub's load, advance and commit of one account's events, one event at a time, under the playbook that ships. Without
 * queues, whose price does not depend on the account: what is left shows the account's size most.
 */

const Start = z.object({ path: z.string(), members: z.number(), nowMs: z.number() });
const Work = z.object({ events: z.number() });
const joinsPerBatch = 100;

interface Running {
  readonly redis: RedisConnection;
  readonly deps: ProcessDeps;
  readonly use: MemberUse;
}

let running: Running | undefined;

function started(): Running {
  if (running === undefined) {
    throw new Error('Ask to start first.');
  }
  return running;
}

answer({
  async start(params) {
    const { path, members, nowMs } = Start.parse(params);
    const redis = createRedis({ path }, 'producer');
    await whenReady(redis, { path });
    const deps = processing(redis, nowMs);
    const use = createMemberUse(`account-of-${members}`, members, nowMs);
    const joins = use.joins();
    for (let at = 0; at < joins.length; at += joinsPerBatch) {
      await processBatch(joins.slice(at, at + joinsPerBatch), deps);
    }
    running = { redis, deps, use };
  },
  async work(params) {
    const { deps, use } = started();
    const events: readonly EventInput[] = use.uses(Work.parse(params).events);
    const startedMs = performance.now();
    for (const event of events) {
      await processBatch([event], deps);
    }
    return (performance.now() - startedMs) / 1_000;
  },
});

function processing(redis: RedisConnection, nowMs: number): ProcessDeps {
  const clock = { nowMs: () => nowMs };
  const outbox = createOutbox(redis);
  const rules: Rules = { playbook: shippedPlaybook(), mode: 'live', controls: allOn };
  return {
    store: createStateStore(redis, clock),
    rules: () => rules,
    clock,
    metrics: createMetrics(),
    // What persons would be told is taken out as if it had been handed on.
    relay: (committed) =>
      outbox.remove(
        new Map(committed.map(({ unit, effects }) => [partitionOf(unit), effects.map(effectId)])),
      ),
    quarantine: async () => undefined,
  };
}

function shippedPlaybook(): Playbook {
  const file = new URL('../../config/playbooks/default.yaml', import.meta.url);
  const checked = checkPlaybook(readFileSync(file, 'utf8'), 'config/playbooks/default.yaml');
  if (checked.kind === 'invalid') {
    throw new Error('The playbook that ships does not pass its own check.');
  }
  return checked.playbook;
}
