import {
  createSendgridConnector,
  SendgridConnectorConfig,
} from '../../connectors/sendgrid/index.ts';
import { createSendgridChannel, SendgridConfig } from '../../destinations/sendgrid/index.ts';
import { Fault } from '../core/fault.ts';
import type { FeedbackConnector, PromptChannel } from '../core/ports.ts';
import { webhookKeyOf } from '../sandbox/sendgrid-key.ts';
import { startSendgridSandbox } from '../sandbox/sendgrid.ts';
import type { StartOptions } from './start.ts';

/** SendGrid as a hub uses it. */
export interface OpenedSendgrid {
  readonly channel: PromptChannel;
  /** Takes what SendGrid reports; undefined where nothing could be told from a forgery. */
  readonly connector: FeedbackConnector | undefined;
  /** Where the stand-in shows its e-mails; undefined when it is the real one, or another process has the stand-in. */
  readonly sandboxUrl: string | undefined;
}

/**
 * SendGrid itself where there is an API key, else the stand-in, whose reports come back to this hub: to `hubUrl`, known
 * once the hub listens. Throws Fault `environment_invalid` when the key of the webhook is none.
 */
export async function openSendgrid(
  { environment, log, clock, role }: StartOptions,
  closing: (() => Promise<void>)[],
  hubUrl: () => string | undefined,
): Promise<OpenedSendgrid> {
  const onTrouble = (sentence: string): void => log.error(sentence);
  const { apiKey, webhookPublicKey, ...settings } = environment.sendgrid;
  if (apiKey !== undefined) {
    const config = SendgridConfig.parse(given({ ...settings, apiKey }));
    return {
      channel: createSendgridChannel(config, { clock, onTrouble }),
      connector:
        webhookPublicKey === undefined
          ? undefined
          : connectorOf(webhookPublicKey, settings.unsubscribeGroup),
      sandboxUrl: undefined,
    };
  }
  const channelAt = (baseUrl: string): PromptChannel =>
    createSendgridChannel(
      SendgridConfig.parse(
        given({
          ...settings,
          apiKey: 'SG.sandbox',
          baseUrl,
          from: settings.from ?? 'Your company <hello@example.com>',
          // What the stand-in takes is there at once.
          logsSettleMs: 0,
        }),
      ),
      { clock, onTrouble },
    );
  const { host, sandboxPort, dataDir } = environment;
  const port = sandboxPort === 0 ? 0 : sandboxPort + 1;
  if (role === 'api') {
    return {
      channel: channelAt(`http://127.0.0.1:${port}`),
      connector: connectorOf(webhookKeyOf(dataDir).publicKey, settings.unsubscribeGroup),
      sandboxUrl: undefined,
    };
  }
  const webhookUrl = (): string | undefined => {
    const url = hubUrl();
    return url === undefined ? undefined : `${url}/webhooks/sendgrid`;
  };
  const sandbox = await startSendgridSandbox({ host, port, dataDir, webhookUrl, log, clock });
  closing.push(() => sandbox.close());
  return {
    channel: channelAt(sandbox.url),
    connector: connectorOf(sandbox.publicKey, settings.unsubscribeGroup),
    sandboxUrl: sandbox.url,
  };
}

function connectorOf(publicKey: string, unsubscribeGroup: number | undefined): FeedbackConnector {
  const parsed = SendgridConnectorConfig.safeParse(given({ publicKey, unsubscribeGroup }));
  if (!parsed.success) {
    const sentence = parsed.error.issues[0]?.message ?? 'SENDGRID_WEBHOOK_PUBLIC_KEY is wrong.';
    throw new Fault('environment_invalid', 'never', sentence);
  }
  return createSendgridConnector(parsed.data);
}

/** Without what is not set, so that the defaults hold. */
function given(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
