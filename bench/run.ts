import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { accept } from './benchmarks/accept.ts';
import { bytes } from './benchmarks/bytes.ts';
import { consume } from './benchmarks/consume.ts';
import { crm } from './benchmarks/crm.ts';
import { decision } from './benchmarks/decision.ts';
import { latency } from './benchmarks/latency.ts';
import { members } from './benchmarks/members.ts';
import { redisCpu } from './benchmarks/redis-cpu.ts';
import { triggers } from './benchmarks/triggers.ts';
import type { Benchmark, Outcome } from './harness/benchmark.ts';
import { describeMachine, loadNow } from './harness/machine.ts';
import { createProgress } from './harness/progress.ts';
import { figuresText, machineText, marksText } from './harness/table.ts';

/*
 * `npm run bench [-- name...]`: measures the hub against its goals and prints the table (docs/benchmarks.md says how to
 * read it). Exit codes: 0 measured, whatever the verdicts; 1 something failed or the outputs differ; 2 wrong use.
 */

const benchmarks: readonly Benchmark[] = [
  ...[accept, consume, redisCpu, triggers, members, bytes, latency, decision, crm],
];
const usage = `npm run bench [-- [--quick] [--json <file>] [--profile <folder>] [name...]]; names: ${benchmarks.map(({ name }) => name).join(', ')}`;

interface Wanted {
  readonly chosen: readonly Benchmark[];
  readonly quick: boolean;
  readonly json: string | undefined;
  readonly profile: string | undefined;
}

function readArguments(): Wanted | string {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'string' },
        profile: { type: 'string' },
      },
    });
    const unknown = positionals.find((name) =>
      benchmarks.every((benchmark) => benchmark.name !== name),
    );
    if (unknown !== undefined) {
      return `There is no benchmark ${unknown}. ${usage}`;
    }
    const chosen = benchmarks.filter(
      ({ name }) => positionals.length === 0 || positionals.includes(name),
    );
    return { chosen, quick: values.quick, json: values.json, profile: values.profile };
  } catch (error) {
    return `${error instanceof Error ? error.message : 'The arguments cannot be read.'} ${usage}`;
  }
}

async function runAll({ chosen, quick, json, profile }: Wanted): Promise<void> {
  if (profile !== undefined) {
    mkdirSync(profile, { recursive: true });
  }
  const machine = describeMachine();
  process.stdout.write(machineText(machine));
  const outcomes: Record<string, Outcome> = {};
  for (const benchmark of chosen) {
    const progress = createProgress(process.stderr, benchmark.name);
    const rounds = quick ? 1 : 5;
    const outcome = await benchmark.run({
      rounds,
      scale: quick ? 0.1 : 1,
      profileFolder: profile,
      progress,
    });
    progress.clear();
    outcomes[benchmark.name] = outcome;
    process.stdout.write(`\n${benchmark.name}\n`);
    if (outcome.figures.length > 0) {
      process.stdout.write(figuresText(outcome.figures));
    }
    process.stdout.write(outcome.notes.map((note) => `${note}\n`).join(''));
  }
  const marks = Object.values(outcomes).flatMap((outcome) => outcome.marks);
  process.stdout.write(`\n${marksText(marks)}load after the run: ${loadNow()}\n`);
  if (json !== undefined) {
    const taken = {
      takenAt: new Date().toISOString(),
      quick,
      machine,
      loadAfter: loadNow(),
      outcomes,
    };
    writeFileSync(json, `${JSON.stringify(taken, undefined, 2)}\n`);
  }
}

const wanted = readArguments();
if (typeof wanted === 'string') {
  process.stderr.write(`${wanted}\n`);
  process.exitCode = 2;
} else {
  try {
    await runAll(wanted);
  } catch (error) {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
