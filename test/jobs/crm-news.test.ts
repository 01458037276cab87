import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../src/core/duration.ts';
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

const deals = 'default/appointmentscheduled';

describe('what sales is told of an account that became ready', () => {
  it('is one note, one task for the owner and one deal, and the champion as a contact of the company', async () => {
    await using world = await openCrmWorld({
      redis,
      newsPerDay: 50,
      deals,
      fallbackOwnerId: '4242',
    });
    const lena = world.report('acme', 10);
    const traits = { email: 'Lena@Acme.io', name: 'Lena' };
    await world.take([
      {
        ...lena,
        id: 'identify',
        event: { ...lena.event, call: 'identify', name: '', traits, messageId: 'identify' },
      },
      world.group('acme', { name: 'Acme <b>' }),
      lena,
    ]);
    await world.sync();
    const { portal } = world.sandbox;
    const [note] = portal.objects('notes');
    const [task] = portal.objects('tasks');
    const [deal] = portal.objects('deals');
    expect(note?.properties['hs_note_body']).toContain('<b>Why now</b>: reports 10 of 10 (100 %)');
    expect(task?.properties).toMatchObject({
      hs_task_subject: 'Expansion: pro (plan pro) for Acme <b>',
      hs_task_status: 'NOT_STARTED',
      hubspot_owner_id: '4242',
    });
    expect(deal?.properties).toMatchObject({
      amount: '1200',
      pipeline: 'default',
      dealstage: 'appointmentscheduled',
      expansion_opportunity_key: 'acme:pro:2027q1',
    });
    expect(portal.objects('contacts').map(({ properties }) => properties)).toEqual([
      { email: 'lena@acme.io', product_user_id: 'lena', expansion_role: 'champion' },
    ]);
    const id = world.company('acme')?.id ?? '';
    expect(portal.linkedTo('companies', id, 'notes')).toEqual([note?.id]);
    expect(portal.linkedTo('companies', id, 'tasks')).toEqual([task?.id]);
    expect(portal.linkedTo('companies', id, 'deals')).toEqual([deal?.id]);
    expect(portal.linkedTo('companies', id, 'contacts')).toHaveLength(1);
    expect(world.log.lines.join()).not.toContain('@');
  });

  it('is not said twice: not after more events, nor when it was lost whether it was said, nor by a hub without memory', async () => {
    await using world = await openCrmWorld({
      redis,
      newsPerDay: 50,
      deals,
      fallbackOwnerId: '4242',
    });
    const counts = () =>
      (['notes', 'tasks', 'deals'] as const).map(
        (type) => world.sandbox.portal.objects(type).length,
      );
    world.sandbox.script('create_one', ['done_then_reset']);
    await world.take([world.report('acme', 10)]);
    for (let round = 0; round < 4; round += 1) {
      await world.sync();
      await world.deps.book.unhold();
      world.pass(hourMs);
      await world.take([world.report('acme', 11 + round)]);
    }
    expect(counts()).toEqual([1, 1, 1]);
    await world.redis.flushall();
    await using again = await openCrmWorld({
      redis,
      newsPerDay: 50,
      deals,
      fallbackOwnerId: '4242',
      at: world.sandbox.url,
    });
    await again.take([again.report('acme', 10)]);
    await again.sync();
    expect(counts()).toEqual([1, 1, 1]);
  });

  it('is no second deal where sales has an open one, and no task for a company without owner', async () => {
    await using world = await openCrmWorld({ redis, newsPerDay: 50, deals });
    const { portal } = world.sandbox;
    const company = portal.put('companies', undefined, { product_account_id: 'acme' }, 0);
    const deal = portal.put(
      'deals',
      undefined,
      { dealname: 'By hand', dealstage: 'contractsent', hs_is_closed: 'false' },
      0,
    );
    portal.link('deals', deal.id, 'companies', company.id);
    await world.take([world.report('acme', 10)]);
    await world.sync();
    expect(portal.objects('deals')).toHaveLength(1);
    expect(portal.objects('tasks')).toEqual([]);
    expect(portal.objects('notes')).toHaveLength(1);
  });

  it('gives the task to the owner of the company, and no second one while the first is open', async () => {
    await using world = await openCrmWorld({ redis, newsPerDay: 50 });
    const { portal } = world.sandbox;
    const company = portal.put(
      'companies',
      undefined,
      { product_account_id: 'acme', hubspot_owner_id: '7' },
      0,
    );
    const open = portal.put(
      'tasks',
      undefined,
      { hs_task_body: 'motisig-older', hs_task_status: 'NOT_STARTED' },
      0,
    );
    portal.link('tasks', open.id, 'companies', company.id);
    await world.take([world.report('acme', 10)]);
    await world.sync();
    expect(portal.objects('tasks')).toHaveLength(1);
    await using other = await openCrmWorld({ redis, newsPerDay: 50 });
    const globex = { product_account_id: 'globex', hubspot_owner_id: '8' };
    other.sandbox.portal.put('companies', undefined, globex, 0);
    await other.take([other.report('globex', 10)]);
    await other.sync();
    expect(other.sandbox.portal.objects('tasks')[0]?.properties['hubspot_owner_id']).toBe('8');
  });

  it('is spread over days above the day’s number, and nothing is left out', async () => {
    await using world = await openCrmWorld({ redis, newsPerDay: 2 });
    await world.take(['a', 'b', 'c', 'd', 'e'].map((id) => world.report(id, 10)));
    await world.sync();
    const notes = () => world.sandbox.portal.objects('notes').length;
    expect(notes()).toBe(2);
    world.pass(dayMs);
    await world.sync();
    expect(notes()).toBe(4);
    world.pass(dayMs);
    await world.sync();
    expect(notes()).toBe(5);
  });
});
