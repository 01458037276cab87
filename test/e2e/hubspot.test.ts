import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
import { type HubspotSandbox, startHubspotSandbox } from '../../src/sandbox/hubspot.ts';
import { until } from '../until.ts';
import { defaultPlaybookFile, playbookOf } from './playbooks.ts';
import { reportCall, tenReports } from './reports.ts';
import { startHub } from './running-hub.ts';
import { sendBatch } from './segment-client.ts';

let hubspot: HubspotSandbox;
let config: HubspotConfig;
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
  crm: createHubspotCrm(config),
  settings: { requestsPerDay: 100_000, newsPerDay: 50, waits: { pollMs: 50, retryMs: 200 } },
  intervalMs: 300,
  createFor: 'paying',
});
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

  it('shows an account ready, prompted and won, in its list, with one note and one deal, and doubles nothing from scratch', async () => {
    {
      await using running = await startHub({ playbook, crm: crm() });
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
        Array.from({ length: 2 }, () => ({ status: 503, headers: { 'retry-after': '2' } })),
      );
      await sendBatch(running.hub.url, [identify({ name: 'Acme' }, 'group-1')], Date.now());
      await sendBatch(running.hub.url, tenReports('acme', 'lena').map(reportCall), Date.now());
      await stageIs('ready');
      expect(hubspot.listed('Expansion: ready')).toEqual(['Acme']);
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
      await until('the news', async () => counts().join() === '1,1,1', 10_000);
      expect(hubspot.portal.objects('deals')[0]?.properties['amount']).toBe('600');
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
    await until('HubSpot to be asked', async () => hubspot.requestCount() > before + 3, 10_000);
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

  const clientSecret = 'client-secret-of-the-app';
  const connector = createHubSpotConnector(HubSpotConnectorConfig.parse({ clientSecret }));
  const signed = (url: string, body: string) => {
    const timestamp = String(Date.now());
    return {
      'content-type': 'application/json',
      'x-hubspot-request-timestamp': timestamp,
      'x-hubspot-signature-v3': createHmac('sha256', clientSecret)
        .update(`POST${url}${body}${timestamp}`)
        .digest('base64'),
    };
  };

  it('hears by polling that a deal was won, which sales then sees, and by a webhook that a ticket was opened', async () => {
    const { accessToken, baseUrl } = config;
    const polls = [createHubSpotPoll(HubSpotPollConfig.parse({ accessToken, baseUrl }))];
    await using running = await startHub({
      playbook,
      crm: crm(),
      polls,
      connectors: [connector],
      publicUrl: undefined,
    });
    const { url } = running.hub;
    await sendBatch(url, tenReports('umbrella', 'alice').map(reportCall), Date.now());
    const umbrella = () =>
      hubspot.portal.byUnique('companies', 'product_account_id', 'umbrella')?.properties;
    await until('the company', async () => umbrella()?.['expansion_stage'] === 'prompted', 20_000);
    const id = hubspot.portal.byUnique('companies', 'product_account_id', 'umbrella')?.id ?? '';
    const deal = hubspot.portal.put('deals', undefined, { dealstage: 'closedwon' }, Date.now());
    hubspot.portal.link('deals', deal.id, 'companies', id);
    await until('the sale', async () => umbrella()?.['expansion_stage'] === 'won', 20_000);
    expect(umbrella()?.['expansion_last_answer']).toBe('bought');

    const ticket = hubspot.portal.put('tickets', undefined, {}, Date.now());
    hubspot.portal.link('tickets', ticket.id, 'companies', id);
    const body = JSON.stringify([
      {
        portalId: 1,
        subscriptionType: 'ticket.creation',
        objectId: Number(ticket.id),
        occurredAt: Date.now(),
      },
    ]);
    const door = `${url}/webhooks/hubspot`;
    const answer = await fetch(door, { method: 'POST', headers: signed(door, body), body });
    expect(answer.status).toBe(200);
    await until('silence', async () => umbrella()?.['expansion_stage'] === 'suppressed', 20_000);
    expect(umbrella()?.['expansion_next_action']).toContain('a support ticket was opened');
  }, 60_000);
});
