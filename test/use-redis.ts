import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createRedis, type RedisConnection, whenReady } from '../src/store/connection.ts';
import { type RedisOptions, startRedis, type TestRedis } from './redis-server.ts';

/** What the tests of a file share. */
export interface OpenedRedis {
  readonly server: TestRedis;
  /** A connection that is ready, as stores and queues take it. */
  readonly redis: RedisConnection;
  /** A connection as BullMQ's workers take it. */
  readonly worker: RedisConnection;
}

/**
 * Gives a test file, or the `describe` that it is called in, a redis-server of its own: started once and handed to
 * `setUp`, emptied before each test, stopped after all. Hooks that the file adds later run after its start and before
 * its end.
 */
export function useRedis(
  setUp: (opened: OpenedRedis) => void | Promise<void>,
  options: RedisOptions = {},
): void {
  let opened: OpenedRedis | undefined;
  beforeAll(async () => {
    const server = await startRedis(options);
    const redis = createRedis(server, 'producer');
    opened = { server, redis, worker: createRedis(server, 'worker') };
    await whenReady(redis, server);
    await setUp(opened);
  });
  afterAll(async () => {
    opened?.redis.disconnect();
    opened?.worker.disconnect();
    await opened?.server.stop();
  });
  beforeEach(async () => {
    await opened?.redis.flushall();
  });
}
