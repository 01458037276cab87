import { createHmac } from 'node:crypto';
import type { Logger } from 'pino';
import {
  createIntercomConnector,
  createIntercomPoll,
  IntercomConnectorConfig,
  IntercomPollConfig,
} from '../../connectors/intercom/index.ts';
import { createIntercomChannel, IntercomConfig } from '../../destinations/intercom/index.ts';
import type { Clock, FeedbackConnector, FeedbackPoll, PromptChannel } from '../core/ports.ts';
import type { Environment } from '../environment.ts';
import { startIntercomSandbox } from '../sandbox/intercom.ts';

/** What opening Intercom, or its stand-in, needs. */
export interface OpenIntercomOptions {
  readonly role: 'all' | 'api' | 'worker';
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: Logger;
  /** Address of the hub, once it has one; the stand-in tells it what people do. */
  readonly hubUrl: () => string | undefined;
}

/** Intercom, or its stand-in, as the hub uses it. */
export interface OpenedIntercom {
  readonly channel: PromptChannel;
  /** Undefined: there is no client secret, so no webhook can be believed. */
  readonly connector: FeedbackConnector | undefined;
  readonly poll: FeedbackPoll;
  /** Where the stand-in's pages are; undefined where this process runs none. */
  readonly sandboxUrl: string | undefined;
  close(): Promise<void>;
}

/**
 * Intercom itself where there is an access token, else the sandbox. All processes of one installation agree on the secret
 * of the sandbox's webhooks: it is made of the link secret, which they share.
 */
export async function openIntercom(options: OpenIntercomOptions): Promise<OpenedIntercom> {
  const { accessToken, baseUrl, clientSecret } = options.environment.intercom;
  if (accessToken !== undefined) {
    const at = { accessToken, ...(baseUrl === undefined ? {} : { baseUrl }) };
    return {
      ...adaptersAt(at, clientSecret, options),
      sandboxUrl: undefined,
      close: async () => {},
    };
  }
  const secret =
    clientSecret ??
    createHmac('sha256', options.environment.secrets.linkSecret)
      .update('sandbox of Intercom')
      .digest('hex');
  const sandbox = options.role === 'api' ? undefined : await openSandbox(options, secret);
  const url = sandbox?.url ?? `http://127.0.0.1:${options.environment.sandboxPort}`;
  return {
    ...adaptersAt({ accessToken: 'sandbox', baseUrl: url }, secret, options),
    sandboxUrl: sandbox?.url,
    close: async () => sandbox?.close(),
  };
}

function openSandbox(
  { environment, hubUrl, log, clock }: OpenIntercomOptions,
  clientSecret: string,
) {
  const url = (): string | undefined => {
    const hub = hubUrl();
    return hub === undefined ? undefined : `${hub.replace(/\/+$/u, '')}/webhooks/intercom`;
  };
  const { host, sandboxPort, dataDir } = environment;
  return startIntercomSandbox({
    host,
    port: sandboxPort,
    dataDir,
    log,
    clock,
    webhooks: { clientSecret, url },
  });
}

function adaptersAt(
  at: { readonly accessToken: string; readonly baseUrl?: string },
  clientSecret: string | undefined,
  { environment, clock, log }: OpenIntercomOptions,
): Pick<OpenedIntercom, 'channel' | 'connector' | 'poll'> {
  const { contentIds } = environment.intercom;
  return {
    channel: createIntercomChannel(IntercomConfig.parse(at), {
      clock,
      onTrouble: (sentence) => log.error(sentence),
    }),
    connector:
      clientSecret === undefined
        ? undefined
        : createIntercomConnector(
            IntercomConnectorConfig.parse({
              clientSecret,
              ...(contentIds === undefined ? {} : { contentIds }),
            }),
          ),
    poll: createIntercomPoll(IntercomPollConfig.parse(at)),
  };
}
