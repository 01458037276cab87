import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { SimulateArgs } from './cli/simulate.ts';
import { Fault } from './core/fault.ts';

/*
 * `motisig <command>`: reads the words of the command line, runs the command, and turns what goes wrong into one sentence
 * on stderr. Exit codes: 0 fine, 1 failed, 2 wrong use. Each command loads what it needs and no more: who stops the hub at
 * night waits for no e-mail layout.
 */

const wrongUse = 2;

const program = new Command('motisig')
  .description(
    'Watches product usage and triggers the right upsell or cross-sell at the right moment.',
  )
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /u, 'motisig: ')) });

program
  .command('start')
  .description('run the hub until Ctrl-C')
  .addOption(
    new Option('--role <role>', 'take events in (api), process and deliver them (worker), or both')
      .choices(['all', 'api', 'worker'] as const)
      .default('all'),
  )
  .action(async (options: { readonly role: 'all' | 'api' | 'worker' }) => {
    const { runStart } = await import('./cli/run-start.ts');
    process.exitCode = await runStart(options.role);
  });

program
  .command('check')
  .description('find every mistake in a playbook: file, line, field and the mend')
  .argument(
    '[playbook]',
    'the YAML file; default: the one that PLAYBOOK names, or the one that ships',
  )
  .option(
    '--against <events>',
    'also tell how often each rule would fire on a file of Segment calls, one JSON per line (.ndjson, .ndjson.gz)',
  )
  .action(async (file: string | undefined, { against }: { readonly against?: string }) => {
    const { readPlaces } = await import('./environment.ts');
    const named = file ?? readPlaces(process.env).playbook;
    const { runCheck } = await import('./cli/check.ts');
    process.exitCode = await runCheck(
      { against, ...(named === undefined ? {} : { file: named }) },
      {
        stdout: (text) => process.stdout.write(text),
        stderr: (text) => process.stderr.write(text),
      },
    );
  });

program
  .command('explain')
  .description('say why a prompt was, or was not, made')
  .argument('<id>', 'a decision id, an account id or a user id')
  .action(async (id: string) => {
    const { runExplain } = await import('./cli/run-explain.ts');
    process.exitCode = await runExplain(id);
  });

program
  .command('forget')
  .description('forget a user everywhere in the hub, for ever, and say what lives elsewhere')
  .argument('<userId>', 'the id under which events name the user')
  .action(async (userId: string) => {
    const { runForget } = await import('./cli/run-forget.ts');
    process.exitCode = await runForget(userId);
  });

program
  .command('unmapped')
  .description('list the events that came and that no rule of the playbook knows, with suggestions')
  .action(async () => {
    const { runUnmapped } = await import('./cli/run-unmapped.ts');
    process.exitCode = await runUnmapped();
  });

program
  .command('lift')
  .description('tell what the prompts brought, against accounts that were left alone')
  .action(async () => {
    const { runLift } = await import('./cli/run-lift.ts');
    process.exitCode = await runLift();
  });

program
  .command('backfill')
  .description(
    'learn from past events, of a time when nobody was asked, what accounts buy by themselves',
  )
  .argument('<events>', 'a file of Segment calls, one JSON per line (.ndjson, .ndjson.gz)')
  .option('--dry-run', 'only tell what would be learned', false)
  .action(async (file: string, options: { readonly dryRun: boolean }) => {
    const { runBackfill } = await import('./cli/run-backfill.ts');
    process.exitCode = await runBackfill(file, options);
  });

program
  .command('rebuild')
  .description('make the counters of learning anew from the log of decisions, and compare')
  .option('--write', 'put them in place of the live ones; stop the workers first')
  .action(async (options: { readonly write?: boolean }) => {
    const { runRebuild } = await import('./cli/run-rebuild.ts');
    process.exitCode = await runRebuild(options);
  });

program
  .command('decision-core')
  .description('work the decision model from outside: JSON lines in, JSON lines out')
  .action(async () => {
    const { runDecisionCore } = await import('./cli/decision-core.ts');
    process.exitCode = await runDecisionCore(process.stdin, process.stdout);
  });

program
  .command('simulate')
  .description('set policies against each other in worlds whose truth is known')
  .option('--accounts <number>', 'accounts of a world', wholeNumber(1, 100_000), 200)
  .option('--days <number>', 'days that they live through', wholeNumber(1, 3_650), 365)
  .option('--seeds <number>', 'how often, each time with other luck', wholeNumber(1, 10_000), 30)
  .option('--first-seed <number>', 'the first of these seeds', wholeNumber(1, 1_000_000), 1)
  .option('--world <names>', 'worlds that come along, separated by commas (default: all)')
  .option('--worlds <file>', 'a JSON file of worlds instead')
  .option('--report <file>', 'write a page with tables and plots')
  .option('--json <file>', 'write the numbers')
  .action(async (options: Omit<SimulateArgs, 'playbook'>) => {
    const { readPlaces } = await import('./environment.ts');
    const { runSimulate } = await import('./cli/simulate.ts');
    process.exitCode = await runSimulate(
      { ...options, playbook: readPlaces(process.env).playbook },
      {
        stdout: (text) => process.stdout.write(text),
        progress: process.stderr.isTTY ? (text) => process.stderr.write(text) : undefined,
      },
    );
  });

program
  .command('stop')
  .description('let no prompt leave any more, of any offer or of one; works at the next prompt')
  .argument('[offer]', 'the id of an offer; default: everything')
  .requiredOption('--why <reason>', 'one line, told wherever a prompt is refused for it')
  .action(async (offerId: string | undefined, options: { readonly why: string }) => {
    const { runStop } = await import('./cli/stop.ts');
    process.exitCode = await runStop(offerId, options.why);
  });

program
  .command('resume')
  .description('take a stop back')
  .argument('[offer]', 'the id of an offer; default: the stop of everything')
  .action(async (offerId: string | undefined) => {
    const { runResume } = await import('./cli/stop.ts');
    process.exitCode = await runResume(offerId);
  });

const print = {
  stdout: (text: string) => process.stdout.write(text),
  stderr: (text: string) => process.stderr.write(text),
};
const hubspot = program.command('hubspot').description('prepare HubSpot, and keep it right');

hubspot
  .command('provision')
  .description('make the properties and lists that the hub writes to; safe to run again')
  .option('--dry-run', 'only say what would be made', false)
  .action(async (options: { readonly dryRun: boolean }) => {
    const { runHubspotProvision } = await import('./cli/hubspot-provision.ts');
    process.exitCode = await runHubspotProvision(options, process.env, print);
  });

hubspot
  .command('reconcile')
  .description('compare every company with what it should be, and mend what differs')
  .option('--dry-run', 'only say what differs', false)
  .option('--recreate', 'also make again what somebody removed, and try what was refused', false)
  .action(async (options: { readonly dryRun: boolean; readonly recreate: boolean }) => {
    const { runHubspotReconcile } = await import('./cli/hubspot-reconcile.ts');
    process.exitCode = await runHubspotReconcile(options, process.env, print);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** One sentence on stderr; gives the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // Help and version have been printed, and a mistake has been told; an exit code of 1 there is wrong use.
    return error.exitCode === 0 ? 0 : wrongUse;
  }
  if (error instanceof Fault) {
    process.stderr.write(`motisig: ${error.message}\n`);
    return 1;
  }
  throw error;
}

/** Reads a whole number of an option; commander tells the mistake. */
function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`Write a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}
