import { z } from 'zod';
import { answer } from '../harness/answer.ts';
import { quantile } from '../harness/rounds.ts';
import { playbookOf } from '../workload/playbook.ts';
import { createRules } from '../workload/rules.ts';
import { type BenchHub, startBenchHub } from './bench-hub.ts';
import { untilIdle } from './until-idle.ts';

/* A hub under test: the door (`api`) or the worker of the whole path. */

const Start = z.object({
  role: z.enum(['api', 'worker']),
  path: z.string(),
  durability: z.enum(['standard', 'strict']),
  valueAtLeast: z.number(),
});

let running: BenchHub | undefined;

function started(): BenchHub {
  if (running === undefined) {
    throw new Error('Ask to start first.');
  }
  return running;
}

answer({
  /** Gives the port of the hub's HTTP server. */
  async start(params) {
    const { valueAtLeast, ...settings } = Start.parse(params);
    running = await startBenchHub({
      ...settings,
      playbook: playbookOf(createRules({ triggers: 20, valueAtLeast })),
    });
    return Number(new URL(running.hub.url).port);
  },
  /** Resolves when everything that was taken in has been worked off. */
  async idle() {
    await untilIdle(started().hub);
  },
  /** Quantiles of the times since the last time this was asked. */
  async latencies() {
    const { decisionMs, channelMs } = started();
    return {
      decision: quantilesOf(decisionMs.splice(0)),
      channel: quantilesOf(channelMs.splice(0)),
    };
  },
});

function quantilesOf(values: readonly number[]): {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
} {
  return { count: values.length, p50: quantile(values, 0.5), p99: quantile(values, 0.99) };
}
