import { provisionHubspot } from '../../destinations/hubspot/index.ts';
import { Fault } from '../core/fault.ts';
import { readHubspot, type Variables } from '../environment.ts';
import { hubspotConfigOf } from './open-hubspot.ts';

/** Where the command prints. */
export interface Print {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/**
 * `motisig hubspot provision [--dry-run]`: makes in HubSpot what the hub writes to, and tells what it finds. Gives the exit
 * code: 1 when something stands in the way. Throws a Fault without an access token.
 */
export async function runHubspotProvision(
  { dryRun }: { readonly dryRun: boolean },
  variables: Variables,
  print: Print,
): Promise<number> {
  const hubspot = readHubspot(variables);
  const config = hubspotConfigOf(hubspot, {
    accessToken: hubspotTokenOf(hubspot.accessToken),
    baseUrl: hubspot.baseUrl,
  });
  const { lines, problems } = await provisionHubspot(
    config,
    { dryRun },
    new AbortController().signal,
  );
  print.stdout(lines.map((line) => `${line}\n`).join(''));
  print.stderr(problems.map((problem) => `motisig: ${problem}\n`).join(''));
  return problems.length === 0 ? 0 : 1;
}

/** The token, which these commands cannot do without. */
export function hubspotTokenOf(accessToken: string | undefined): string {
  if (accessToken === undefined) {
    throw new Fault(
      'environment_invalid',
      'never',
      'HUBSPOT_ACCESS_TOKEN is not set; make a service key in HubSpot under Development, Keys, and set it (docs/hubspot.md).',
    );
  }
  return accessToken;
}
