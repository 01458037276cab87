import type { Logger } from 'pino';
import { createIntercomChannel, IntercomConfig } from '../../destinations/intercom/index.ts';
import { createHub, type Hub } from '../app.ts';
import type { Clock, PromptChannel } from '../core/ports.ts';
import type { Environment } from '../environment.ts';
import { startIntercomSandbox } from '../sandbox/intercom.ts';
import { loadPlaybook } from './load-playbook.ts';
import { openHubspot } from './open-hubspot.ts';
import { openRedis } from './open-redis.ts';
import { welcome } from './welcome.ts';

/** What `motisig start` is given. */
export interface StartOptions {
  readonly role: 'all' | 'api' | 'worker';
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where people read. */
  readonly say: (line: string) => void;
}

/** A running hub with everything that belongs to it. */
export interface Started {
  readonly hub: Hub;
  /** Stops hub, sandbox and own Redis, in this order. */
  stop(): Promise<void>;
}

/** Starts a hub from the environment. Throws a Fault with one sentence when something must be mended first. */
export async function start(options: StartOptions): Promise<Started> {
  const { environment, log, clock } = options;
  const closing: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).toReversed()) {
      await close();
    }
  };
  try {
    const { playbook, file, warnings } = loadPlaybook(environment.playbook);
    for (const warning of warnings) {
      log.warn(warning);
    }
    const redis = await openRedis(environment, log);
    closing.push(redis.close);
    const intercom = await openIntercom(options, closing);
    const hubspot = await openHubspot(options, closing);
    const hub = await createHub({
      role: options.role,
      redis: redis.target,
      durability: environment.durability,
      lanes: environment.lanes,
      host: environment.host,
      port: environment.port,
      mode: environment.mode,
      playbook,
      secrets: environment.secrets,
      publicUrl: environment.publicUrl,
      channels: [intercom.channel],
      crm: hubspot.crm,
      clock,
      log,
    });
    closing.push(() => hub.stop());
    for (const line of welcome({
      hub,
      options,
      playbookFile: file,
      redisName: redis.name,
      sandboxUrl: intercom.sandboxUrl,
      hubspotSandboxUrl: hubspot.sandboxUrl,
    })) {
      options.say(line);
    }
    return { hub, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Intercom itself where there is an access token, else the sandbox. */
async function openIntercom(
  { environment, log, clock, role }: StartOptions,
  closing: (() => Promise<void>)[],
): Promise<{ readonly channel: PromptChannel; readonly sandboxUrl: string | undefined }> {
  const onTrouble = (sentence: string): void => log.error(sentence);
  const { accessToken, baseUrl } = environment.intercom;
  if (accessToken !== undefined) {
    const config = IntercomConfig.parse({
      accessToken,
      ...(baseUrl === undefined ? {} : { baseUrl }),
    });
    return { channel: createIntercomChannel(config, { clock, onTrouble }), sandboxUrl: undefined };
  }
  const channelAt = (url: string): PromptChannel =>
    createIntercomChannel(IntercomConfig.parse({ accessToken: 'sandbox', baseUrl: url }), {
      clock,
      onTrouble,
    });
  const { host, sandboxPort, dataDir } = environment;
  if (role === 'api') {
    return { channel: channelAt(`http://127.0.0.1:${sandboxPort}`), sandboxUrl: undefined };
  }
  const sandbox = await startIntercomSandbox({ host, port: sandboxPort, dataDir, log, clock });
  closing.push(() => sandbox.close());
  return { channel: channelAt(sandbox.url), sandboxUrl: sandbox.url };
}
