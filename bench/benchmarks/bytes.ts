import { startBenchRedis } from '../harness/bench-redis.ts';
import type { Benchmark } from '../harness/benchmark.ts';
import { startChild } from '../harness/child.ts';
import { closing } from '../harness/closing.ts';
import { usersPerAccount } from '../workload/stream.ts';
import { startConsumer } from './consumers.ts';

/*
 * Memory: what Redis keeps for an account with six counters and 30 events of three users on one day, by MEMORY USAGE of
 * each key (the key's own bytes and the overhead included).
 */

/** What a key of the hub holds (src/store/keys.ts). */
const kinds = [
  { name: 'account states', pattern: /^\{..\}:s:a\./u },
  { name: 'member states', pattern: /^\{..\}:m:a\./u },
  { name: 'person states', pattern: /^\{..\}:s:p\./u },
  { name: 'dedupe of accounts', pattern: /^\{..\}:d:a\./u },
  { name: 'dedupe of persons', pattern: /^\{..\}:d:p\./u },
] as const;

/** Bytes per account: the account's own state, and everything that grows with accounts. */
export const bytes: Benchmark = {
  name: 'bytes',
  async run(settings) {
    await using stack = closing();
    const redis = stack.use(await startBenchRedis('everysec'));
    const consumer = await startConsumer('hub', stack.use(startChild('consumer')), redis, 20);
    const accounts = Math.ceil(500 * settings.scale);
    settings.progress.show('filling accounts');
    await consumer.consume({
      label: 'bytes',
      seed: 3,
      events: accounts * 30,
      accounts,
      order: 'spread',
      nowMs: Date.now(),
      hasDisorder: false,
    });
    const keys = await redis.bytesOfKeys();
    const perAccount = kinds.map(({ name, pattern }) => {
      const ofKind = keys.filter(({ key }) => pattern.test(key));
      return { name, bytes: ofKind.reduce((sum, { bytes }) => sum + bytes, 0) / accounts };
    });
    const of = (name: (typeof kinds)[number]['name']): number => perAccount.find((kind) => kind.name === name)?.bytes ?? Number.NaN;
    const state = of('account states') + of('member states');
    return {
      marks: [
        { name: 'state bytes per account', unit: 'bytes', better: 'lower', must: 400, stretch: 288, values: [state] },
        {
          name: 'state, persons and dedupe bytes per account',
          unit: 'bytes',
          better: 'lower',
          must: 800,
          stretch: 620,
          values: [perAccount.reduce((sum, { bytes }) => sum + bytes, 0)],
        },
      ],
      figures: [],
      notes: [
        `Bytes per account with ${usersPerAccount} users: ${perAccount.map(({ name, bytes }) => `${name} ${bytes.toFixed(0)}`).join(', ')}.`,
      ],
    };
  },
};
