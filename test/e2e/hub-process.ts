import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { projectRoot } from './playbooks.ts';
import { keys } from './segment-client.ts';
import { until } from '../until.ts';

/** How a hub process is started: by the command that operators use, told by the environment. */
export interface HubProcessOptions {
  readonly role: 'api' | 'worker';
  readonly redisPath: string;
  readonly playbookFile: string;
  readonly intercomUrl: string;
  readonly dataDir: string;
  readonly lanes: number;
}

/** A hub in a process of its own, at an address that stays the same from start to start. */
export interface HubProcess extends AsyncDisposable {
  readonly url: string;
  /** How often it was killed. */
  readonly kills: number;
  isReady(): Promise<boolean>;
  /** SIGKILL by its own pid, then at once a new one in its place. */
  killAndRestart(): Promise<void>;
  /** The end of what it wrote, for a failing test. */
  lastWords(): string;
}

/** Starts the process; it is ready some seconds later. Ended with the test at the latest. */
export async function startHubProcess(options: HubProcessOptions): Promise<HubProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let words = '';
  const start = (): ChildProcess => {
    const child = spawn(
      process.execPath,
      [join(projectRoot, 'src', 'main.ts'), 'start', '--role', options.role],
      {
        cwd: options.dataDir,
        env: environment(options, port),
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const listen = (chunk: Buffer): void => {
      words = `${words}${chunk.toString()}`.slice(-4000);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    return child;
  };
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  };
  const endWithTests = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', endWithTests);
  let child = start();
  let kills = 0;
  return {
    url,
    get kills() {
      return kills;
    },
    async isReady() {
      if (child.exitCode !== null) {
        throw new Error(`a hub process ended by itself: ${words}`);
      }
      const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) }).catch(
        () => undefined,
      );
      return response?.status === 200;
    },
    async killAndRestart() {
      await end();
      kills += 1;
      child = start();
    },
    lastWords: () => words,
    async [Symbol.asyncDispose]() {
      process.off('exit', endWithTests);
      await end();
    },
  };
}

/** Waits until a process takes requests. */
export async function ready(one: HubProcess, withinMs = 30_000): Promise<void> {
  await until(
    () => `a hub process to be ready; it said: ${one.lastWords()}`,
    () => one.isReady(),
    withinMs,
  );
}

function environment(options: HubProcessOptions, port: number): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'] ?? '',
    HOST: '127.0.0.1',
    PORT: String(port),
    REDIS_URL: `unix:${options.redisPath}`,
    LANES: String(options.lanes),
    PLAYBOOK: options.playbookFile,
    MODE: 'live',
    DATA_DIR: options.dataDir,
    SEGMENT_WRITE_KEYS: keys.writeKey,
    SEGMENT_SHARED_SECRET: keys.sharedSecret,
    SEGMENT_BEARER_TOKEN: keys.bearerToken,
    ADMIN_TOKEN: keys.adminToken,
    INTERCOM_ACCESS_TOKEN: 'e2e-intercom-token',
    INTERCOM_BASE_URL: options.intercomUrl,
    // Nothing here is e-mailed, and a stand-in of SendGrid beside each process might meet a port in use.
    SENDGRID_API_KEY: 'SG.e2e',
    SENDGRID_FROM: 'hub@example.com',
    SENDGRID_BASE_URL: 'http://127.0.0.1:9',
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') {
    throw new Error('the machine gave no port');
  }
  return address.port;
}
