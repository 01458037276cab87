import { describe, expect, it } from 'vitest';
import { createJournal } from '../../src/inbox/journal.ts';
import type { LaneJob } from '../../src/inbox/lane-queues.ts';
import { toWire } from '../../src/inbox/wire.ts';
import { trackOf } from './arbitrary-input.ts';

const jobOf = (id: string): LaneJob => [toWire(trackOf(id))];

/** Queues that only note what is added, or refuse it. */
function noting(isAway = false) {
  const added: string[] = [];
  return {
    added,
    async add(lane: number, job: LaneJob): Promise<void> {
      if (isAway) {
        throw new Error('Redis is away.');
      }
      added.push(...job.map((wire) => `${lane} ${wire.k === 'e' ? wire.i : ''}`));
    },
  };
}

describe('the journal', () => {
  it('adds again what was acknowledged, to its lane and in order', async () => {
    const journal = createJournal();
    journal.keep(0, jobOf('a'));
    journal.keep(3, jobOf('b'));
    const queues = noting();
    expect(await journal.addAgain(queues)).toBe(2);
    expect(queues.added).toEqual(['0 a', '3 b']);
  });

  it('keeps what the server has not outlived by two seconds, and forgets the rest', async () => {
    const journal = createJournal();
    journal.keep(0, jobOf('a'));
    const keptMs = performance.now();
    journal.settle(keptMs + 1_900);
    const first = noting();
    await journal.addAgain({ add: first.add });
    expect(first.added).toEqual(['0 a']);

    journal.keep(0, jobOf('b'));
    journal.settle(performance.now() + 2_001);
    const second = noting();
    expect(await journal.addAgain(second)).toBe(0);
  });

  it('still has everything when adding failed', async () => {
    const journal = createJournal();
    journal.keep(0, jobOf('a'));
    await expect(journal.addAgain(noting(true))).rejects.toThrow('away');
    const queues = noting();
    await journal.addAgain(queues);
    expect(queues.added).toEqual(['0 a']);
  });
});
