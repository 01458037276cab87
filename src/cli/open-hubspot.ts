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

/** HubSpot itself where there is an access token, else the sandbox, ready to take companies. */
export async function openHubspot(
  { environment, log, clock, role }: StartOptions,
  closing: (() => Promise<void>)[],
): Promise<OpenedHubspot> {
  const { hubspot, host, sandboxPort, dataDir } = environment;
  const onTrouble = (sentence: string): void => log.error(sentence);
  const adaptersAt = (config: HubspotConfig, sandboxUrl: string | undefined): OpenedHubspot => {
    const { accessToken, apiVersion, baseUrl } = config;
    return {
      crm: {
        crm: createHubspotCrm(config, { clock, onTrouble }),
        settings: { requestsPerDay: hubspot.requestsPerDay, newsPerDay: hubspot.newsPerDay },
        intervalMs: hubspot.intervalSeconds * 1000,
        createFor: hubspot.createFor,
      },
      connector:
        hubspot.clientSecret === undefined
          ? undefined
          : createHubSpotConnector(
              HubSpotConnectorConfig.parse({ clientSecret: hubspot.clientSecret }),
            ),
      poll: createHubSpotPoll(HubSpotPollConfig.parse({ accessToken, apiVersion, baseUrl }), {
        onTrouble,
      }),
      sandboxUrl,
    };
  };
  const { accessToken, baseUrl } = hubspot;
  if (accessToken !== undefined) {
    return adaptersAt(hubspotConfigOf(hubspot, { accessToken, baseUrl }), undefined);
  }
  // Twice as far above the hub as the stand-in of Intercom.
  const port = sandboxPort === 0 ? 0 : 2 * sandboxPort - environment.port;
  const sandboxConfig = (url: string): HubspotConfig =>
    hubspotConfigOf(hubspot, { accessToken: 'sandbox', baseUrl: url });
  if (role === 'api') {
    return adaptersAt(sandboxConfig(`http://127.0.0.1:${port}`), undefined);
  }
  const sandbox = await startHubspotSandbox({ host, port, dataDir, log, clock });
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
  return adaptersAt(config, sandbox.url);
}
