import { setTimeout as delay } from 'node:timers/promises';
import { answer } from '../harness/answer.ts';
import { type OrdinaryBuild, startOrdinaryBuild } from '../ordinary/build.ts';
import { ordinaryOutputs } from '../ordinary/outputs.ts';
import { firedIn, hashOf } from '../workload/output.ts';
import { createRules } from '../workload/rules.ts';
import { toSegmentCall } from '../workload/segment-call.ts';
import { accountsOf, createStream, type UsageEvent } from '../workload/stream.ts';
import { StreamParams } from '../workload/stream-params.ts';
import { ConsumerStart, type Outputs, OutputsOf, StreamPart } from './consumer-params.ts';

/* The ordinary build as a contestant of the consume benchmark; answers the same questions as `consumer.ts`. */

let build: OrdinaryBuild | undefined;
let rules = createRules({ triggers: 20 });
let prompts = 0;
let stream: readonly UsageEvent[] = [];
let goal = 0;

function started(): OrdinaryBuild {
  if (build === undefined) {
    throw new Error('Ask to start first.');
  }
  return build;
}

answer({
  async start(params) {
    const { path, ...wanted } = ConsumerStart.parse(params);
    rules = createRules(wanted);
    build = await startOrdinaryBuild(path, rules, async () => {
      prompts += 1;
    });
  },
  async prepare(params) {
    stream = createStream(StreamParams.parse(params));
    prompts = 0;
  },
  async fill(params) {
    const { from, to } = StreamPart.parse(params);
    const ordinary = started();
    await ordinary.pause();
    goal = ordinary.finished + (to - from);
    await ordinary.enqueue(stream.slice(from, to).map(toSegmentCall));
  },
  async drain() {
    const ordinary = started();
    const startedMs = performance.now();
    await ordinary.resume();
    while (ordinary.finished < goal) {
      await delay(5);
    }
    return (performance.now() - startedMs) / 1_000;
  },
  async outputs(params): Promise<Outputs> {
    const { label, accounts, nowMs } = OutputsOf.parse(params);
    const outputs = await ordinaryOutputs(
      started().redis,
      rules,
      accountsOf({ label, accounts }),
      nowMs,
    );
    return { hash: hashOf(outputs), fired: firedIn(outputs), prompts };
  },
});
