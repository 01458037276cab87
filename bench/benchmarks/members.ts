import { z } from 'zod';
import { type Benchmark, figuresOf, ratios } from '../harness/benchmark.ts';
import { startBenchRedis } from '../harness/bench-redis.ts';
import { startChild } from '../harness/child.ts';
import { type Closing, closing } from '../harness/closing.ts';
import { type Contestant, interleave, samplesOf } from '../harness/rounds.ts';
import { measure } from '../harness/sample.ts';

/*
 * What the size of an account costs: events of one with 50,000 members and of one with 5, under the playbook that ships,
 * which counts seats and shares of roles. One event in ten is of membership. And the bytes that Redis keeps of both.
 */

const small = '5 members';
const large = '50,000 members';

/** CPU of Node and Redis per event of a large account over that of a small one. */
export const members: Benchmark = {
  name: 'members',
  async run(settings) {
    await using stack = closing();
    settings.progress.show('filling the accounts');
    const nowMs = Date.now();
    const contestants = [
      await contestant(stack, small, 5, settings.scale, nowMs, settings.profileFolder),
      await contestant(
        stack,
        large,
        Math.ceil(50_000 * settings.scale),
        settings.scale,
        nowMs,
        settings.profileFolder,
      ),
    ];
    const samples = await interleave(contestants, settings.rounds, settings.progress);
    const bytes = await Promise.all(contestants.map(({ stateBytes }) => stateBytes()));
    return {
      marks: [
        {
          name: 'CPU of an event of 50,000 members over one of 5',
          unit: 'x',
          better: 'lower',
          must: 1.3,
          stretch: undefined,
          values: ratios(
            samplesOf(samples, large),
            samplesOf(samples, small),
            ({ nodeUs, redisUs, events }) => (nodeUs + redisUs) / events,
          ),
        },
      ],
      figures: [...samples].map(([name, of]) => figuresOf(name, of)),
      notes: [`State of the account itself: ${bytes.join(' and ')} bytes in Redis.`],
    };
  },
};

interface AccountOf extends Contestant {
  /** What Redis keeps of the account without its members, once it was worked on. */
  stateBytes(): Promise<number>;
}

async function contestant(
  stack: Closing,
  name: string,
  size: number,
  scale: number,
  nowMs: number,
  profileFolder: string | undefined,
): Promise<AccountOf> {
  const redis = stack.use(await startBenchRedis('everysec'));
  const process = stack.use(startChild('members', profileFolder));
  await process.ask('start', z.undefined(), { path: redis.target.path, members: size, nowMs });
  const events = Math.ceil(4_000 * scale);
  return {
    name,
    round: () =>
      measure({ processes: [process], redis }, async () => ({
        events,
        seconds: await process.ask('work', z.number(), { events }),
      })),
    async stateBytes() {
      const keys = await redis.bytesOfKeys();
      return keys
        .filter(({ key }) => /^\{..\}:s:a\./u.test(key))
        .reduce((sum, { bytes }) => sum + bytes, 0);
    },
  };
}
