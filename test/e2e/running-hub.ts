import { pino } from 'pino';
import { createIntercomChannel, IntercomConfig } from '../../destinations/intercom/index.ts';
import { createHub, type Hub, type HubSettings } from '../../src/app.ts';
import { type IntercomSandbox, startIntercomSandbox } from '../../src/sandbox/intercom.ts';
import { type RedisOptions, startRedis, type TestRedis } from '../redis-server.ts';
import { keys } from './segment-client.ts';
import { until } from '../until.ts';

/** A whole hub of one test: a Redis of its own, a stand-in of Intercom, all roles in this process. */
export interface RunningHub extends AsyncDisposable {
  readonly hub: Hub;
  readonly redis: TestRedis;
  readonly intercom: IntercomSandbox;
  /** Waits until everything that was answered 200 has been worked off, deliveries included. */
  drained(withinMs?: number): Promise<void>;
}

/** What a test may choose. */
export interface RunningHubOptions
  extends Pick<HubSettings, 'playbook'>,
    Partial<Pick<HubSettings, 'clock' | 'mode' | 'lanes' | 'watchStore' | 'crm'>> {
  readonly redis?: RedisOptions;
  /** Longest wait for one answer of Intercom. */
  readonly intercomTimeoutMs?: number;
}

/** Starts a hub on free ports. Take it down with `await using`, or by its dispose in a teardown. */
export async function startHub(options: RunningHubOptions): Promise<RunningHub> {
  await using started = new AsyncDisposableStack();
  const redis = started.use(await startRedis(options.redis));
  const intercom = await startIntercomSandbox({
    host: '127.0.0.1',
    port: 0,
    dataDir: undefined,
    log: { info: () => {} },
  });
  started.defer(() => intercom.close());
  const config = IntercomConfig.parse({
    accessToken: 'e2e-intercom-token',
    baseUrl: intercom.url,
    timeoutMs: options.intercomTimeoutMs ?? 10_000,
  });
  const hub = await createHub({
    role: 'all',
    redis: { path: redis.path },
    durability: 'standard',
    lanes: options.lanes ?? 4,
    host: '127.0.0.1',
    port: 0,
    mode: options.mode ?? 'live',
    playbook: options.playbook,
    secrets: {
      sharedSecret: keys.sharedSecret,
      bearerToken: keys.bearerToken,
      writeKeys: [keys.writeKey],
      adminToken: keys.adminToken,
      linkSecret: keys.linkSecret,
    },
    publicUrl: 'https://hub.example.com',
    channels: [createIntercomChannel(config)],
    clock: options.clock ?? { nowMs: () => Date.now() },
    log: pino({ level: 'silent' }),
    ...(options.crm === undefined ? {} : { crm: options.crm }),
    ...(options.watchStore === undefined ? {} : { watchStore: options.watchStore }),
  });
  started.defer(() => hub.stop());
  const all = started.move();
  return {
    hub,
    redis,
    intercom,
    async drained(withinMs = 20_000) {
      // Twice: between two counts of one look, work may pass from a place not yet looked at to one that was.
      const isIdle = async (): Promise<boolean> =>
        (await hub.backlog()) === 0 && (await hub.backlog()) === 0;
      await until('the hub to work off everything', isIdle, withinMs);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
