import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultPlaybookFile, playbookOf } from './playbooks.ts';
import { World } from './world.ts';

/*
 * The product's own examples, end to end, with the playbook that ships: through the doors by HTTP, out to the vendors'
 * stand-ins, and back by links and signed webhooks.
 */

const hour = 1;
const day = 24;

/** Tuesday, 2027-01-12, 10:00 UTC: nothing is quiet for hours. */
const start = Date.UTC(2027, 0, 12, 10);

describe('with the playbook that ships', () => {
  const playbook = playbookOf(defaultPlaybookFile);
  let world: World;

  beforeEach(async () => {
    world = await World.open(playbook, start);
  });
  afterEach(() => world[Symbol.asyncDispose]());

  /** An account that has got value from the product, and a person who is known by address. */
  async function knownAccount(accountId: string, ...users: readonly string[]): Promise<void> {
    await world.group(accountId, users[0] ?? 'lena', { name: accountId, plan: 'starter' });
    for (const user of users) {
      await world.identify(accountId, user, { email: `${user}@example.com`, name: user });
    }
    await world.did(accountId, users[0] ?? 'lena', 'Report Created', { report_count: 1 });
    await world.pass(2 * day);
  }

  async function reasonsOf(accountId: string): Promise<readonly string[]> {
    const decisions = await world.decisionsOf(accountId);
    return decisions.flatMap(({ record }) =>
      record.refused.slice(0, 1).map(({ refusal }) => refusal.reason),
    );
  }

  it('reports 10/10: one prompt in the product that quotes them, with a link that carries the decision', async () => {
    await knownAccount('acme', 'lena');
    for (let count = 2; count <= 10; count += 1) {
      await world.did('acme', 'lena', 'Report Created', { report_count: count });
    }
    const shown = world.shownTo('acme');
    expect(shown).toHaveLength(1);
    expect(shown[0]?.metadata['headline']).toBe("You're at 10/10 reports");
    const page = await fetch(shown[0]?.metadata['cta_url'] ?? '');
    expect(await page.text()).toContain(
      `motisig_decision=${shown[0]?.metadata['decision_id'] ?? ''}`,
    );
    // Opening it changed nothing; a person who has the page before them did click.
    expect((await world.accountOf('acme')).touches[0]?.state).toBe('sent');
    expect(await world.press(shown[0]?.metadata['cta_url'], { act: 'open' })).toBe(204);
    expect((await world.accountOf('acme')).touches[0]?.state).toBe('clicked');
  });

  it('3 teammates invited: the team is offered room', async () => {
    await knownAccount('acme', 'lena');
    for (let at = 0; at < 3; at += 1) {
      await world.did('acme', 'lena', 'Invite Sent');
      await world.pass(hour);
    }
    expect(world.shownTo('acme').map(({ metadata }) => metadata['headline'])).toEqual([
      '3 teammates in 7 days: your team is growing',
    ]);
  });

  it('Salesforce attempted twice, dismissed: one e-mail the next day that names the moment', async () => {
    await knownAccount('acme', 'lena');
    for (let at = 0; at < 2; at += 1) {
      await world.did('acme', 'lena', 'Integration Connection Attempted', {
        integration: 'Salesforce',
        tier: 'enterprise',
      });
      await world.pass(hour);
    }
    const [shown] = world.shownTo('acme');
    expect(shown?.metadata['headline']).toBe('Connect Salesforce');
    await world.at('lena', 'see');
    expect(await world.press(shown?.metadata['not_now_url'], { until: 'cooldown' })).toBe(200);
    await world.pass(10 * hour);
    expect(world.mailedTo('lena@example.com')).toEqual([]);
    await world.pass(14 * hour);
    const [email, ...others] = world.mailedTo('lena@example.com');
    expect(others).toEqual([]);
    expect(email).toMatchObject({ subject: 'Connect Salesforce' });
    expect(email?.text).toContain('Yesterday you tried to connect Salesforce');
    expect(email?.headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click');
    await world.pass(30 * day);
    expect(world.shownTo('acme')).toHaveLength(1);
    expect(world.mailedTo('lena@example.com')).toHaveLength(1);
  });

  it('one click on the unsubscribe link of the e-mail, and nothing comes again on any channel that was meant', async () => {
    await knownAccount('acme', 'lena');
    for (let at = 0; at < 2; at += 1) {
      await world.did('acme', 'lena', 'Integration Connection Attempted', {
        integration: 'Salesforce',
        tier: 'enterprise',
      });
    }
    await world.at('lena', 'see');
    await world.press(world.shownTo('acme')[0]?.metadata['not_now_url'], { until: 'cooldown' });
    await world.pass(day);
    const [email] = world.mailedTo('lena@example.com');
    const link = /<(https?:[^>]+)>/u.exec(email?.headers['List-Unsubscribe'] ?? '')?.[1];
    expect(await world.press(link, { 'List-Unsubscribe': 'One-Click' })).toBe(200);
    await world.pass(40 * day);
    for (let at = 0; at < 2; at += 1) {
      await world.did('acme', 'lena', 'Integration Connection Attempted', {
        integration: 'NetSuite',
        tier: 'enterprise',
      });
    }
    await world.at('lena', 'see');
    await world.press(world.shownTo('acme')[1]?.metadata['not_now_url'], { until: 'cooldown' });
    await world.pass(5 * day);
    expect(world.mailedTo('lena@example.com')).toHaveLength(1);
  });

  it('a ticket 3 hours ago: silence, with the reason', async () => {
    await knownAccount('acme', 'lena', 'otto');
    await world.did('acme', 'otto', 'Support Ticket Opened', { ticket_id: 't1' });
    await world.pass(3 * hour);
    await world.did('acme', 'lena', 'Report Created', { report_count: 10 });
    expect(world.shownTo('acme')).toEqual([]);
    expect(await reasonsOf('acme')).toEqual(['support_ticket']);
  });

  it('a support conversation at Intercom: the same silence', async () => {
    await knownAccount('acme', 'lena');
    await knownAccount('other', 'lena');
    await world.did('acme', 'lena', 'Report Created', { report_count: 10 });
    expect(world.shownTo('acme')).toHaveLength(1);
    await world.pass(10 * day);
    await world.at('lena', 'write_to_support');
    await world.did('other', 'lena', 'Report Created', { report_count: 10 });
    expect(world.shownTo('other')).toEqual([]);
    expect(await reasonsOf('other')).toEqual(['support_ticket']);
  });

  it('five dismissals in an account: education', async () => {
    const users = ['ann', 'bob', 'cleo', 'dan', 'eve', 'fay'];
    await knownAccount('acme', ...users);
    for (const [at, user] of users.entries()) {
      // Counted per user: each opens three paid features within a week.
      for (const feature of ['audit', 'sso', 'roles']) {
        await world.did('acme', user, 'Feature Opened', {
          feature: `${feature}${at}`,
          tier: 'pro',
        });
        await world.did('acme', user, 'Invite Sent');
      }
      const shown = world.shownTo('acme').at(-1);
      expect(shown?.userId, `prompt ${at + 1}`).toBe(user);
      if (at < 5) {
        expect(shown?.surface).toBe('upsell-offer-ready');
        expect(await world.press(shown?.metadata['not_now_url'], { until: 'cooldown' })).toBe(200);
        await world.pass(10.5 * day);
      } else {
        expect(shown?.surface).toBe('education-tip-ready');
      }
    }
    const decisions = await world.decisionsOf('acme');
    const taught = decisions.findLast(({ record }) => record.chosen !== undefined)?.record;
    expect(taught?.refused.map(({ refusal }) => refusal.reason)).toContain('dismissal_gate');
  });

  it('week 2, 85 % of the quota: upgrade in one click; week 3, usage steady: an e-mail about the exports of every Friday', async () => {
    await knownAccount('acme', 'lena');
    await world.pass(3 * day); // Sunday
    const work = async (days: number): Promise<void> => {
      for (let at = 0; at < days; at += 1) {
        for (let report = 0; report < 2; report += 1) {
          await world.did('acme', 'lena', 'Workflow Completed', { workflow: 'weekly' });
        }
        await world.pass(day);
      }
    };
    // Every Friday an export; the quota fills up in the second week.
    const week = async (): Promise<void> => {
      await work(5); // to Friday
      await world.did('acme', 'lena', 'Report Exported', { format: 'csv' });
      await work(2);
    };
    await week();
    await week();
    await world.did('acme', 'lena', 'API Usage Recorded', {
      used: 8500,
      limit: 10_000,
      period: '2027-01',
    });
    const upgrade = world.shownTo('acme').at(-1);
    expect(upgrade?.metadata['headline']).toBe('85% of your API calls are used');
    expect(await world.press(upgrade?.metadata['cta_url'], { act: 'open' })).toBe(204);
    await world.did('acme', 'lena', 'Plan Upgraded', { plan: 'business' });
    await world.group('acme', 'lena', { name: 'acme', plan: 'business' });
    await world.did('acme', 'lena', 'API Usage Recorded', {
      used: 8600,
      limit: 1_000_000,
      period: '2027-02',
    });
    expect((await world.accountOf('acme')).touches.map(({ state }) => state)).toContain(
      'converted',
    );
    await week();
    expect(world.mailedTo('lena@example.com')).toEqual([]);
    await week();
    const [email, ...others] = world.mailedTo('lena@example.com');
    expect(others).toEqual([]);
    expect(email?.subject).toBe("You're exporting every Friday");
  });
});
