import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { Fault } from '../core/fault.ts';
import { holdoutShareOf } from '../core/model/holdout.ts';
import { policyNames } from '../simulate/policies.ts';
import { type Report, reportHtml, reportText } from '../simulate/report.ts';
import { summarize } from '../simulate/summary.ts';
import { runOnThreads } from '../simulate/threads.ts';
import { shippedWorlds, World } from '../simulate/world.ts';
import { loadPlaybook } from './load-playbook.ts';

/** What was asked for on the command line. */
export interface SimulateArgs {
  readonly accounts: number;
  readonly days: number;
  readonly seeds: number;
  readonly firstSeed: number;
  /** Names of worlds that come along, separated by commas; undefined: all. */
  readonly world: string | undefined;
  /** A JSON file of worlds instead. */
  readonly worlds: string | undefined;
  readonly report: string | undefined;
  readonly json: string | undefined;
  readonly playbook: string | undefined;
}

/** Where the command writes. `progress` is undefined where nobody watches. */
export interface SimulateIo {
  readonly stdout: (text: string) => void;
  readonly progress: ((text: string) => void) | undefined;
}

/**
 * `motisig simulate`: policies against each other in worlds whose truth is known, under the same luck. Economics and learning
 * are the playbook's. Prints the tables and writes the report; gives the exit code 0. Throws Fault('config_invalid') for
 * worlds that cannot be read.
 */
export async function runSimulate(args: SimulateArgs, io: SimulateIo): Promise<0> {
  const worlds = args.worlds === undefined ? shippedOf(args.world) : readWorlds(args.worlds);
  const { playbook } = loadPlaybook(args.playbook);
  const { economics, guardrails, learning } = playbook;
  const holdoutShare = holdoutShareOf(learning.holdoutShare, args.accounts);
  const { accounts, days } = args;
  const runs = worlds.flatMap((world) =>
    Array.from({ length: args.seeds }, (_, at) => ({
      world,
      seed: args.firstSeed + at,
      accounts,
      days,
      economics,
      guardrails,
      learning,
    })),
  );
  const tasks = runs.flatMap((settings) => policyNames.map((policy) => ({ policy, settings })));
  const outcomes = await runOnThreads(tasks, availableParallelism(), (done) =>
    io.progress?.(`\r\u001b[K${Math.floor((100 * done) / tasks.length)} % of ${runs.length} runs`),
  );
  const byRun = runs.map((_, at) =>
    outcomes.slice(at * policyNames.length, (at + 1) * policyNames.length),
  );
  io.progress?.('\r\u001b[K');
  const report: Report = {
    accounts,
    days,
    seeds: args.seeds,
    firstSeed: args.firstSeed,
    holdoutShare,
    worlds: worlds.map((world, at) => ({
      world,
      policies: summarize(byRun.slice(at * args.seeds, (at + 1) * args.seeds)),
    })),
  };
  io.stdout(reportText(report));
  if (args.report !== undefined) {
    write(args.report, reportHtml(report));
  }
  if (args.json !== undefined) {
    write(args.json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  return 0;
}

function shippedOf(names: string | undefined): readonly World[] {
  return (names?.split(',') ?? shippedWorlds.map(({ name }) => name)).map((name) => {
    const found = shippedWorlds.find((world) => world.name === name.trim());
    if (found === undefined) {
      const known = shippedWorlds.map((world) => world.name).join(', ');
      throw new Fault(
        'config_invalid',
        'never',
        `There is no world ${name}; name some of ${known}.`,
      );
    }
    return found;
  });
}

/** One world, or a list of them. What a world leaves out is as in the world `base`. */
function readWorlds(file: string): readonly World[] {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Fault(
      'config_invalid',
      'never',
      `Cannot read worlds from ${file}; name a file that holds a JSON list of worlds.`,
      error,
    );
  }
  const parsed = z
    .array(World)
    .min(1)
    .safeParse(Array.isArray(value) ? value : [value]);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Fault(
      'config_invalid',
      'never',
      `${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'cannot be read'}. docs/simulate.md names the fields of a world.`,
    );
  }
  return parsed.data;
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new Fault(
      'config_invalid',
      'never',
      `Cannot write ${file}; name a file in a folder that exists.`,
      error,
    );
  }
}
