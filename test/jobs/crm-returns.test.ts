import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Input } from '../../src/core/input.ts';
import type { FeedbackReport } from '../../src/core/ports.ts';
import { createCrmAddressees } from '../../src/inbox/crm-addressees.ts';
import { createFeedbackRoad } from '../../src/inbox/feedback-road.ts';
import { createMetrics } from '../../src/metrics.ts';
import { counted, MemoryInbox } from '../http/hub.ts';
import { startRedis, type TestRedis } from '../redis-server.ts';
import { openCrmWorld } from './crm-world.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis({ appendFsync: 'no' });
});
afterEach(async () => {
  await using world = await openCrmWorld({ redis, isBare: true });
  await world.redis.flushall();
});
afterAll(() => redis.stop());

type World = Awaited<ReturnType<typeof openCrmWorld>>;

/** The road of feedback over the world's HubSpot. */
function openRoad({ deps, clock }: World) {
  const inbox = new MemoryInbox();
  const metrics = createMetrics();
  const crm = createCrmAddressees({ crm: deps.crm, book: deps.book });
  const road = createFeedbackRoad({ ledger: deps.ledger, inbox, metrics, crm });
  const accept = (report: Partial<FeedbackReport>, waitMs?: number) =>
    road.accept(
      'hubspot',
      { feedback: [], erased: [], quarantined: [], ...report },
      clock.nowMs(),
      waitMs,
    );
  return { inbox, metrics, accept };
}

const about = (kind: 'deal' | 'ticket', id: string) => ({
  decisionId: undefined,
  userId: undefined,
  accountId: undefined,
  record: { kind, id },
});

function wonDeal({ clock }: World, dealId: string) {
  return {
    id: `hubspot.deal.${dealId}.won`,
    timeMs: clock.nowMs(),
    channel: undefined,
    about: about('deal', dealId),
    body: { kind: 'deal_won', dealId, monthlyCents: undefined },
  } as const;
}

function ticket({ clock }: World, id: string) {
  const ticketId = `hubspot.ticket.${id}`;
  return {
    id: `${ticketId}.created`,
    timeMs: clock.nowMs(),
    channel: undefined,
    about: about('ticket', id),
    body: { kind: 'ticket_opened', ticketId, isPriority: false },
  } as const;
}

/** A record that belongs to companies, as sales would make it. */
function recordOf({ sandbox, clock }: World, type: 'deals' | 'tickets', companies: string[]) {
  const { portal } = sandbox;
  const { id } = portal.put(type, undefined, {}, clock.nowMs());
  for (const company of companies) {
    portal.link(type, id, 'companies', company);
  }
  return id;
}

const companyId = (world: World, account: string) => world.company(account)?.id ?? '';
const accountsOf = (inputs: readonly Input[]) =>
  inputs.map((input) => (input.kind === 'feedback' ? [input.accountId, input.body.kind] : []));

/** Companies of two accounts, as the sync made them. */
async function openTwo() {
  const world = await openCrmWorld({ redis });
  await world.take([world.report('acme', 10), world.report('globex', 10)]);
  await world.sync();
  return world;
}

describe('what comes back from HubSpot', () => {
  it('is about the account of the company, by four requests for the whole report', async () => {
    await using world = await openTwo();
    const { inbox, accept } = openRoad(world);
    const deal = recordOf(world, 'deals', [companyId(world, 'acme')]);
    const asked = recordOf(world, 'tickets', [companyId(world, 'globex')]);
    const before = world.sandbox.requestCount();
    const more = recordOf(world, 'deals', [companyId(world, 'globex')]);
    const feedback = [wonDeal(world, deal), wonDeal(world, more), ticket(world, asked)];
    expect(await accept({ feedback })).toEqual({ kind: 'stored' });
    expect(accountsOf(inbox.inputs)).toEqual([
      ['acme', 'deal_won'],
      ['globex', 'deal_won'],
      ['globex', 'ticket_opened'],
    ]);
    // Links of deals, links of tickets, companies, what the deals were made for.
    expect(world.sandbox.requestCount() - before).toBe(4);
  });

  it('says for which offer the hub made the deal, and nothing of a deal that somebody else made', async () => {
    await using world = await openCrmWorld({
      redis,
      newsPerDay: 50,
      deals: 'default/appointmentscheduled',
    });
    await world.take([world.report('acme', 10)]);
    await world.sync();
    const [ours] = world.sandbox.portal.objects('deals');
    const theirs = recordOf(world, 'deals', [companyId(world, 'acme')]);
    const { inbox, accept } = openRoad(world);
    await accept({ feedback: [wonDeal(world, ours?.id ?? ''), wonDeal(world, theirs)] });
    expect(
      inbox.inputs.flatMap((input) => (input.kind === 'feedback' ? [input.body] : [])),
    ).toMatchObject([
      { dealId: ours?.id, offerId: 'pro' },
      { dealId: theirs, offerId: undefined },
    ]);
  });

  it('is nothing when the company is none of ours, or there is none', async () => {
    await using world = await openTwo();
    const { inbox, metrics, accept } = openRoad(world);
    const stranger = world.sandbox.portal.put('companies', undefined, { name: 'X' }, 1);
    const feedback = [
      wonDeal(world, recordOf(world, 'deals', [stranger.id])),
      wonDeal(world, recordOf(world, 'deals', [])),
      ticket(world, '999999'),
    ];
    expect(await accept({ feedback })).toEqual({ kind: 'stored' });
    expect([inbox.inputs, inbox.quarantined]).toEqual([[], []]);
    expect(await counted(metrics.callsIgnored, { door: 'hubspot_webhook' })).toBe(3);
  });

  it('keeps all accounts of a ticket silent, and leaves a deal of several to the operator', async () => {
    await using world = await openTwo();
    const { inbox, accept } = openRoad(world);
    const both = [companyId(world, 'globex'), companyId(world, 'acme')];
    const feedback = [
      wonDeal(world, recordOf(world, 'deals', both)),
      ticket(world, recordOf(world, 'tickets', both)),
    ];
    await accept({ feedback });
    expect(accountsOf(inbox.inputs)).toEqual([
      ['acme', 'ticket_opened'],
      ['globex', 'ticket_opened'],
    ]);
    expect(inbox.quarantined).toMatchObject([{ reason: 'deal_of_several_accounts' }]);
  });

  it.each([429, 503])(
    'is not taken while HubSpot answers %i, so that it is sent again',
    async (status) => {
      await using world = await openTwo();
      const { inbox, accept } = openRoad(world);
      const deal = recordOf(world, 'deals', [companyId(world, 'acme')]);
      world.sandbox.script('associated', [{ status }]);
      expect(await accept({ feedback: [wonDeal(world, deal)] })).toMatchObject({
        kind: 'unavailable',
        why: 'vendor_unreachable',
      });
      expect([inbox.inputs, inbox.quarantined]).toEqual([[], []]);
      expect(await accept({ feedback: [wonDeal(world, deal)] })).toEqual({ kind: 'stored' });
      expect(accountsOf(inbox.inputs)).toEqual([['acme', 'deal_won']]);
    },
  );

  it('is not taken when HubSpot is silent for too long', async () => {
    await using world = await openTwo();
    const { inbox, accept } = openRoad(world);
    const deal = recordOf(world, 'deals', [companyId(world, 'acme')]);
    world.sandbox.script('associated', ['stall']);
    expect(await accept({ feedback: [wonDeal(world, deal)] }, 100)).toMatchObject({
      kind: 'unavailable',
    });
    expect(inbox.inputs).toEqual([]);
  });

  it('is kept for the operator when HubSpot refuses the token, without holding its neighbours', async () => {
    await using world = await openTwo();
    const { inbox, accept } = openRoad(world);
    world.sandbox.script('associated', [{ status: 401 }]);
    const erased = [{ id: 'e', userId: 'mia' }];
    expect(await accept({ feedback: [wonDeal(world, '5')], erased })).toEqual({ kind: 'stored' });
    expect(inbox.inputs).toMatchObject([{ kind: 'erasure', userId: 'mia' }]);
    expect(inbox.quarantined).toMatchObject([
      { reason: 'crm_stopped', message: expect.stringContaining('HUBSPOT_ACCESS_TOKEN') },
    ]);
  });
});

describe('a contact that HubSpot was asked to forget', () => {
  it('is the user whose id it carries, or for whom the hub made it, even when it is gone there', async () => {
    await using world = await openCrmWorld({ redis, newsPerDay: 50 });
    const lena = world.report('acme', 10);
    const traits = { email: 'lena@acme.io' };
    const event = { ...lena.event, call: 'identify', name: '', traits, messageId: 'i' } as const;
    await world.take([{ ...lena, id: 'i', event }, lena]);
    await world.sync();
    const { portal } = world.sandbox;
    const [made] = portal.objects('contacts');
    expect(made?.properties['product_user_id']).toBe('lena');
    const own = portal.put('contacts', undefined, { product_user_id: 'mia' }, 1);
    const foreign = portal.put('contacts', undefined, { email: 'a@b.io' }, 1);
    portal.archive('contacts', made?.id ?? '');
    const { inbox, accept } = openRoad(world);
    const forgotten = [made?.id ?? '', own.id, foreign.id].map((contactId) => ({
      id: `forget.${contactId}`,
      contactId,
    }));
    expect(await accept({ forgotten })).toEqual({ kind: 'stored' });
    expect(inbox.inputs).toMatchObject([
      { kind: 'erasure', userId: 'lena' },
      { kind: 'erasure', userId: 'mia' },
    ]);
    expect(inbox.quarantined).toMatchObject([
      { reason: 'privacy_deletion', message: expect.stringContaining('delete call') },
    ]);
    // Whom it was is forgotten with the person.
    expect(await world.redis.keys('*contact*')).toEqual([]);
    expect(await world.redis.keys('*user:lena*')).toEqual([]);
  });
});
