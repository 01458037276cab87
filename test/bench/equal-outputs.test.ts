import { expect, it } from 'vitest';
import { startConsumer } from '../../bench/benchmarks/consumers.ts';
import { closing } from '../../bench/harness/closing.ts';
import type { StreamShape } from '../../bench/workload/stream.ts';

function stream(order: 'spread' | 'locality'): StreamShape {
  return {
    label: `equal-${order}`,
    seed: 11,
    events: 720,
    accounts: 30,
    usersPerAccount: 3,
    order,
    nowMs: Date.now(),
    hasDisorder: true,
  };
}

it.each(['spread', 'locality'] as const)(
  'counts the same and fires the same triggers as the ordinary build, %s accounts with repetitions and late events',
  { timeout: 60_000 },
  async (order) => {
    const outputs = [];
    for (const program of ['ordinary', 'consumer'] as const) {
      await using stack = closing();
      const { consume, outputs: outputsOf } = await startConsumer(stack, {
        name: program,
        program,
        triggers: 20,
      });
      await consume(stream(order));
      outputs.push(await outputsOf());
    }
    const [ordinary, hub] = outputs;
    expect(ordinary?.fired).toBeGreaterThan(0);
    expect({ fired: hub?.fired, hash: hub?.hash }).toEqual({
      fired: ordinary?.fired,
      hash: ordinary?.hash,
    });
  },
);
