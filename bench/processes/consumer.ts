import { setTimeout as delay } from 'node:timers/promises';
import type { Playbook } from '../../src/core/playbook.ts';
import { answer } from '../harness/answer.ts';
import { firedIn, hashOf } from '../workload/output.ts';
import { playbookOf } from '../workload/playbook.ts';
import { createRules, type Rules } from '../workload/rules.ts';
import { accountsOf, createStream, type UsageEvent } from '../workload/stream.ts';
import { StreamParams } from '../workload/stream-params.ts';
import { type BenchHub, startBenchHub } from './bench-hub.ts';
import { ConsumerStart, type Outputs, OutputsOf, StreamPart } from './consumer-params.ts';
import { hubOutputs } from './hub-outputs.ts';
import { inputsOf } from './inputs-of.ts';
import { type LaneFeed, openLaneFeed } from './lane-feed.ts';
import { untilIdle } from './until-idle.ts';

/*
 * The hub's worker as a contestant of the consume benchmarks: a whole hub in the role `worker`, fed with jobs as the inbox
 * makes them. Answers the same questions as `ordinary.ts`.
 */

interface Started extends BenchHub {
  readonly rules: Rules;
  readonly playbook: Playbook;
  readonly feed: LaneFeed;
}

let running: Started | undefined;
let stream: readonly UsageEvent[] = [];
let goal = 0;

function started(): Started {
  if (running === undefined) {
    throw new Error('Ask to start first.');
  }
  return running;
}

answer({
  async start(params) {
    const { path, ...wanted } = ConsumerStart.parse(params);
    const rules = createRules(wanted);
    const playbook = playbookOf(rules);
    const bench = await startBenchHub({ role: 'worker', path, durability: 'standard', playbook });
    running = { ...bench, rules, playbook, feed: await openLaneFeed(path) };
  },
  async prepare(params) {
    stream = createStream(StreamParams.parse(params));
    started().channelMs.length = 0;
  },
  async fill(params) {
    const { from, to } = StreamPart.parse(params);
    const { feed, playbook, counted } = started();
    await feed.pause();
    goal = (await counted()) + (to - from);
    await feed.fill(inputsOf(stream.slice(from, to), playbook));
  },
  async drain() {
    const { hub, feed, counted } = started();
    const startedMs = performance.now();
    await feed.resume();
    while ((await counted()) < goal) {
      await delay(5);
    }
    // What the events led to (new persons, prompts, their answers) belongs to the work.
    await untilIdle(hub);
    return (performance.now() - startedMs) / 1_000;
  },
  async outputs(params): Promise<Outputs> {
    const { label, accounts, nowMs } = OutputsOf.parse(params);
    const { hub, rules, playbook, channelMs } = started();
    const outputs = await hubOutputs(hub, rules, playbook, accountsOf({ label, accounts }), nowMs);
    return { hash: hashOf(outputs), fired: firedIn(outputs), prompts: channelMs.length };
  },
});
