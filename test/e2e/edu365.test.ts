import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { DecisionRecord } from '../../src/core/decision/record.ts';
import type { StateStore } from '../../src/core/ports.ts';
import { dayOf, type Edu365Call, expectedFirings } from './edu365-oracle.ts';
import { playbookOf, projectRoot } from './playbooks.ts';
import { type RunningHub, startHub } from './running-hub.ts';
import { chunked, createRandom, type Random, seedOfRun, shuffled } from './seeded.ts';
import { sendUntilTaken } from './segment-client.ts';

const dataFile = join(projectRoot, '..', 'shared', 'data', 'edu365-events.dev.ndjson.gz');
const isThere = existsSync(dataFile);
const why = isThere ? '' : ' (skipped: ../shared/data/edu365-events.dev.ndjson.gz is not there)';
const callsPerBatch = 300;

/** What the hub committed: every input that was counted, and every decision. */
interface Watched {
  readonly counted: Map<string, number>;
  readonly decisions: DecisionRecord[];
}

/** A store that notes what was really committed, and nothing else. */
function watching(watched: Watched): (store: StateStore) => StateStore {
  return (store) => ({
    load: (requests) => store.load(requests),
    async commit(changes) {
      const results = await store.commit(changes);
      changes.forEach((change, at) => {
        if (results[at] === 'done') {
          for (const { id } of change.counted) {
            watched.counted.set(id, (watched.counted.get(id) ?? 0) + 1);
          }
          watched.decisions.push(...change.decisions);
        }
      });
      return results;
    },
  });
}

/** Every `<user> <trigger> <day>` that fired, sorted, each once. */
function firingsOf(decisions: readonly DecisionRecord[]): readonly string[] {
  const all = decisions.flatMap((record) =>
    record.fired.map(
      (one) =>
        `${record.userId} ${one.triggerId} ${new Date(record.decidedMs).toISOString().slice(0, 10)}`,
    ),
  );
  return [...new Set(all)].toSorted();
}

function readCalls(): readonly Edu365Call[] {
  return gunzipSync(readFileSync(dataFile))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line): Edu365Call => JSON.parse(line));
}

async function metric(running: RunningHub, name: string): Promise<number> {
  const values = await running.hub.metrics.registry.getSingleMetric(name)?.get();
  return values?.values.reduce((sum, { value }) => sum + value, 0) ?? Number.NaN;
}

/** Sends a whole log day by day, the clock of the hub set into each day: what that day's calls fire is worked off first. */
async function replay(
  calls: readonly Edu365Call[],
  watched: Watched,
  ofDay: (calls: readonly Edu365Call[]) => readonly Edu365Call[],
  copies: number,
): Promise<{
  readonly sent: number;
  readonly received: number;
  readonly quarantined: number;
  readonly repeated: number;
}> {
  let nowMs = 0;
  await using running = await startHub({
    playbook: playbookOf(join(import.meta.dirname, 'edu365-playbook.yaml')),
    mode: 'shadow',
    clock: { nowMs: () => nowMs },
    watchStore: watching(watched),
  });
  let sent = 0;
  for (const [day, own] of Map.groupBy(calls, dayOf)) {
    nowMs = Date.parse(`${day}T23:59:00Z`);
    for (const batch of chunked(ofDay(own), callsPerBatch)) {
      for (let copy = 0; copy < copies; copy += 1) {
        await sendUntilTaken(running.hub.url, batch, nowMs);
        sent += batch.length;
      }
    }
    await running.drained();
  }
  return {
    sent,
    received: await metric(running, 'motisig_calls_received_total'),
    quarantined: (await running.hub.quarantine.newest(10)).length,
    repeated: await metric(running, 'motisig_inputs_repeated_total'),
  };
}

function expectCountedOnce(calls: readonly Edu365Call[], watched: Watched): void {
  const wrong = calls.filter((call) => watched.counted.get(call.messageId) !== 1);
  expect(wrong.map((call) => call.messageId)).toEqual([]);
}

/**
 * Any order within a day, but that a purchase is heard of before the lessons of its own day: "while the plan is free" asks
 * what is known, and a hub that has not heard of a purchase cannot know it.
 */
function mixed(calls: readonly Edu365Call[], random: Random): readonly Edu365Call[] {
  const isPurchase = (call: Edu365Call): boolean =>
    call.type === 'identify' && call.traits?.plan !== 'free';
  const all = shuffled(calls, random);
  return [...all.filter(isPurchase), ...all.filter((call) => !isPurchase(call))];
}

describe.skipIf(!isThere)(`the real log of an online school, through the real doors${why}`, () => {
  it('fires exactly the triggers that the words of the playbook ask for, each on its day, and counts each call once', {
    timeout: 240_000,
  }, async () => {
    const calls = readCalls();
    const watched: Watched = { counted: new Map(), decisions: [] };
    const said = await replay(calls, watched, (own) => own, 1);

    expect(said).toEqual({ sent: 120_912, received: 120_912, quarantined: 0, repeated: 0 });
    expectCountedOnce(calls, watched);
    const expected = expectedFirings(calls);
    for (const trigger of ['free_part_used_up', 'active_days', 'exam_taken']) {
      // So that an empty set on both sides cannot pass.
      expect(expected.filter((firing) => firing.includes(` ${trigger} `)).length).toBeGreaterThan(
        500,
      );
    }
    expect(firingsOf(watched.decisions)).toEqual(expected);
  });

  it('fires the same when each day is shuffled and every batch is sent twice', {
    timeout: 240_000,
  }, async () => {
    const seed = seedOfRun();
    const random = createRandom(seed);
    const calls = readCalls();
    const watched: Watched = { counted: new Map(), decisions: [] };
    const said = await replay(calls, watched, (own) => mixed(own, random), 2);

    expect(said, `seed ${seed}`).toMatchObject({
      sent: 241_824,
      received: 241_824,
      quarantined: 0,
    });
    expect(said.repeated, `seed ${seed}`).toBeGreaterThanOrEqual(120_912);
    expectCountedOnce(calls, watched);
    expect(firingsOf(watched.decisions), `seed ${seed}`).toEqual(expectedFirings(calls));
  });

  it('changes state and fires nothing by the clock of today, because the moments are over', {
    timeout: 120_000,
  }, async () => {
    const calls = readCalls();
    const watched: Watched = { counted: new Map(), decisions: [] };
    await using running = await startHub({
      playbook: playbookOf(join(import.meta.dirname, 'edu365-playbook.yaml')),
      mode: 'live',
      watchStore: watching(watched),
    });
    for (const batch of chunked(calls, callsPerBatch)) {
      await sendUntilTaken(running.hub.url, batch, Date.now());
    }
    await running.drained(60_000);

    expectCountedOnce(calls, watched);
    const [first] = await running.hub.store.load([
      { unit: { kind: 'account', id: calls[0]?.userId ?? '' }, members: [], ids: [] },
    ]);
    expect(first?.bytes).toBeDefined();
    expect(watched.decisions).toEqual([]);
    expect(running.intercom.prompts()).toEqual([]);
  });
});
