import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../src/core/ports.ts';
import type { ScriptedAnswer } from '../../src/sandbox/script.ts';
import { playbookOf } from './playbooks.ts';
import { type RunningHub, startHub } from './running-hub.ts';
import { createRandom } from './seeded.ts';
import { sendUntilTaken } from './segment-client.ts';
import { until } from '../until.ts';
import { countedBy, totalsOf, type Work, workCall, workOf } from './work.ts';

const playbook = playbookOf(join(import.meta.dirname, 'work-playbook.yaml'));
const random = createRandom(7);

/** Ten pieces of work of one new user in one new account: the tenth asks for a prompt. */
function tenPieces(accountId: string, nowMs = Date.now()): readonly Work[] {
  return workOf(accountId, [`user-of-${accountId}`], 10, random, nowMs);
}

/** The decision to prompt of an account, once it is made. */
async function decisionOf(running: RunningHub, accountId: string): Promise<LedgerEntry> {
  return until(`a decision of ${accountId}`, async () => {
    const entries = await Promise.all(
      (await running.hub.ledger.newestOf(accountId)).map(running.hub.ledger.read),
    );
    return entries.find((entry) => entry?.record.chosen !== undefined);
  });
}

async function settled(
  running: RunningHub,
  accountId: string,
  withinMs = 30_000,
): Promise<LedgerEntry> {
  const { record } = await decisionOf(running, accountId);
  return until(
    `what became of the prompt of ${accountId}`,
    async () => {
      const entry = await running.hub.ledger.read(record.decisionId);
      return entry !== undefined && entry.state !== 'queued' && entry.state !== 'claimed' && entry;
    },
    withinMs,
  );
}

function shownTo(running: RunningHub, accountId: string): number {
  return running.intercom.prompts().filter(({ metadata }) => metadata['account_id'] === accountId)
    .length;
}

/** A hub that waits for an answer of Intercom for less than a second, so that silence is short. */
function startImpatientHub(clock = { nowMs: () => Date.now() }): Promise<RunningHub> {
  return startHub({ playbook, clock, intercomTimeoutMs: 700 });
}

// Side by side, each with a hub of its own: a prompt without an answer waits for seconds.
describe.concurrent('Intercom in trouble', () => {
  const troubles: readonly (readonly [string, readonly ScriptedAnswer[], number])[] = [
    ['too many requests', [{ status: 429, headers: { 'retry-after': '1' } }], 2],
    ['unavailable for a named time', [{ status: 503, headers: { 'retry-after': '1' } }], 2],
    ['an error of its own', [{ status: 500 }], 2],
    ['a connection that breaks before anything was done', ['reset'], 2],
    ['silence', ['stall'], 2],
    ['a connection that breaks after the prompt was shown', ['done_then_reset'], 1],
    [
      'one trouble after the other',
      [{ status: 429, headers: { 'retry-after': '1' } }, 'reset', 'done_then_reset'],
      3,
    ],
  ];
  it.each(troubles)(
    'shows the prompt exactly once after %s',
    { timeout: 60_000 },
    async (name, answers, requests) => {
      await using running = await startImpatientHub();
      const accountId = `after ${name}`;
      running.intercom.script('create_event', answers);
      await sendUntilTaken(running.hub.url, tenPieces(accountId).map(workCall), Date.now());

      const entry = await settled(running, accountId);
      expect(entry.state).toBe('sent');
      expect(running.intercom.requestsOf(entry.record.decisionId)).toBe(requests);
      await running.drained();
      expect(shownTo(running, accountId)).toBe(1);
    },
  );

  it('makes the contact and shows the prompt once when looking for the person failed at first', {
    timeout: 60_000,
  }, async () => {
    await using running = await startImpatientHub();
    running.intercom.script('find_contact', [{ status: 500 }, 'reset', 'stall']);
    running.intercom.script('create_contact', [{ status: 500 }]);
    await sendUntilTaken(running.hub.url, tenPieces('no contact').map(workCall), Date.now());

    const entry = await settled(running, 'no contact');
    expect(entry.state).toBe('sent');
    expect(running.intercom.requestsOf(entry.record.decisionId)).toBe(1);
    expect(shownTo(running, 'no contact')).toBe(1);
  });

  it('shows the prompt once whose worker died with the claim before the person was a contact', {
    timeout: 60_000,
  }, async () => {
    let dieWithClaim = async (_decisionId: string): Promise<void> => {};
    await using running = await startHub({
      playbook,
      watchStore: (store) => ({
        load: (requests) => store.load(requests),
        async commit(changes) {
          const results = await store.commit(changes);
          const decided = changes.flatMap(({ decisions }) => decisions);
          await Promise.all(decided.map(({ decisionId }) => dieWithClaim(decisionId)));
          return results;
        },
      }),
    });
    dieWithClaim = async (decisionId) => {
      const taken = await running.hub.ledger.claim(decisionId, 'a dead worker', Date.now(), 1);
      expect(taken).toBe('claimed');
    };
    await sendUntilTaken(running.hub.url, tenPieces('orphan').map(workCall), Date.now());

    const entry = await settled(running, 'orphan');
    expect(entry).toMatchObject({ state: 'sent', attempts: 2 });
    expect(running.intercom.requestsOf(entry.record.decisionId)).toBe(1);
    expect(shownTo(running, 'orphan')).toBe(1);
  });

  it('goes on counting and deciding while Intercom answers nobody', {
    timeout: 60_000,
  }, async () => {
    await using running = await startImpatientHub();
    running.intercom.script('create_event', ['stall']);
    await sendUntilTaken(running.hub.url, tenPieces('stalled').map(workCall), Date.now());
    const { record } = await decisionOf(running, 'stalled');
    await until(
      'the prompt to be at Intercom',
      () => running.intercom.requestsOf(record.decisionId) > 0,
    );

    const work = Array.from({ length: 20 }, (_, at) => tenPieces(`neighbour-${at}`)).flat();
    await sendUntilTaken(running.hub.url, work.map(workCall), Date.now());
    await until('the neighbours to be counted', async () => {
      const expected = totalsOf(work);
      const counted = await countedBy(running.hub.store, playbook, expected.keys(), Date.now());
      return [...expected].every(([id, totals]) => counted.get(id)?.pieces === totals.pieces);
    });
    expect((await running.hub.ledger.read(record.decisionId))?.state).toBe('claimed');
    expect((await settled(running, 'stalled')).state).toBe('sent');
    expect(shownTo(running, 'stalled')).toBe(1);
  });

  it('gives up as unknown, never asks twice and counts it as sent, when Intercom cannot be asked until the prompt expires', {
    timeout: 60_000,
  }, async () => {
    /** How far the hub lives in the future. */
    let aheadMs = 0;
    await using running = await startImpatientHub({ nowMs: () => Date.now() + aheadMs });
    const down: readonly ScriptedAnswer[] = Array.from({ length: 40 }, () => ({ status: 500 }));
    running.intercom.script('create_event', ['done_then_reset']);
    running.intercom.script('list_events', down);
    await sendUntilTaken(running.hub.url, tenPieces('never known').map(workCall), Date.now());
    const { record } = await decisionOf(running, 'never known');
    await until(
      'the prompt to be at Intercom',
      () => running.intercom.requestsOf(record.decisionId) > 0,
    );
    aheadMs = 2 * 3_600_000;

    const entry = await settled(running, 'never known');
    expect(entry.state).toBe('unknown');
    expect(running.intercom.requestsOf(record.decisionId)).toBe(1);
    expect(shownTo(running, 'never known')).toBe(1);

    // The cap slot stays taken: fifty pieces fire again, and the person is left alone.
    const more = workOf('never known', ['user-of-never known'], 40, random, Date.now() + aheadMs);
    await sendUntilTaken(running.hub.url, more.map(workCall), Date.now() + aheadMs);
    await running.drained();
    const [newest] = await running.hub.ledger.newestOf('never known');
    const refused = (await running.hub.ledger.read(newest ?? ''))?.record;
    expect(refused?.decisionId).not.toBe(record.decisionId);
    expect(refused?.refused.map(({ refusal }) => refusal.reason)).toContain('prompt_open');
    expect(shownTo(running, 'never known')).toBe(1);
  });
});
