import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Timer } from '../../src/replay/timers.ts';
import { createTimers } from '../../src/replay/timers.ts';

function timer(dueMs: number, id: string): Timer {
  return {
    dueMs,
    input: {
      kind: 'timer',
      what: 'closes',
      id,
      dedupeDay: undefined,
      receivedMs: dueMs,
      accountId: 'acme',
      userId: 'lena',
      decisionId: id,
    },
  };
}

it('gives timers by their time, of the same time in the order in which they were set, and none early', () => {
  const steps = fc.array(fc.oneof(fc.record({ set: fc.nat(20) }), fc.record({ now: fc.nat(20) })), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, (all) => {
      const timers = createTimers();
      // A plain list that is searched from the front: what is meant.
      let pending: Timer[] = [];
      for (const [at, step] of all.entries()) {
        if ('set' in step) {
          const one = timer(step.set, String(at));
          timers.set(one);
          pending.push(one);
        } else {
          const due = pending.filter(({ dueMs }) => dueMs <= step.now);
          const expected = due.toSorted((left, right) => left.dueMs - right.dueMs)[0];
          expect(timers.next(step.now)).toBe(expected);
          pending = pending.filter((one) => one !== expected);
        }
      }
    }),
  );
});
