import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HubspotConfig, provisionHubspot } from '../../../destinations/hubspot/index.ts';
import { runHubspotProvision } from '../../../src/cli/hubspot-provision.ts';
import { type HubspotSandbox, startHubspotSandbox } from '../../../src/sandbox/hubspot.ts';

let sandbox: HubspotSandbox;
beforeEach(async () => {
  sandbox = await open();
});
afterEach(() => sandbox.close());

const open = (propertiesMax = 1000): Promise<HubspotSandbox> =>
  startHubspotSandbox({
    host: '127.0.0.1',
    port: 0,
    dataDir: undefined,
    log: { info: () => {} },
    callsPerWindow: 10_000,
    propertiesMax,
  });
const provision = (more: { dryRun?: boolean; deals?: string; at?: string } = {}) => {
  const config = HubspotConfig.parse({
    accessToken: 'provision-token',
    baseUrl: more.at ?? sandbox.url,
    requestsPer10s: 250,
    ...(more.deals === undefined ? {} : { deals: more.deals }),
  });
  return provisionHubspot(config, { dryRun: more.dryRun ?? false }, AbortSignal.timeout(9000));
};
const writes = () => sandbox.requests().filter(({ method }) => method !== 'GET');

describe('motisig hubspot provision', () => {
  it('makes groups, properties and a list per stage, once, and nothing the second time', async () => {
    expect((await provision()).problems).toEqual([]);
    const made = writes().length;
    const again = await provision();
    expect(again.lines).toContain('Everything is there; nothing is to be made.');
    expect(writes()).toHaveLength(made);
    expect(
      sandbox.portal.property('companies', 'product_account_id')?.definition.hasUniqueValue,
    ).toBe(true);
    expect(sandbox.portal.lists().map(({ name }) => name)).toEqual([
      'Expansion: quiet',
      'Expansion: warming',
      'Expansion: ready',
      'Expansion: prompted',
      'Expansion: won',
      'Expansion: resting',
      'Expansion: suppressed',
    ]);
  });

  it('says first what it would make, and makes nothing of it, with --dry-run', async () => {
    const { lines } = await provision({ dryRun: true });
    expect(lines.filter((line) => line.startsWith('would make '))).toHaveLength(2 + 2 + 7);
    expect(writes()).toEqual([]);
  });

  it('never changes a property that is there with another type: it says so and makes nothing at all', async () => {
    const mine = { name: 'expansion_score', type: 'string', fieldType: 'text' };
    sandbox.portal.putProperty('companies', mine);
    const { problems } = await provision();
    expect(problems).toEqual([
      'The property expansion_score of companies is there with type string instead of number, which is never changed; rename or delete it in HubSpot, then run this again.',
    ]);
    expect(writes()).toEqual([]);
  });

  it('adds an option that is missing and keeps the one that somebody added', async () => {
    await provision();
    const stage = sandbox.portal.property('companies', 'expansion_stage')?.definition;
    const options = [
      ...(stage?.options ?? []).filter(({ value }) => value !== 'won'),
      { label: 'Theirs', value: 'theirs', displayOrder: 9, hidden: false },
    ];
    sandbox.portal.putProperty('companies', {
      name: 'expansion_stage',
      type: 'enumeration',
      fieldType: 'select',
      options,
    });
    expect((await provision()).problems).toEqual([]);
    const values = sandbox.portal
      .property('companies', 'expansion_stage')
      ?.definition.options?.map(({ value }) => value);
    expect(values).toContain('theirs');
    expect(values).toContain('won');
  });

  it('leaves a list alone whose filter somebody changed, and tells of it', async () => {
    await provision();
    sandbox.portal.putList('Expansion: won', { filterBranchType: 'OR', filterBranches: [] });
    const made = writes().length;
    expect((await provision()).lines.join()).toContain(
      'the list "Expansion: won" has another filter',
    );
    expect(writes()).toHaveLength(made);
  });

  it('names the scope that the token lacks', async () => {
    sandbox.script('properties', [{ status: 403 }]);
    expect((await provision()).problems.join()).toContain(
      'the token lacks the scope crm.objects.companies.write',
    );
  });

  it('tells an archived property to be restored, a portal without room, and a stage that is not there', async () => {
    sandbox.portal.putProperty(
      'companies',
      { name: 'expansion_plan', type: 'string', fieldType: 'text' },
      true,
    );
    expect((await provision()).problems.join()).toContain(
      'expansion_plan of companies is archived; restore it',
    );
    const small = await open(5);
    expect((await provision({ at: small.url })).problems.join()).toContain(
      'allows 5 more properties of companies and 24 are needed',
    );
    await small.close();
    expect((await provision({ deals: 'default/nowhere' })).problems.join()).toContain(
      'it has appointmentscheduled, contractsent, closedwon, closedlost',
    );
  });

  it('prints what it did, and one sentence with exit code 1 when something is in the way', async () => {
    let out = '';
    let err = '';
    const print = {
      stdout: (text: string) => void (out += text),
      stderr: (text: string) => void (err += text),
    };
    const variables = {
      HUBSPOT_ACCESS_TOKEN: 'provision-token',
      HUBSPOT_BASE_URL: sandbox.url,
      HUBSPOT_REQUESTS_PER_10S: '250',
    };
    expect(await runHubspotProvision({ dryRun: false }, variables, print)).toBe(0);
    expect(out).toContain('made the list "Expansion: ready"');
    sandbox.script('properties', [{ status: 401 }]);
    expect(await runHubspotProvision({ dryRun: false }, variables, print)).toBe(1);
    expect(err).toContain('HubSpot refuses the access token (401)');
    expect(`${out}${err}`).not.toContain('provision-token');
    await expect(runHubspotProvision({ dryRun: false }, {}, print)).rejects.toThrow(
      'HUBSPOT_ACCESS_TOKEN is not set',
    );
  });
});
