import { createHmac } from 'node:crypto';
import {
  createHubSpotConnector,
  createHubSpotPoll,
  HubSpotConnectorConfig,
  HubSpotPollConfig,
} from '../../connectors/hubspot/index.ts';
import {
  createHubspotCrm,
  HubspotConfig,
  provisionHubspot,
} from '../../destinations/hubspot/index.ts';
import type { HubCrm } from '../app/crm.ts';
import { createCrmTraffic } from '../jobs/crm-traffic.ts';
import type { FeedbackConnector, FeedbackPoll } from '../core/ports.ts';
import type { HubspotEnvironment } from '../environment/hubspot.ts';
import { startHubspotSandbox } from '../sandbox/hubspot.ts';
import type { StartOptions } from './start.ts';

/** The settings of the destination, from the environment. `baseUrl` and token may be the stand-in's. */
export function hubspotConfigOf(
  hubspot: HubspotEnvironment,
  at: { readonly accessToken: string; readonly baseUrl: string | undefined },
): HubspotConfig {
  const { deals, fallbackOwnerId, requestsPer10s } = hubspot;
  return HubspotConfig.parse({
    accessToken: at.accessToken,
    ...(at.baseUrl === undefined ? {} : { baseUrl: at.baseUrl }),
    ...(deals === undefined ? {} : { deals }),
    ...(fallbackOwnerId === undefined ? {} : { fallbackOwnerId }),
    requestsPer10s,
  });
}

/** HubSpot, or its stand-in, as the hub uses it. */
export interface OpenedHubspot {
  readonly crm: HubCrm;
  /** Undefined: there is no client secret, so no webhook can be believed. */
  readonly connector: FeedbackConnector | undefined;
  readonly poll: FeedbackPoll;
  /** Where the stand-in's pages are; undefined where this process runs none. */
  readonly sandboxUrl: string | undefined;
}

/**
 * HubSpot itself where there is an access token, else the sandbox, ready to take companies. In the sandbox deals are on,
 * so that one can be won; all processes of one installation agree on the secret of its webhooks, which is made of the link
 * secret. `hubUrl`: the address of the hub, once it has one.
 */
export async function openHubspot(
  { environment, log, clock, role }: StartOptions,
  closing: (() => Promise<void>)[],
  hubUrl: () => string | undefined,
): Promise<OpenedHubspot> {
  const { hubspot, host, sandboxPort, dataDir } = environment;
  const onTrouble = (sentence: string): void => log.error(sentence);
  const traffic = createCrmTraffic(clock);
  const onRequest = traffic.note;
  const adaptersAt = (
    config: HubspotConfig,
    clientSecret: string | undefined,
    sandboxUrl: string | undefined,
  ): OpenedHubspot => {
    const { accessToken, apiVersion, baseUrl } = config;
    return {
      crm: {
        crm: createHubspotCrm(config, { clock, onTrouble, onRequest }),
        settings: { requestsPerDay: hubspot.requestsPerDay, newsPerDay: hubspot.newsPerDay },
        traffic,
        intervalMs: hubspot.intervalSeconds * 1000,
        createFor: hubspot.createFor,
      },
      connector:
        clientSecret === undefined
          ? undefined
          : createHubSpotConnector(HubSpotConnectorConfig.parse({ clientSecret })),
      poll: createHubSpotPoll(HubSpotPollConfig.parse({ accessToken, apiVersion, baseUrl }), {
        onTrouble,
        onRequest,
      }),
      sandboxUrl,
    };
  };
  const { accessToken, baseUrl } = hubspot;
  if (accessToken !== undefined) {
    const config = hubspotConfigOf(hubspot, { accessToken, baseUrl });
    return adaptersAt(config, hubspot.clientSecret, undefined);
  }
  // Twice as far above the hub as the stand-in of Intercom.
  const port = sandboxPort === 0 ? 0 : 2 * sandboxPort - environment.port;
  const sandboxConfig = (url: string): HubspotConfig =>
    hubspotConfigOf(
      { ...hubspot, deals: hubspot.deals ?? sandboxDeals },
      { accessToken: 'sandbox', baseUrl: url },
    );
  const clientSecret =
    hubspot.clientSecret ??
    createHmac('sha256', environment.secrets.linkSecret).update('sandbox of HubSpot').digest('hex');
  if (role === 'api') {
    return adaptersAt(sandboxConfig(`http://127.0.0.1:${port}`), clientSecret, undefined);
  }
  const sandbox = await startHubspotSandbox({
    host,
    port,
    dataDir,
    log,
    clock,
    webhooks: {
      clientSecret,
      url: () => doorAt(hubUrl()),
      signedUrl: () => doorAt(environment.publicUrl ?? hubUrl()),
    },
  });
  closing.push(() => sandbox.close());
  const config = sandboxConfig(sandbox.url);
  const { problems } = await provisionHubspot(
    // Once, at the start, and to ourselves: no limit is in the way.
    { ...config, requestsPer10s: 250 },
    { dryRun: false },
    AbortSignal.timeout(10_000),
  );
  for (const problem of problems) {
    log.warn(problem);
  }
  return adaptersAt(config, clientSecret, sandbox.url);
}

/** Where deals begin in the stand-in's own pipeline. */
const sandboxDeals = 'default/appointmentscheduled';

function doorAt(hub: string | undefined): string | undefined {
  return hub === undefined ? undefined : `${hub.replace(/\/+$/u, '')}/webhooks/hubspot`;
}
