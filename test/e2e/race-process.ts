import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { until } from '../until.ts';

/** What a process of the race is told; `test/e2e/race-hubs.ts` reads it. */
export interface RaceHubsOptions {
  readonly role: 'api' | 'worker';
  /** Hubs side by side in the process. */
  readonly hubs: number;
  readonly lanes: number;
  readonly redisPath: string;
  readonly playbookFile: string;
  readonly publicUrl?: string;
  readonly intercom: { readonly url: string; readonly clientSecret: string };
  readonly sendgrid: { readonly url: string; readonly publicKey: string };
}

/** Some hubs in a process of their own, on a clock that the test moves. */
export interface RaceProcess extends AsyncDisposable {
  /** Where its hubs listen now. */
  urls(): readonly string[];
  /** SIGKILL by its own pid. */
  kill(): Promise<void>;
  /** A new process in place of the killed one; resolves when its hubs listen. */
  start(): Promise<void>;
  /** Moves its clock; resolves when that holds. */
  moveTo(aheadMs: number): Promise<void>;
}

const Said = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('listening'), urls: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('moved'), aheadMs: z.number() }),
]);

/** A process that is busy, on a machine that is busy as well, may take long to start or to hear. */
const patienceMs = 90_000;

/** Starts a process whose hubs listen when this resolves. `aheadMs` says how far they live in the future at each start. */
export async function startRaceProcess(
  options: RaceHubsOptions,
  aheadMs: () => number,
): Promise<RaceProcess> {
  let child: ChildProcess | undefined;
  let urls: readonly string[] = [];
  let moved: number | undefined;
  let words = '';

  const kill = async (): Promise<void> => {
    const ending = child;
    child = undefined;
    if (ending !== undefined && ending.exitCode === null && ending.signalCode === null) {
      const ended = once(ending, 'exit');
      ending.kill('SIGKILL');
      await ended;
    }
  };
  const hear = async (what: string, look: () => boolean): Promise<void> => {
    await until(
      () => `${what}; a process of the race said: ${words}`,
      () => {
        if (child === undefined || child.exitCode !== null) {
          throw new Error(`a process of the race ended by itself: ${words}`);
        }
        return look();
      },
      patienceMs,
    );
  };
  const start = async (): Promise<void> => {
    urls = [];
    moved = undefined;
    const born = fork(
      join(import.meta.dirname, 'race-hubs.ts'),
      [JSON.stringify({ ...options, aheadMs: aheadMs() })],
      { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] },
    );
    child = born;
    born.on('message', (message) => {
      const said = Said.parse(message);
      if (said.kind === 'listening') {
        ({ urls } = said);
      } else {
        moved = said.aheadMs;
      }
    });
    const listen = (chunk: Buffer): void => {
      words = `${words}${chunk.toString()}`.slice(-4000);
    };
    born.stdout?.on('data', listen);
    born.stderr?.on('data', listen);
    await hear('hubs to listen', () => urls.length === options.hubs);
  };

  await start();
  return {
    urls: () => urls,
    kill,
    start,
    async moveTo(toMs) {
      child?.send({ aheadMs: toMs });
      await hear('a clock to be moved', () => moved === toMs);
    },
    [Symbol.asyncDispose]: kill,
  };
}
