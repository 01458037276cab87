import { cp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { defaultPlaybookFile, playbookOf } from './playbooks.ts';
import { reportCall, tenReports } from './reports.ts';
import { type RunningHub, startHub } from './running-hub.ts';
import { createRandom, seedOfRun } from './seeded.ts';
import { sendUntilTaken } from './segment-client.ts';
import { until } from '../until.ts';
import { countedBy, totalsOf, type Work, workCall, workOf } from './work.ts';

/** Redis loses at most two seconds; what took longer would be lost by no power cut, and is tried anew. */
const lossMsMax = 1_500;
const triesMax = 20;
/**
 * A server that comes back as it was in the middle of a job shows it as running. A lane takes such a job up again after 9 s,
 * a delivery after a minute (docs/operations.md), so that what this file waits for may take longer than that.
 */
const recoveryMs = 90_000;
const timeout = 240_000;

/**
 * Does something that is acknowledged and worked off, and then has Redis come back as it was before that: killed, with an
 * older copy of its append-only file. `act` is given the number of the try.
 */
async function lose(running: RunningHub, act: (attempt: number) => Promise<void>): Promise<void> {
  const file = join(dirname(running.redis.path), 'appendonlydir');
  const older = `${file}.older`;
  for (let attempt = 1; attempt <= triesMax; attempt += 1) {
    await rm(older, { recursive: true, force: true });
    await cp(file, older, { recursive: true });
    const startedMs = performance.now();
    await act(attempt);
    await running.drained();
    if (performance.now() - startedMs < lossMsMax) {
      await running.redis.kill('SIGKILL');
      await rm(file, { recursive: true });
      await cp(older, file, { recursive: true });
      await running.redis.restart();
      return;
    }
  }
  throw new Error(`The machine was too slow ${triesMax} times to lose a single second.`);
}

it('loses and doubles nothing when Redis comes back without the last second that it had acknowledged', {
  timeout,
}, async () => {
  const seed = seedOfRun();
  const random = createRandom(seed);
  const playbook = playbookOf(join(import.meta.dirname, 'work-playbook.yaml'));
  await using running = await startHub({ playbook });
  const { hub } = running;
  const accounts = Array.from({ length: 8 }, (_, at) => `account-${at}`);
  const nowMs = Date.now();
  const sent: Work[] = [];
  const sendTen = async (attempt: number): Promise<void> => {
    const work = accounts.flatMap((account) =>
      workOf(account, [`user-${account}-${attempt}`], 10, random, nowMs),
    );
    await sendUntilTaken(hub.url, work.map(workCall), Date.now());
    sent.push(...work);
  };
  await sendTen(0);
  await running.drained();
  await lose(running, sendTen);

  const expected = totalsOf(sent);
  await until(
    'the hub to be ready again',
    async () => (await fetch(`${hub.url}/readyz`)).status === 200,
    20_000,
  );
  // Nobody sends it again, and the hub is not done before it has put it in again itself.
  await running.drained(recoveryMs);
  const counted = await countedBy(hub.store, playbook, accounts, Date.now());
  expect(counted, `seed ${seed}`).toEqual(expected);
});

it('does not send a prompt again that was sent in the second which Redis lost', {
  timeout,
}, async () => {
  await using running = await startHub({ playbook: playbookOf(defaultPlaybookFile) });
  const { hub, intercom } = running;
  let account = '';
  let shown = 0;
  await lose(running, async (attempt) => {
    account = `acme-${attempt}`;
    const reports = tenReports(account, `lena-${attempt}`);
    await sendUntilTaken(hub.url, reports.map(reportCall), Date.now());
    shown = attempt;
  });
  expect(intercom.prompts()).toHaveLength(shown);
  const decision = await until(
    'the prompt to be decided anew',
    async () => (await hub.ledger.newestOf(account).catch(() => []))[0],
    20_000,
  );
  await running.drained(recoveryMs);
  expect((await hub.ledger.read(decision))?.state).toBe('sent');
  expect(intercom.requestsOf(decision)).toBe(1);
  expect(intercom.prompts()).toHaveLength(shown);
});
