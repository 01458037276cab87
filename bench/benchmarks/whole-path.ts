import { z } from 'zod';
import type { BenchRedis } from '../harness/bench-redis.ts';
import { type Child, startChild } from '../harness/child.ts';
import type { Closing } from '../harness/closing.ts';

/** A hub as it runs in production: a process that accepts and a process that works, on one Redis, with a load generator. */
export interface WholePath {
  readonly load: Child;
  readonly api: Child;
  readonly worker: Child;
  readonly redis: BenchRedis;
  /** Where the api listens. */
  readonly port: number;
  /** Resolves when everything that was accepted has been worked off. */
  idle(): Promise<void>;
}

/** Starts all of it; `stack` stops it again. */
export async function startWholePath(
  stack: Closing,
  redis: BenchRedis,
  valueAtLeast: number,
  profileFolder: string | undefined,
): Promise<WholePath> {
  const load = stack.use(startChild('load'));
  const api = stack.use(startChild('hub', profileFolder));
  const worker = stack.use(startChild('hub', profileFolder));
  const settings = { path: redis.target.path, durability: 'standard', valueAtLeast };
  const port = await api.ask('start', z.number(), { ...settings, role: 'api' });
  await worker.ask('start', z.number(), { ...settings, role: 'worker' });
  return { load, api, worker, redis, port, idle: () => worker.ask('idle', z.undefined()) };
}
