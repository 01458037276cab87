import { expect, it } from 'vitest';
import { runScript, setupFile } from './in-project.ts';

/** A script that runs a program by the set-up's runChild, and says what became of it. */
const running = (program: string, options = '{}'): string => `
  import { runChild } from ${JSON.stringify(setupFile('child.mjs'))};
  const exitCode = await runChild(process.execPath, ${program}, ${options});
  console.log('exit code ' + exitCode);
`;

const program = (script: string): string => `['-e', ${JSON.stringify(script)}]`;

/** Counts how often it is told to stop, and ends half a second after the first time. */
const counting = program(`
  let told = 0;
  process.on('SIGINT', () => {
    told += 1;
    console.log('stopping');
    if (told === 1) setTimeout(() => { console.log('told ' + told); process.exit(7); }, 500);
  });
  setInterval(() => {}, 1000);
  console.log('waiting');
`);

it('tells the program once when both the terminal and npm pass on one Ctrl-C, and gives its exit code', async () => {
  await using script = runScript(running(counting));
  await script.says('waiting');
  process.kill(script.pid, 'SIGINT');
  // Two at the very same time would be one for the system already.
  await script.says('stopping');
  process.kill(script.pid, 'SIGINT');
  expect((await script.ended).output).toBe('waiting\nstopping\ntold 1\nexit code 7\n');
});

it('gives 128 and the number of the signal that ended the program', async () => {
  await using script = runScript(running(program(`process.kill(process.pid, 'SIGKILL')`)));
  expect((await script.ended).output).toBe('exit code 137\n');
});

it('asks the program to stop in order when the terminal is closed', async () => {
  const polite = program(`
    process.on('SIGTERM', () => { console.log('stopped in order'); process.exit(0); });
    setInterval(() => {}, 1000);
    console.log('waiting');
  `);
  await using script = runScript(running(polite));
  await script.says('waiting');
  process.kill(script.pid, 'SIGHUP');
  expect((await script.ended).output).toBe('waiting\nstopped in order\nexit code 0\n');
});

const withLifeline = `['--import', ${JSON.stringify(setupFile('lifeline.mjs'))}, '-e', ${JSON.stringify(`
  process.on('SIGTERM', () => { console.log('stopped in order'); process.exit(0); });
  setInterval(() => {}, 1000);
  console.log('waiting');
`)}]`;

it('leaves no program behind when it is killed itself', async () => {
  await using script = runScript(running(withLifeline, '{ lifeline: true }'));
  await script.says('waiting');
  process.kill(script.pid, 'SIGKILL');
  // The output closes when the program, which writes to it too, has ended.
  expect((await script.ended).output).toBe('waiting\nstopped in order\n');
});

it('lets a program that has nothing more to do end, although it holds the lifeline', async () => {
  const short = `['--import', ${JSON.stringify(setupFile('lifeline.mjs'))}, '-e', 'console.log("done")']`;
  await using script = runScript(running(short, '{ lifeline: true }'));
  expect((await script.ended).output).toBe('done\nexit code 0\n');
});

it('stops the program when the npm that started it is gone without a word', async () => {
  const setUp = running(withLifeline, '{ lifeline: true }');
  // Stands for npm: starts the set-up, and is killed.
  await using npm = runScript(`
    import { spawn } from 'node:child_process';
    const env = { ...process.env, npm_lifecycle_event: 'start' };
    spawn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(setUp)}], { env, stdio: 'inherit' });
  `);
  await npm.says('waiting');
  process.kill(npm.pid, 'SIGKILL');
  expect((await npm.ended).output).toBe('waiting\nstopped in order\nexit code 0\n');
});

it('starts nothing more after a Ctrl-C', async () => {
  await using script = runScript(`
    import { runStep, Interrupted } from ${JSON.stringify(setupFile('child.mjs'))};
    const step = (script) => runStep(process.execPath, ['-e', script]);
    try {
      await step('console.log("first"); setInterval(() => {}, 1000)');
      await step('console.log("second")');
    } catch (error) {
      console.log(error instanceof Interrupted ? error.exitCode : error);
    }
  `);
  await script.says('first');
  process.kill(script.pid, 'SIGINT');
  expect((await script.ended).output).toBe('first\n130\n');
});
