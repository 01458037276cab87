import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
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
import type { HubCrm } from '../../src/app/crm.ts';
import { createCrmTraffic } from '../../src/jobs/crm-traffic.ts';
import { type HubspotSandbox, startHubspotSandbox } from '../../src/sandbox/hubspot.ts';
import { until } from '../until.ts';
import { defaultPlaybookFile, playbookOf } from './playbooks.ts';
import { reportCall, tenReports } from './reports.ts';
import { startHub } from './running-hub.ts';
import { keys, sendBatch } from './segment-client.ts';

let hubspot: HubspotSandbox;
let config: HubspotConfig;
/** The hub that hears of what sales does at HubSpot. */
let told: { url: string } | undefined;
const clientSecret = 'client-secret-of-the-app';
/** A portal of its own for each part: scripted refusals of one must not reach the next. */
async function openPortal(): Promise<void> {
  hubspot = await startHubspotSandbox({
    host: '127.0.0.1',
    port: 0,
    dataDir: undefined,
    log: { info: () => {} },
    callsPerWindow: 10_000,
    searchesPerSecond: 100,
    searchLagMs: 0,
    webhooks: {
      clientSecret,
      url: () => (told === undefined ? undefined : `${told.url}/webhooks/hubspot`),
      repeatMs: [100, 100, 100],
    },
  });
  config = HubspotConfig.parse({
    accessToken: 'e2e-hubspot-token',
    baseUrl: hubspot.url,
    requestsPer10s: 250,
    deals: 'default/appointmentscheduled',
    fallbackOwnerId: '7',
  });
  const { problems } = await provisionHubspot(config, { dryRun: false }, AbortSignal.timeout(9000));
  expect(problems).toEqual([]);
}

const crm = (): HubCrm => ({
  crm: createHubspotCrm(config, { onRequest: traffic.note }),
  traffic,
  settings: { requestsPerDay: 100_000, newsPerDay: 50, waits: { pollMs: 50, retryMs: 200 } },
  intervalMs: 300,
  createFor: 'paying',
});
const traffic = createCrmTraffic({ nowMs: () => Date.now() });
const playbook = playbookOf(defaultPlaybookFile);
const company = () => hubspot.portal.byUnique('companies', 'product_account_id', 'acme');
const stageIs = (stage: string) =>
  until(
    `the company to be ${stage}`,
    async () => company()?.properties['expansion_stage'] === stage,
    20_000,
  );
const counts = () =>
  (['companies', 'notes', 'deals'] as const).map((type) => hubspot.portal.objects(type).length);

describe('from the product to HubSpot', () => {
  beforeAll(openPortal);
  afterAll(() => hubspot.close());

  it('shows an account ready, prompted and won, in its list, with one note and one deal, tells Segment in order, and doubles nothing from scratch', async () => {
    {
      await using running = await startHub({ playbook, crm: crm(), hasOutcomes: true });
      const identify = (traits: Readonly<Record<string, string>>, id: string) => ({
        type: 'group',
        messageId: id,
        userId: 'lena',
        groupId: 'acme',
        traits,
        timestamp: new Date().toISOString(),
      });
      // Intercom is away at first: the prompt is on its way, and the account is ready.
      running.intercom.script(
        'find_contact',
        Array.from({ length: 1000 }, () => ({ status: 503, headers: { 'retry-after': '1' } })),
      );
      await sendBatch(
        running.hub.url,
        [identify({ name: 'Acme', plan: 'starter' }, 'group-1')],
        Date.now(),
      );
      await sendBatch(running.hub.url, tenReports('acme', 'lena').map(reportCall), Date.now());
      await stageIs('ready');
      expect(hubspot.listed('Expansion: ready')).toEqual(['Acme']);
      running.intercom.endScript('find_contact');
      await stageIs('prompted');
      expect(hubspot.listed('Expansion: prompted')).toEqual(['Acme']);
      await sendBatch(
        running.hub.url,
        [identify({ name: 'Acme', plan: 'pro' }, 'group-2')],
        Date.now(),
      );
      await stageIs('won');
      expect(company()?.properties).toMatchObject({
        name: 'Acme',
        expansion_plan: 'pro',
        expansion_last_prompt: 'more_reports',
        expansion_last_answer: 'bought',
      });
      expect(hubspot.listed('Expansion: won')).toEqual(['Acme']);
      expect(hubspot.listed('Expansion: ready')).toEqual([]);
      await until('the news', async () => counts().join() === '1,1,1');
      expect(hubspot.portal.objects('deals')[0]?.properties['amount']).toBe('600');
      const outcomes = () => running.segment?.outcomes().map(({ call }) => call) ?? [];
      const isWon = () => outcomes().some(({ properties }) => properties['to'] === 'won');
      await until('Segment to hear of it', isWon, 20_000);
      const heard = outcomes().map(({ event, properties }) =>
        [event, properties['to']].filter((one) => one !== undefined).join(' '),
      );
      expect(heard[0]).toBe('Expansion Signal Detected');
      expect(heard.filter((name) => name !== 'Expansion Signal Detected')).toEqual([
        'Prompt Decided',
        'Account State Changed prompted',
        'Prompt Converted',
        'Account State Changed won',
      ]);
      const shown = await (await fetch(`${hubspot.url}/companies/${company()?.id}`)).text();
      expect(shown).toContain('This is a stand-in for HubSpot');
      expect(shown).toContain('reports 10 of 10 (100 %)');
    }
    // A new hub that knows nothing of all this, over the same HubSpot.
    await using again = await startHub({ playbook, crm: crm() });
    const before = hubspot.requestCount();
    await sendBatch(again.hub.url, tenReports('acme', 'lena').map(reportCall), Date.now());
    await stageIs('prompted');
    await again.drained();
    await until('HubSpot to be asked', async () => hubspot.requestCount() > before + 3);
    expect(counts()).toEqual([1, 1, 1]);
    expect(company()?.properties['name']).toBe('Acme');
  }, 60_000);

  it('takes events and prompts on while HubSpot refuses the token', async () => {
    await using running = await startHub({ playbook, crm: crm() });
    hubspot.script(
      'create',
      Array.from({ length: 50 }, () => ({ status: 401 })),
    );
    await sendBatch(running.hub.url, tenReports('globex', 'ada').map(reportCall), Date.now());
    await running.drained();
    expect(running.intercom.prompts().map(({ metadata }) => metadata['account_id'])).toEqual([
      'globex',
    ]);
    expect(hubspot.portal.byUnique('companies', 'product_account_id', 'globex')).toBeUndefined();
  });

  it('writes nothing in shadow mode', async () => {
    await using running = await startHub({ playbook, crm: crm(), mode: 'shadow' });
    const before = hubspot.requestCount();
    await sendBatch(running.hub.url, tenReports('initech', 'bill').map(reportCall), Date.now());
    await running.drained();
    expect(hubspot.requestCount()).toBe(before);
  });
});

describe('from HubSpot back to the product', () => {
  beforeAll(openPortal);
  afterAll(() => hubspot.close());

  afterEach(() => {
    told = undefined;
  });

  const connector = createHubSpotConnector(HubSpotConnectorConfig.parse({ clientSecret }));
  const companyOf = (account: string) =>
    hubspot.portal.byUnique('companies', 'product_account_id', account);
  const stageOf = (account: string, stage: string) =>
    until(
      `${account} to be ${stage}`,
      async () => companyOf(account)?.properties['expansion_stage'] === stage,
      20_000,
    );
  const dealOf = (account: string) =>
    hubspot.portal
      .objects('deals')
      .find(({ properties }) => properties['expansion_opportunity_key']?.startsWith(`${account}:`));
  const presses = async (account: string, act: string) => {
    const answer = await fetch(`${hubspot.url}/companies/${companyOf(account)?.id}/do`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ act }),
    });
    return answer.status;
  };

  it('goes from ready over prompted to won by the buttons of the portal, is silent while a ticket is open, and forgets a deleted contact', async () => {
    await using running = await startHub({
      playbook,
      crm: crm(),
      connectors: [connector],
      publicUrl: undefined,
    });
    told = running.hub;
    const { url } = running.hub;
    // Intercom is away at first, so that the account is seen ready before it is prompted.
    running.intercom.script(
      'find_contact',
      Array.from({ length: 1000 }, () => ({ status: 503, headers: { 'retry-after': '1' } })),
    );
    const lena = {
      type: 'identify',
      messageId: 'identify-rosa',
      userId: 'rosa',
      traits: { email: 'rosa@hooli.example' },
      context: { groupId: 'hooli' },
      timestamp: new Date().toISOString(),
    };
    await sendBatch(url, [lena], Date.now());
    await sendBatch(url, tenReports('hooli', 'rosa').map(reportCall), Date.now());
    await stageOf('hooli', 'ready');
    running.intercom.endScript('find_contact');
    await stageOf('hooli', 'prompted');
    await until('the deal', async () => dealOf('hooli') !== undefined, 20_000);
    expect(await presses('hooli', 'win_deal')).toBe(303);
    await stageOf('hooli', 'won');
    expect(companyOf('hooli')?.properties['expansion_last_answer']).toBe('bought');
    // There is no second deal to win.
    expect(await presses('hooli', 'win_deal')).toBe(409);

    expect(await presses('hooli', 'open_ticket')).toBe(303);
    await stageOf('hooli', 'suppressed');
    expect(companyOf('hooli')?.properties['expansion_next_action']).toContain(
      'a support ticket was opened',
    );
    expect(await presses('hooli', 'close_ticket')).toBe(303);

    await until('the contact', async () => hubspot.portal.objects('contacts').length === 1, 20_000);
    expect(await presses('hooli', 'delete_contact')).toBe(303);
    const erasure = async () => {
      const answer = await fetch(`${url}/api/users/rosa/erasure`, {
        headers: { authorization: `Bearer ${keys.adminToken}` },
      });
      return answer.text();
    };
    await until('rosa to be forgotten', async () => (await erasure()).includes('"done"'), 20_000);
    expect(hubspot.webhooks().map(({ what, answer }) => [what.split(' ')[0], answer])).toEqual([
      ['contact.privacyDeletion', 'answered 200'],
      ['ticket.propertyChange', 'answered 200'],
      ['ticket.creation', 'answered 200'],
      ['deal.propertyChange', 'answered 200'],
    ]);
  }, 60_000);

  it('hears by polling that its own deal was won, and leaves a deal of somebody else alone', async () => {
    const { accessToken, baseUrl } = config;
    const polls = [createHubSpotPoll(HubSpotPollConfig.parse({ accessToken, baseUrl }))];
    await using running = await startHub({ playbook, crm: crm(), polls });
    const { url } = running.hub;
    await sendBatch(url, tenReports('umbrella', 'alice').map(reportCall), Date.now());
    await stageOf('umbrella', 'prompted');
    await until('the deal', async () => dealOf('umbrella') !== undefined, 20_000);
    const nowMs = Date.now();
    const theirs = hubspot.portal.put('deals', undefined, { dealstage: 'closedwon' }, nowMs);
    hubspot.portal.link('deals', theirs.id, 'companies', companyOf('umbrella')?.id ?? '');
    const heard = async () => {
      const { values } = await running.hub.metrics.feedback.get();
      return values.find(({ labels }) => labels.kind === 'deal_won')?.value ?? 0;
    };
    await until('the deal of somebody else', async () => (await heard()) >= 1, 20_000);
    await running.drained();
    const stage = () => companyOf('umbrella')?.properties['expansion_stage'];
    expect(stage()).toBe('prompted');
    hubspot.portal.put('deals', dealOf('umbrella')?.id ?? '', { dealstage: 'closedwon' }, nowMs);
    await stageOf('umbrella', 'won');
    expect(companyOf('umbrella')?.properties['expansion_last_answer']).toBe('bought');
  }, 60_000);
});
