import { describe, expect, it } from 'vitest';
import { watchUnmapped } from '../../src/jobs/unmapped-watch.ts';
import { event, playbookOf } from '../core/account/world.ts';
import { smallPlaybook } from '../config/small-playbook.ts';
import { until } from '../until.ts';

const playbook = playbookOf(smallPlaybook);
const never = 3_600_000;

/** Counts in memory; `fails` makes the next writes fail. */
function memory() {
  const written: ReadonlyMap<string, number>[] = [];
  return {
    written,
    fails: false,
    async add(counts: ReadonlyMap<string, number>) {
      if (this.fails) {
        throw new Error('Redis did not answer.');
      }
      written.push(counts);
    },
  };
}

const all = [
  event({ id: '1', name: 'Song Played' }),
  event({ id: '2', name: 'song_played' }),
  event({ id: '3', name: 'report created' }),
  event({ id: '4', call: 'page', name: 'Home' }),
  event({ id: '5', call: 'identify' }),
  event({ id: '6', name: 'Account Added User' }),
  event({ id: '7', name: 'page:Home' }),
];

describe('the watch for events that no rule knows', () => {
  it('counts them in any spelling, and nothing that a rule or the hub itself knows, in one write', async () => {
    const counts = memory();
    const watch = watchUnmapped(playbook, counts, () => expect.fail(), never);
    watch.note(all);
    watch.note(all.slice(0, 1));
    await watch.stop();
    expect(counts.written).toEqual([
      new Map([
        ['Song Played', 3],
        ['page:Home', 1],
        ['track:page:Home', 1],
      ]),
    ]);
  });

  it('leaves out an event without an account, which comes again when its account is known', async () => {
    const counts = memory();
    const watch = watchUnmapped(playbook, counts, () => expect.fail(), never);
    const [first] = all;
    watch.note(
      first === undefined ? [] : [{ ...first, event: { ...first.event, accountId: undefined } }],
    );
    await watch.stop();
    expect(counts.written).toEqual([new Map()]);
  });

  it('writes by itself, and keeps what could not be written for the next time', async () => {
    const counts = memory();
    counts.fails = true;
    const troubles: string[] = [];
    const watch = watchUnmapped(playbook, counts, (message) => void troubles.push(message), 5);
    watch.note(all);
    await until('a write that fails', () => troubles.length > 0);
    counts.fails = false;
    await until('the write after it', () =>
      counts.written.some((one) => one.get('Song Played') === 2),
    );
    await watch.stop();
    expect(troubles[0]).toBe('Redis did not answer.');
  });
});
