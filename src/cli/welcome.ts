import type { Hub } from '../app/hub.ts';
import type { StartOptions } from './start.ts';

/** What is told when a hub has started. */
export interface WelcomeFacts {
  readonly hub: Pick<Hub, 'url'>;
  readonly options: Pick<StartOptions, 'role' | 'environment'>;
  readonly playbookFile: string;
  readonly redisName: string;
  readonly sandboxUrl: string | undefined;
  readonly emailSandboxUrl: string | undefined;
  readonly segmentSandboxUrl: string | undefined;
  readonly hubspotSandboxUrl: string | undefined;
}

/** The lines that a person reads after the start: where the doors are, what is a stand-in, secrets that were just made. */
export function welcome({
  hub,
  options,
  playbookFile,
  redisName,
  sandboxUrl,
  emailSandboxUrl,
  segmentSandboxUrl,
  hubspotSandboxUrl,
}: WelcomeFacts): readonly string[] {
  const { environment } = options;
  return [
    '',
    `The Motisig hub runs at ${hub.url} (role ${options.role}, mode ${environment.mode}, durability ${environment.durability}).`,
    `  playbook  ${playbookFile}`,
    `  redis     ${redisName}`,
    ...(sandboxUrl === undefined
      ? []
      : [
          `  SANDBOX   No INTERCOM_ACCESS_TOKEN is set: prompts go to a stand-in of Intercom, nobody real sees them.`,
          `            Look at them at ${sandboxUrl}`,
        ]),
    ...(emailSandboxUrl === undefined
      ? []
      : [
          `  SANDBOX   No SENDGRID_API_KEY is set: e-mails go to a stand-in of SendGrid, nobody real gets them.`,
          `            Look at them at ${emailSandboxUrl}`,
        ]),
    ...(segmentSandboxUrl === undefined
      ? []
      : [
          `  SANDBOX   No SEGMENT_OUTCOMES_WRITE_KEY is set: outcomes go to a stand-in of Segment, no real workspace hears of them.`,
          `            Look at them at ${segmentSandboxUrl}`,
        ]),
    ...(hubspotSandboxUrl === undefined
      ? []
      : [
          `  SANDBOX   No HUBSPOT_ACCESS_TOKEN is set: companies go to a stand-in of HubSpot, no real portal changes.`,
          `            Look at them at ${hubspotSandboxUrl}`,
        ]),
    ...(environment.mode === 'shadow'
      ? ['  SHADOW    Everything is decided and nothing is sent.']
      : []),
    ...newSecrets(hub, options),
    '',
  ];
}

/** Secrets are shown once, when they were made; afterwards they are in the data folder, readable by its owner only. */
function newSecrets(
  hub: WelcomeFacts['hub'],
  { environment }: WelcomeFacts['options'],
): readonly string[] {
  if (environment.newSecrets.length === 0) {
    return [
      `  secrets   Those that the environment does not give are in ${environment.dataDir}/secrets.json.`,
    ];
  }
  const { secrets, newSecrets } = environment;
  const values: Readonly<Record<string, string>> = {
    SEGMENT_WRITE_KEYS: secrets.writeKeys.join(','),
    SEGMENT_SHARED_SECRET: secrets.sharedSecret,
    SEGMENT_BEARER_TOKEN: secrets.bearerToken,
    ADMIN_TOKEN: secrets.adminToken,
    LINK_SECRET: secrets.linkSecret,
  };
  return [
    `  secrets   Made now and shown only this once; kept in ${environment.dataDir}/secrets.json, readable by you only.`,
    ...newSecrets.map((name) => `            ${name}=${values[name] ?? ''}`),
    '  try it    curl -s ' +
      `${hub.url}/v1/track -u '${newSecrets.includes('SEGMENT_WRITE_KEYS') ? (secrets.writeKeys[0] ?? '') : '<one of SEGMENT_WRITE_KEYS>'}:' -H 'content-type: application/json' -d ` +
      `'{"userId":"lena","event":"Report Created","properties":{"report_count":10,"plan_limit":10},"context":{"groupId":"acme"}}'`,
  ];
}
