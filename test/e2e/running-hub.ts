import { pino } from 'pino';
import { createIntercomPoll, IntercomPollConfig } from '../../connectors/intercom/index.ts';
import {
  createSendgridConnector,
  SendgridConnectorConfig,
} from '../../connectors/sendgrid/index.ts';
import { createIntercomChannel, IntercomConfig } from '../../destinations/intercom/index.ts';
import { createSegmentOutcomes, SegmentOutcomesConfig } from '../../destinations/segment/index.ts';
import { createSendgridChannel, SendgridConfig } from '../../destinations/sendgrid/index.ts';
import { createHub } from '../../src/app.ts';
import type { Hub, HubSettings } from '../../src/app/hub.ts';
import { type IntercomSandbox, startIntercomSandbox } from '../../src/sandbox/intercom.ts';
import { type SegmentSandbox, startSegmentSandbox } from '../../src/sandbox/segment.ts';
import { type SendgridSandbox, startSendgridSandbox } from '../../src/sandbox/sendgrid.ts';
import type { Clock, PromptChannel } from '../../src/core/ports.ts';
import { type RedisOptions, startRedis, type TestRedis } from '../redis-server.ts';
import { keys } from './segment-client.ts';
import { until } from '../until.ts';

/** A whole hub of one test: a Redis of its own, a stand-in of Intercom, all roles in this process. */
export interface RunningHub extends AsyncDisposable {
  readonly hub: Hub;
  readonly redis: TestRedis;
  readonly intercom: IntercomSandbox;
  /** There when the test asked for e-mails. */
  readonly sendgrid: SendgridSandbox | undefined;
  /** There when the test asked for outcomes. */
  readonly segment: SegmentSandbox | undefined;
  /** Waits until everything that was answered 200 has been worked off, deliveries included. */
  drained(withinMs?: number): Promise<void>;
}

/** What a test may choose. */
export interface RunningHubOptions
  extends Pick<HubSettings, 'playbook'>,
    Partial<
      Pick<
        HubSettings,
        'clock' | 'mode' | 'lanes' | 'watchStore' | 'connectors' | 'publicUrl' | 'crm' | 'polls'
      >
    > {
  readonly redis?: RedisOptions;
  /** Longest wait for one answer of Intercom. */
  readonly intercomTimeoutMs?: number;
  /** The stand-in tells the hub what people do, signed with this secret. Default: it tells nobody. */
  readonly intercomClientSecret?: string;
  /** A stand-in of SendGrid stands beside that of Intercom, and tells the hub what becomes of e-mails. Default: no. */
  readonly hasEmail?: boolean;
  /** A stand-in of Segment takes outcomes. Default: no. */
  readonly hasOutcomes?: boolean;
  /** Asks the stand-in so often for what its webhooks did not bring. Default: never. */
  readonly asksIntercomEveryMs?: number;
}

/** Starts a hub on free ports. Take it down with `await using`, or by its dispose in a teardown. */
export async function startHub(options: RunningHubOptions): Promise<RunningHub> {
  await using started = new AsyncDisposableStack();
  const redis = started.use(await startRedis(options.redis));
  const at: { hubUrl?: string } = {};
  const intercom = await startIntercomSandbox({
    host: '127.0.0.1',
    port: 0,
    dataDir: undefined,
    log: { info: () => {} },
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.intercomClientSecret === undefined
      ? {}
      : {
          webhooks: {
            clientSecret: options.intercomClientSecret,
            url: () => (at.hubUrl === undefined ? undefined : `${at.hubUrl}/webhooks/intercom`),
          },
        }),
  });
  started.defer(() => intercom.close());
  const clock = options.clock ?? { nowMs: () => Date.now() };
  const sendgrid =
    options.hasEmail === true
      ? await startSendgridSandbox({
          host: '127.0.0.1',
          port: 0,
          dataDir: undefined,
          webhookUrl: () =>
            at.hubUrl === undefined ? undefined : `${at.hubUrl}/webhooks/sendgrid`,
          log: { info: () => {} },
          clock,
        })
      : undefined;
  if (sendgrid !== undefined) {
    started.defer(() => sendgrid.close());
  }
  const segment =
    options.hasOutcomes === true
      ? await startSegmentSandbox({
          host: '127.0.0.1',
          port: 0,
          dataDir: undefined,
          log: { info: () => {} },
          clock,
        })
      : undefined;
  if (segment !== undefined) {
    started.defer(() => segment.close());
  }
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
    publicUrl: 'publicUrl' in options ? options.publicUrl : 'https://hub.example.com',
    channels: [
      createIntercomChannel(config),
      ...(sendgrid === undefined ? [] : [emailChannelOf(sendgrid, clock)]),
    ],
    ...(segment === undefined
      ? {}
      : {
          outcomes: createSegmentOutcomes(
            SegmentOutcomesConfig.parse({ writeKey: 'e2e-outcomes', host: segment.url }),
            { clock },
          ),
        }),
    clock,
    log: pino({ level: 'silent' }),
    connectors: [
      ...(options.connectors ?? []),
      ...(sendgrid === undefined
        ? []
        : [
            createSendgridConnector(
              SendgridConnectorConfig.parse({ publicKey: sendgrid.publicKey }),
            ),
          ]),
    ],
    polls: [
      ...(options.polls ?? []),
      ...(options.asksIntercomEveryMs === undefined
        ? []
        : [
            createIntercomPoll(
              IntercomPollConfig.parse({
                accessToken: 'e2e-intercom-token',
                baseUrl: intercom.url,
              }),
            ),
          ]),
    ],
    // A test that brings polls of its own wants their first round, and the second soon.
    pollEveryMs: options.asksIntercomEveryMs ?? 300,
    ...(options.crm === undefined ? {} : { crm: options.crm }),
    ...(options.watchStore === undefined ? {} : { watchStore: options.watchStore }),
  });
  started.defer(() => hub.stop());
  at.hubUrl = hub.url;
  const all = started.move();
  return {
    hub,
    redis,
    intercom,
    sendgrid,
    segment,
    async drained(withinMs = 20_000) {
      // Twice: between two counts of one look, work may pass from a place not yet looked at to one that was.
      const isIdle = async (): Promise<boolean> =>
        (await hub.backlog()) === 0 && (await hub.backlog()) === 0;
      await until('the hub to work off everything', isIdle, withinMs);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function emailChannelOf(sendgrid: SendgridSandbox, clock: Clock): PromptChannel {
  return createSendgridChannel(
    SendgridConfig.parse({
      apiKey: 'SG.e2e',
      baseUrl: sendgrid.url,
      from: 'Acme <hello@mail.example.com>',
    }),
    { clock },
  );
}
