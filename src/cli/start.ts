import type { Logger } from 'pino';
import { createHub } from '../app.ts';
import type { Hub } from '../app/hub.ts';
import type { Clock } from '../core/ports.ts';
import type { Environment } from '../environment.ts';
import { loadPlaybook } from './load-playbook.ts';
import { openHubspot } from './open-hubspot.ts';
import { openIntercom } from './open-intercom.ts';
import { openSegment } from './open-segment.ts';
import { openRedis } from './open-redis.ts';
import { openSendgrid } from './open-sendgrid.ts';
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
    // A process that takes no events sends the stand-in's webhooks to those that do, where it knows their address.
    let hubUrl = options.role === 'all' ? undefined : environment.publicUrl;
    const intercom = await openIntercom({ ...options, hubUrl: () => hubUrl });
    closing.push(() => intercom.close());
    const sendgrid = await openSendgrid(options, closing, () => hubUrl);
    const segment = await openSegment(options, closing);
    const hubspot = await openHubspot(options, closing, () => hubUrl);
    const hub = await createHub({
      role: options.role,
      redis: redis.target,
      durability: environment.durability,
      lanes: environment.lanes,
      host: environment.host,
      port: environment.port,
      mode: environment.mode,
      playbook,
      secrets: {
        ...environment.secrets,
        upgradeWebhookSecret: environment.upgradeWebhookSecret,
      },
      publicUrl: environment.publicUrl,
      channels: [intercom.channel, sendgrid.channel],
      connectors: [intercom.connector, sendgrid.connector, hubspot.connector].filter(
        (connector) => connector !== undefined,
      ),
      polls: [intercom.poll, hubspot.poll],
      outcomes: segment.outcomes,
      crm: hubspot.crm,
      clock,
      log,
    });
    closing.push(() => hub.stop());
    hubUrl = options.role === 'all' ? hub.url : hubUrl;
    for (const line of welcome({
      hub,
      options,
      playbookFile: file,
      redisName: redis.name,
      sandboxUrl: intercom.sandboxUrl,
      emailSandboxUrl: sendgrid.sandboxUrl,
      segmentSandboxUrl: segment.sandboxUrl,
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
