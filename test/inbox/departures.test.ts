import { describe, expect, it } from 'vitest';
import { createDepartures } from '../../src/inbox/departures.ts';
import { createGroupCommit } from '../../src/inbox/group-commit.ts';

const settings = { itemsMax: 200, bytesMax: 1000, waitingMax: 5000, gapMs: 0 };

/** Two lanes of one timetable; each write is answered when the test says so. */
function twoLanes() {
  const departures = createDepartures();
  const written: string[] = [];
  const answers = new Map<string, () => void>();
  const [left, right] = ['left', 'right'].map((name) =>
    createGroupCommit<number>(
      (items) => {
        written.push(`${name} ${items.join(' ')}`);
        return departures.waitFor(
          new Promise<void>((resolve) => {
            answers.set(name, resolve);
          }),
        );
      },
      settings,
      departures.next,
    ),
  );
  if (left === undefined || right === undefined) {
    throw new Error('There must be two lanes.');
  }
  return { left, right, written, answer: (name: string) => answers.get(name)?.() };
}

async function endOfTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}

describe('departures', () => {
  it('leave at the end of the turn with what each lane has', async () => {
    const { left, right, written } = twoLanes();
    void left.add([1], [1]);
    void right.add([2], [1]);
    void left.add([3], [1]);
    expect(written).toEqual([]);
    await endOfTurn();
    expect(written).toEqual(['left 1 3', 'right 2']);
  });

  it('wait for the answers to the one before, and take along what came meanwhile', async () => {
    const { left, right, written, answer } = twoLanes();
    void left.add([1], [1]);
    await endOfTurn();
    void right.add([2], [1]);
    await endOfTurn();
    void right.add([3], [1]);
    void left.add([4], [1]);
    answer('left');
    await endOfTurn();
    expect(written).toEqual(['left 1', 'right 2 3', 'left 4']);
  });

  it('do not wait for a lane whose server does not answer', async () => {
    const { left, right, written, answer } = twoLanes();
    void left.add([1], [1]);
    await endOfTurn();
    const sent = right.add([2], [1]);
    const startedMs = performance.now();
    const timer = setInterval(() => answer('right'), 1);
    expect(await sent).toBe('stored');
    clearInterval(timer);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(written).toEqual(['left 1', 'right 2']);
  });
});
