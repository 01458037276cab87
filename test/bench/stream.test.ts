import { describe, expect, it } from 'vitest';
import { accountsOf, createStream, type StreamShape } from '../../bench/workload/stream.ts';

const shape: StreamShape = {
  label: 'one',
  seed: 5,
  events: 2_000,
  accounts: 50,
  usersPerAccount: 3,
  order: 'spread',
  nowMs: 1_764_000_000_000,
  hasDisorder: true,
};

describe('a stream of the benchmarks', () => {
  it('is the same in every process that makes it of the same shape', () => {
    expect(createStream(shape)).toEqual(createStream({ ...shape }));
  });

  it('has exactly the events asked for, some of them twice and some of them two days old', () => {
    const events = createStream(shape);
    const old = events.filter(({ timeMs }) => timeMs < shape.nowMs - 86_400_000);
    expect(events).toHaveLength(shape.events);
    expect(new Set(events.map(({ messageId }) => messageId)).size).toBeLessThan(shape.events);
    expect(old.length).toBeGreaterThan(0);
    expect(new Set(old.map(({ name }) => name))).toEqual(
      new Set(['Report Created', 'Report Exported']),
    );
  });

  it('has neither repetitions nor late events when none are asked for', () => {
    const events = createStream({ ...shape, hasDisorder: false });
    expect(new Set(events.map(({ messageId }) => messageId)).size).toBe(shape.events);
    expect(events.every(({ timeMs }, at) => timeMs >= (events[at - 1]?.timeMs ?? 0))).toBe(true);
  });

  it('shares no account with a stream of another label', () => {
    const accounts = new Set(accountsOf(shape));
    const others = createStream({ ...shape, label: 'two' });
    expect(others.some(({ accountId }) => accounts.has(accountId))).toBe(false);
  });

  it('keeps five events of an account together where locality is asked for', () => {
    const events = createStream({ ...shape, order: 'locality', hasDisorder: false });
    const runs = events.filter(
      ({ accountId }, at) => at % 5 !== 0 && accountId !== events[at - 1]?.accountId,
    );
    expect(runs).toEqual([]);
  });
});
