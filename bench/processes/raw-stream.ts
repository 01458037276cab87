import { z } from 'zod';
import type { Input } from '../../src/core/input.ts';
import { fromWire, toWire, type WireInput } from '../../src/inbox/wire.ts';
import { createRedis, type RedisConnection, whenReady } from '../../src/store/connection.ts';
import { answer } from '../harness/answer.ts';
import { playbookOf } from '../workload/playbook.ts';
import { createRules } from '../workload/rules.ts';
import { createStream } from '../workload/stream.ts';
import { StreamParams } from '../workload/stream-params.ts';
import { ConsumerStart, StreamPart } from './consumer-params.ts';
import { inputsOf } from './inputs-of.ts';

/*
 * The limit of consuming: a stream of Redis whose entries are packed as the hub's jobs are, read by a consumer group, taken
 * apart and acknowledged, and nothing done with it. No queue and no work can be faster. Answers the questions of
 * `consumer.ts` but for the outputs: there are none.
 */

const key = 'raw';
const group = 'readers';
/** Inputs of one entry, and entries of one read: about what a lane's job holds, and as many as the hub has lanes. */
const entrySize = 150;
const entriesPerRead = 8;

const Read = z
  .tuple([z.tuple([z.string(), z.array(z.tuple([z.string(), z.tuple([z.string(), z.string()])]))])])
  .nullable();

let redis: RedisConnection | undefined;
let playbook = playbookOf(createRules({ triggers: 20 }));
let inputs: readonly Input[] = [];
let copies = 1;
let taken = 0;

function started(): RedisConnection {
  if (redis === undefined) {
    throw new Error('Ask to start first.');
  }
  return redis;
}

answer({
  async start(params) {
    const { path, copies: wanted, ...rules } = ConsumerStart.parse(params);
    playbook = playbookOf(createRules(rules));
    copies = wanted;
    redis = createRedis({ path }, 'producer');
    await whenReady(redis, { path });
    await redis.xgroup('CREATE', key, group, '$', 'MKSTREAM');
  },
  async prepare(params) {
    inputs = inputsOf(createStream(StreamParams.parse(params)), playbook);
  },
  async fill(params) {
    const { from, to } = StreamPart.parse(params);
    const some = inputs.slice(from, to).map(toWire);
    for (let copy = 0; copy < copies; copy += 1) {
      for (let at = 0; at < some.length; at += entrySize) {
        const packed = JSON.stringify(some.slice(at, at + entrySize));
        await started().xadd(key, '*', 'inputs', packed);
      }
    }
  },
  async drain() {
    const startedMs = performance.now();
    for (let entries = await read(); entries.length > 0; entries = await read()) {
      for (const [, [, packed]] of entries) {
        const wires: readonly WireInput[] = JSON.parse(packed);
        taken += wires.map(fromWire).length;
      }
      await started().xack(key, group, ...entries.map(([id]) => id));
    }
    return (performance.now() - startedMs) / 1_000;
  },
  /** How many inputs were taken since the start. */
  async taken() {
    return taken;
  },
});

/** The next entries; none when everything was read. */
async function read() {
  const reply = await started().xreadgroup(
    'GROUP',
    group,
    'reader',
    'COUNT',
    entriesPerRead,
    'STREAMS',
    key,
    '>',
  );
  return Read.parse(reply)?.[0][1] ?? [];
}
