// A process of the race: some hubs of one role side by side, on a clock that the test moves. Told what to start by its one
// argument (JSON, `RaceHubsOptions`); says where they listen, and repeats each move of the clock once it holds.
import { pino } from 'pino';
import { z } from 'zod';
import { createIntercomConnector } from '../../connectors/intercom/index.ts';
import {
  createSendgridConnector,
  SendgridConnectorConfig,
} from '../../connectors/sendgrid/index.ts';
import { createIntercomChannel, IntercomConfig } from '../../destinations/intercom/index.ts';
import { createSendgridChannel, SendgridConfig } from '../../destinations/sendgrid/index.ts';
import { createHub } from '../../src/app.ts';
import { playbookOf } from './playbooks.ts';
import { keys } from './segment-client.ts';

const Options = z.strictObject({
  role: z.enum(['api', 'worker']),
  hubs: z.int(),
  lanes: z.int(),
  redisPath: z.string(),
  playbookFile: z.string(),
  /** Where links lead; not given to the api, which knows its own address. */
  publicUrl: z.string().optional(),
  intercom: z.strictObject({ url: z.string(), clientSecret: z.string() }),
  sendgrid: z.strictObject({ url: z.string(), publicKey: z.string() }),
  /** How far the hubs live in the future. */
  aheadMs: z.number(),
});
const Move = z.strictObject({ aheadMs: z.number() });

const options = Options.parse(JSON.parse(process.argv[2] ?? ''));
let { aheadMs } = options;
const clock = { nowMs: () => Date.now() + aheadMs };
const playbook = playbookOf(options.playbookFile);

/**
 * A vendor that keeps silent is waited for so long. On a busy machine the stand-in may be slow to take a request that was
 * given up, and the first look at its logs is believed here (`logsSettleMs`), so this must not be short.
 */
const timeoutMs = 6000;

const hubs = await Promise.all(
  Array.from({ length: options.hubs }, () =>
    createHub({
      role: options.role,
      redis: { path: options.redisPath },
      durability: 'standard',
      lanes: options.lanes,
      host: '127.0.0.1',
      port: 0,
      mode: 'live',
      playbook,
      secrets: { ...keys, writeKeys: [keys.writeKey] },
      publicUrl: options.publicUrl,
      channels: [
        createIntercomChannel(
          IntercomConfig.parse({
            accessToken: 'e2e-intercom-token',
            baseUrl: options.intercom.url,
            timeoutMs,
          }),
          { clock },
        ),
        createSendgridChannel(
          SendgridConfig.parse({
            apiKey: 'SG.e2e',
            baseUrl: options.sendgrid.url,
            from: 'Acme <hello@mail.example.com>',
            timeoutMs,
            // The stand-in's logs know every message at once.
            logsSettleMs: 0,
          }),
          { clock },
        ),
      ],
      connectors: [
        createIntercomConnector({ clientSecret: options.intercom.clientSecret }),
        createSendgridConnector(
          SendgridConnectorConfig.parse({ publicKey: options.sendgrid.publicKey }),
        ),
      ],
      clock,
      log: pino({ level: 'silent' }),
    }),
  ),
);

process.on('message', (message) => {
  ({ aheadMs } = Move.parse(message));
  process.send?.({ kind: 'moved', aheadMs });
});
process.once('disconnect', () => process.exit(0));
process.send?.({ kind: 'listening', urls: hubs.map(({ url }) => url) });
