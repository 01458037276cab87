import { type Benchmark, figuresOf, ratios } from '../harness/benchmark.ts';
import { closing } from '../harness/closing.ts';
import { interleave, samplesOf } from '../harness/rounds.ts';
import { startConsumer } from './consumers.ts';

/*
 * What triggers cost: the hub's worker with 10 and with 1,000 triggers over the same six counters, on the same streams. The
 * same ten can fire; the others are beyond reach, so this is the price of having them.
 */

const few = '10 triggers';
const many = '1,000 triggers';
const eventsPerAccount = 24;

/** CPU of Node and Redis per event with 1,000 triggers over that with 10. */
export const triggers: Benchmark = {
  name: 'triggers',
  async run(settings) {
    await using stack = closing();
    const { profileFolder } = settings;
    const consumers = [
      await startConsumer(stack, {
        name: few,
        program: 'consumer',
        triggers: 10,
        withinReach: 10,
        profileFolder,
      }),
      await startConsumer(stack, {
        name: many,
        program: 'consumer',
        triggers: 1_000,
        withinReach: 10,
        profileFolder,
      }),
    ];
    const accounts = Math.ceil(2_000 * settings.scale);
    const samples = await interleave(
      consumers.map(({ name, consume }) => ({
        name,
        round: (number) =>
          consume({
            label: `triggers-${number}`,
            seed: 40 + number,
            events: accounts * eventsPerAccount,
            accounts,
            usersPerAccount: 3,
            order: 'spread',
            nowMs: Date.now(),
            hasDisorder: false,
          }),
      })),
      settings.rounds,
      settings.progress,
    );
    return {
      marks: [
        {
          name: 'CPU of 1,000 triggers over 10',
          unit: 'x',
          better: 'lower',
          must: 1.5,
          stretch: 1.2,
          values: ratios(
            samplesOf(samples, many),
            samplesOf(samples, few),
            ({ nodeUs, redisUs, events }) => (nodeUs + redisUs) / events,
          ),
        },
      ],
      figures: [...samples].map(([name, of]) => figuresOf(name, of)),
      notes: [],
    };
  },
};
