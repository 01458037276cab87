import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChecks } from './check.mjs';
import { Interrupted, runChild } from './child.mjs';
import { ensureNode24 } from './node24.mjs';
import { ensurePackages } from './packages.mjs';
import { ensureRedis } from './redis.mjs';
import { SetupError } from './setup-error.mjs';
import { withSetupLock } from './setup-lock.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const lifeline = new URL('./lifeline.mjs', import.meta.url).href;

/** What each command runs in the pinned Node, whether with the tools of development, and whether it starts a redis-server of ours. */
const commands = {
  start: {
    program: (args) => ['src/main.ts', 'start', ...args],
    withTools: false,
    startsRedis: () => !isRedisUrlSet(),
  },
  motisig: {
    program: (args) => ['src/main.ts', ...args],
    withTools: false,
    startsRedis: (args) => args[0] === 'start' && !isRedisUrlSet(),
  },
  test: {
    program: (args) => ['node_modules/vitest/vitest.mjs', 'run', ...args],
    withTools: true,
    startsRedis: () => true,
  },
  bench: {
    program: (args) => ['bench/run.ts', ...args],
    withTools: true,
    startsRedis: () => true,
  },
  check: { program: undefined, withTools: true, startsRedis: () => false },
};

/**
 * Installs what is missing, then runs the command (`start`, `motisig`, `test`, `bench` or `check`) with the arguments that
 * follow it. Gives the command's exit code; 1 with one sentence on stderr when the set-up fails, 2 for an unknown command,
 * 128 and the signal's number when it was interrupted.
 */
export async function runCommand([name = '', ...args]) {
  if (!Object.hasOwn(commands, name)) {
    process.stderr.write(
      `motisig: unknown command "${name}"; use one of ${Object.keys(commands).join(', ')}.\n`,
    );
    return 2;
  }
  const command = commands[name];
  try {
    const { node, redisFolder } = await withSetupLock(root, async () => {
      await ensurePackages(root, command.withTools);
      const found = await ensureNode24(root);
      return {
        node: found,
        redisFolder: command.startsRedis(args) ? await ensureRedis() : undefined,
      };
    });
    const env = environmentOf(node, redisFolder);
    return command.program === undefined
      ? await runChecks(root, node, env)
      : await runChild(node, ['--import', lifeline, ...command.program(args)], {
          cwd: root,
          env,
          lifeline: true,
        });
  } catch (error) {
    if (error instanceof Interrupted) {
      return error.exitCode;
    }
    if (error instanceof SetupError) {
      process.stderr.write(`motisig: ${error.message}\n`);
      return 1;
    }
    throw error;
  }
}

/** The environment, in which `node` is the pinned one and `redis-server` is found. */
function environmentOf(node, redisFolder) {
  const folders = [dirname(node), ...(redisFolder === undefined ? [] : [redisFolder])];
  const path = process.env['PATH'];
  return {
    ...process.env,
    PATH: [...folders, ...(path === undefined ? [] : [path])].join(delimiter),
  };
}

/** As the hub will see it: in the environment, or else in `.env`. */
function isRedisUrlSet() {
  if ((process.env['REDIS_URL'] ?? '') !== '') {
    return true;
  }
  try {
    return /^\s*(?:export\s+)?REDIS_URL\s*=\s*["']?[^\s"'#]/mu.test(
      readFileSync(join(root, '.env'), 'utf8'),
    );
  } catch {
    // No .env is the ordinary case; one that cannot be read is told by the hub itself.
    return false;
  }
}
