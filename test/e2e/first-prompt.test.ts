import { Analytics } from '@segment/analytics-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeAccount } from '../../src/core/account/codec.ts';
import { readCounter } from '../../src/core/counter/counter.ts';
import type { LedgerEntry } from '../../src/core/ports.ts';
import type { ShownPrompt } from '../../src/sandbox/intercom.ts';
import { defaultPlaybookFile, playbookOf } from './playbooks.ts';
import { type Report, reportCall, tenReports } from './reports.ts';
import { type RunningHub, startHub } from './running-hub.ts';
import { keys, sendUntilTaken, sendWebhook } from './segment-client.ts';

describe('the first prompt, with the playbook that ships', () => {
  const playbook = playbookOf(defaultPlaybookFile);
  let running: RunningHub;

  beforeAll(async () => {
    running = await startHub({ playbook });
  });
  afterAll(() => running[Symbol.asyncDispose]());

  /** Sends reports by Segment's own library, all in one batch; throws when the hub did not take one of them. */
  async function sendByLibrary(reports: readonly Report[]): Promise<void> {
    const analytics = new Analytics({
      writeKey: keys.writeKey,
      host: running.hub.url,
      flushAt: 100,
      flushInterval: 60_000,
    });
    const failures: unknown[] = [];
    analytics.on('error', (failure) => failures.push(failure));
    for (const { userId, accountId, count, messageId, timestamp } of reports) {
      analytics.track({
        userId,
        event: 'Report Created',
        properties: { report_count: count, plan_limit: 10 },
        context: { groupId: accountId },
        messageId,
        timestamp,
      });
    }
    await analytics.closeAndFlush();
    expect(failures).toEqual([]);
  }

  async function decisionsOf(accountId: string): Promise<readonly LedgerEntry[]> {
    const ids = await running.hub.ledger.newestOf(accountId);
    const entries = await Promise.all(ids.map((id) => running.hub.ledger.read(id)));
    return entries.filter((entry) => entry !== undefined);
  }

  /** How many reports the hub has counted for the account, by its value moment. */
  async function reportsOf(accountId: string): Promise<number> {
    const [loaded] = await running.hub.store.load([
      { unit: { kind: 'account', id: accountId }, members: [], ids: [] },
    ]);
    const { counter } = playbook.valueMoment;
    const held = decodeAccount(loaded?.bytes).counters.get(counter);
    return held === undefined ? 0 : readCounter(held, counter, Date.now(), undefined).value;
  }

  function shownTo(accountId: string): readonly ShownPrompt[] {
    return running.intercom
      .prompts()
      .filter(({ metadata }) => metadata['account_id'] === accountId);
  }

  /** Ten reports counted; one prompt for the account, quoting 10/10, asked for once; and no other. */
  async function expectOnePrompt(accountId: string, userId: string): Promise<void> {
    const shown = shownTo(accountId);
    expect(shown).toHaveLength(1);
    expect(shown[0]?.externalId).toBe(userId);
    expect(JSON.stringify(shown[0]?.metadata)).toContain('10/10');
    const prompted = (await decisionsOf(accountId)).filter(
      ({ record }) => record.chosen !== undefined,
    );
    expect(prompted.map(({ state }) => state)).toEqual(['sent']);
    expect(running.intercom.requestsOf(prompted[0]?.record.decisionId ?? '')).toBe(1);
    expect(await reportsOf(accountId)).toBe(10);
  }

  it("turns the tenth report of ten into one event at Intercom that quotes 10/10, sent by Segment's own library", async () => {
    await sendByLibrary(tenReports('acme', 'ada'));
    await running.drained();
    await expectOnePrompt('acme', 'ada');
    expect(running.intercom.prompts()).toHaveLength(1);
  });

  it('does so as well when the program reports all ten in one millisecond', async () => {
    // As a loop without timestamps does: nothing but the numbers says which report was the last.
    const [first, ...others] = tenReports('fast', 'flo');
    await sendByLibrary(
      first === undefined
        ? []
        : [first, ...others.map((one) => ({ ...one, timestamp: first.timestamp }))],
    );
    await running.drained();
    await expectOnePrompt('fast', 'flo');
  });

  it('shows one prompt when the library sends the same batch three times', async () => {
    const reports = tenReports('thrice', 'tim');
    for (let copy = 0; copy < 3; copy += 1) {
      await sendByLibrary(reports);
    }
    await running.drained();
    await expectOnePrompt('thrice', 'tim');
  });

  it('shows one prompt when three copies arrive at the same time', async () => {
    const calls = tenReports('at once', 'oda').map(reportCall);
    await Promise.all([0, 1, 2].map(() => sendUntilTaken(running.hub.url, calls, Date.now())));
    await running.drained();
    await expectOnePrompt('at once', 'oda');
  });

  it('shows one prompt when the reports come in one by one', async () => {
    for (const report of tenReports('one by one', 'ona')) {
      await sendUntilTaken(running.hub.url, [reportCall(report)], Date.now());
    }
    await running.drained();
    await expectOnePrompt('one by one', 'ona');
  });

  it('shows one prompt when Segment posts the signed batch to the webhook three times', async () => {
    const calls = tenReports('hooked', 'hal').map(reportCall);
    for (let copy = 0; copy < 3; copy += 1) {
      expect((await sendWebhook(running.hub.url, calls))?.status).toBe(200);
    }
    await running.drained();
    await expectOnePrompt('hooked', 'hal');
  });

  it('shows nothing to an account that never reached its value moment', async () => {
    const timestamp = new Date().toISOString();
    const calls = Array.from({ length: 4 }, (_, at) => ({
      type: 'track',
      messageId: `no value.${at}`,
      userId: 'nia',
      event: 'Invite Sent',
      properties: {},
      context: { groupId: 'no value' },
      timestamp,
    }));
    await sendUntilTaken(running.hub.url, calls, Date.now());
    await running.drained();
    const decisions = await decisionsOf('no value');
    // The trigger did fire: it was the guardrail that kept silent.
    expect(decisions).not.toHaveLength(0);
    for (const { record } of decisions) {
      expect(record.chosen).toBeUndefined();
      expect(new Set(record.refused.map(({ refusal }) => refusal.reason))).toEqual(
        new Set(['value_moment_not_reached']),
      );
    }
    expect(shownTo('no value')).toEqual([]);
  });

  it('prompts a user of two accounts once, although both accounts reach their limit', async () => {
    const calls = [...tenReports('first home', 'bo'), ...tenReports('second home', 'bo')].map(
      reportCall,
    );
    await sendUntilTaken(running.hub.url, calls, Date.now());
    await running.drained();
    const shown = running.intercom.prompts().filter(({ externalId }) => externalId === 'bo');
    expect(shown).toHaveLength(1);
    const decisions = [...(await decisionsOf('first home')), ...(await decisionsOf('second home'))];
    const outcomes = decisions
      .filter(({ record }) => record.chosen !== undefined)
      .map(({ state }) => state);
    expect(outcomes.toSorted()).toEqual(['refused', 'sent']);
  });
});
