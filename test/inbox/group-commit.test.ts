import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDepartures } from '../../src/inbox/departures.ts';
import {
  createGroupCommit,
  type GroupCommit,
  type GroupCommitSettings,
} from '../../src/inbox/group-commit.ts';

/** A lane that writes to a destination and leaves as the inbox's lanes do. */
function laneTo(
  write: (items: readonly number[]) => Promise<void>,
  settings: Partial<GroupCommitSettings> = {},
): GroupCommit<number> {
  const usual = { itemsMax: 200, bytesMax: 1000, waitingMax: 5000, gapMs: 0 };
  return createGroupCommit(write, { ...usual, ...settings }, createDepartures().next);
}

/** A destination that answers when it is told to. */
class Disk {
  readonly written: (readonly number[])[] = [];
  #pending: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;

  get isBusy(): boolean {
    return this.#pending !== undefined;
  }

  write = (items: readonly number[]): Promise<void> => {
    expect(this.isBusy, 'only one write is in flight').toBe(false);
    this.written.push([...items]);
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
    });
  };

  async answer(isWell = true): Promise<void> {
    const pending = this.#pending;
    this.#pending = undefined;
    if (isWell) {
      pending?.resolve();
    } else {
      pending?.reject(new Error('the disk is full'));
    }
    await endOfTurn();
  }

  async answerAll(): Promise<void> {
    while (this.isBusy) {
      await this.answer();
    }
  }
}

/** What follows from an answer happens in microtasks, and the next write goes when the turn ends. */
async function endOfTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}

function sizesOf(items: readonly number[], size = 1): readonly number[] {
  return items.map(() => size);
}

describe('group commit', () => {
  it('writes what one turn of the event loop brings together, when the turn ends', async () => {
    const disk = new Disk();
    const lane = laneTo(disk.write);
    const answers = [1, 2].map((item) => lane.add([item], [1]));
    // Another socket of the same turn is read after the microtasks of the first.
    await Promise.resolve();
    answers.push(lane.add([3], [1]));
    expect(disk.written).toEqual([]);
    await endOfTurn();
    expect(disk.written).toEqual([[1, 2, 3]]);
    await disk.answer();
    expect(await Promise.all(answers)).toEqual(['stored', 'stored', 'stored']);
    await lane.idle();
  });

  it('gathers everything while a write is in flight, and writes it when that was answered', async () => {
    const disk = new Disk();
    const lane = laneTo(disk.write);
    const answers = [lane.add([1], [1])];
    await endOfTurn();
    for (const item of [2, 3, 4]) {
      answers.push(lane.add([item], [1]));
      await endOfTurn();
    }
    expect(disk.written).toEqual([[1]]);
    await disk.answer();
    expect(disk.written).toEqual([[1], [2, 3, 4]]);
    await disk.answer();
    expect(await Promise.all(answers)).toEqual(['stored', 'stored', 'stored', 'stored']);
    await lane.idle();
  });

  it('writes at most 200 items at a time and tells a request only after its last item', async () => {
    const disk = new Disk();
    const lane = laneTo(disk.write);
    const items = Array.from({ length: 450 }, (_, at) => at);
    let answer = 'none';
    void lane.add(items, sizesOf(items)).then((flushed) => {
      answer = flushed;
    });
    await endOfTurn();
    await disk.answer();
    await disk.answer();
    expect(answer).toBe('none');
    await disk.answer();
    expect(answer).toBe('stored');
    expect(disk.written.map((write) => write.length)).toEqual([200, 200, 50]);
  });

  it('writes at most so many bytes at a time, and a larger item alone', async () => {
    const disk = new Disk();
    const lane = laneTo(disk.write);
    void lane.add([1, 2, 3, 4], [400, 500, 5000, 200]);
    await endOfTurn();
    await disk.answerAll();
    expect(disk.written).toEqual([[1, 2], [3], [4]]);
  });

  it('fails everything that waits together with a failed write, and works again afterwards', async () => {
    const disk = new Disk();
    const lane = laneTo(disk.write);
    const many = Array.from({ length: 300 }, (_, at) => at);
    const answers = [lane.add([1], [1])];
    await endOfTurn();
    answers.push(lane.add(many, sizesOf(many)), lane.add([2], [1]));
    await disk.answer(false);
    expect(await Promise.all(answers)).toEqual(['failed', 'failed', 'failed']);
    expect(disk.isBusy).toBe(false);
    const again = lane.add([3], [1]);
    await endOfTurn();
    await disk.answer();
    expect(await again).toBe('stored');
    expect(disk.written).toEqual([[1], [3]]);
  });

  it('fails a request of which only the first part was written', async () => {
    const disk = new Disk();
    const lane = laneTo(disk.write);
    const items = Array.from({ length: 250 }, (_, at) => at);
    const answer = lane.add(items, sizesOf(items));
    await endOfTurn();
    await disk.answer();
    await disk.answer(false);
    expect(await answer).toBe('failed');
  });

  it('says when so much waits that the next request must be refused, and takes again when it has drained', async () => {
    const disk = new Disk();
    const lane = laneTo(disk.write, { waitingMax: 3 });
    void lane.add([1], [1]);
    await endOfTurn();
    void lane.add([2, 3], [1, 1]);
    expect(lane.isFull).toBe(false);
    void lane.add([4], [1]);
    expect(lane.isFull).toBe(true);
    await disk.answer();
    expect(lane.isFull).toBe(false);
    await disk.answerAll();
  });

  it('starts the next write no sooner than the gap after the last began', async () => {
    const startsMs: number[] = [];
    const lane = laneTo(
      () => {
        startsMs.push(performance.now());
        return Promise.resolve();
      },
      { gapMs: 30 },
    );
    await lane.add([1], [1]);
    await lane.add([2], [1]);
    await lane.add([3], [1]);
    const [first = 0, second = 0, third = 0] = startsMs;
    expect(second - first).toBeGreaterThanOrEqual(25);
    expect(third - second).toBeGreaterThanOrEqual(25);
  });

  it('writes every item once and in order, whatever the requests and answers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.nat(300), fc.constant('answer' as const)), { maxLength: 30 }),
        async (steps) => {
          const disk = new Disk();
          const lane = laneTo(disk.write);
          const answers: Promise<string>[] = [];
          let next = 0;
          for (const step of steps) {
            if (step === 'answer') {
              await disk.answer();
            } else {
              const items = Array.from({ length: step }, () => next++);
              answers.push(lane.add(items, sizesOf(items, 3)));
            }
          }
          await endOfTurn();
          await disk.answerAll();
          expect((await Promise.all(answers)).every((answer) => answer === 'stored')).toBe(true);
          expect(disk.written.flat()).toEqual(Array.from({ length: next }, (_, at) => at));
        },
      ),
      { numRuns: 50 },
    );
  });
});
