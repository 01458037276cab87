import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dayMs } from '../../src/core/duration.ts';
import type { LearningStep } from '../../src/core/model/step.ts';
import { createLearning } from '../../src/replay/learned.ts';
import { playbook } from './busy-work.ts';

const today = 20_000;
const cell = '1|pro|power|intercom';
const steps: readonly LearningStep[] = [
  ...Array.from({ length: 30 }, (_, at): LearningStep => {
    return { id: `e${at}`, of: 'episodes', cell, day: today - 40 };
  }),
  ...Array.from({ length: 12 }, (_, at): LearningStep => {
    return { id: `c${at}`, of: 'conversions', cell, day: today - 40 };
  }),
  ...(['prompts', 'dismissed', 'clicked', 'tickets'] as const).map((what): LearningStep => {
    return { id: what, of: 'outcomes', day: today, offer: 'pro', channel: 'intercom', what };
  }),
  ...['a', 'b'].map((unit): LearningStep => {
    const account = { unit, timeMs: 0, isHoldout: false, salt: 's', mrr: 1 };
    return { id: `enrolled.${unit}`, of: 'enrolments', day: today, account };
  }),
];

it('learns the same from the same steps, in any order and however often each is told', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...steps, ...steps], { minLength: 2 * steps.length }),
      (shuffled) => {
        const learning = createLearning();
        for (const step of shuffled) {
          learning.add(step);
        }
        const learned = learning.learned(playbook, today * dayMs);
        expect(learned.accounts).toBe(2);
        expect(learned.asking.get('pro|intercom')).toMatchObject({
          prompts: 1,
          dismissed: 1,
          optedOut: 0,
          tickets: 1,
        });
        learning.beginEpoch('pro');
        expect(learning.learned(playbook, today * dayMs).asking.size).toBe(0);
        const prompt = {
          arm: 'prompt',
          offer: 'pro',
          signal: 'power',
          channel: 'intercom',
        } as const;
        expect(learned.snapshot.belief(prompt)).toMatchObject({ n: 30, y: 12 });
      },
    ),
    { numRuns: 30 },
  );
});
