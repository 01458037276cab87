import type { Benchmark, RunSettings } from '../harness/benchmark.ts';
import { closing } from '../harness/closing.ts';
import { startConsumer } from './consumers.ts';

/*
 * Memory: what Redis keeps for an account with six counters and 30 events of one day, by MEMORY USAGE of each key (its
 * name and the overhead included). The marks count everything for an account of one user; what the account's own keys
 * take, which is what the marks were set for, and what three users take is told beside.
 */

/** What a key of the hub holds (src/store/keys.ts). */
const kinds = [
  { name: 'account state', pattern: /^\{..\}:s:a\./u },
  { name: 'account dedupe', pattern: /^\{..\}:d:a\./u },
  { name: 'member states', pattern: /^\{..\}:m:a\./u },
  { name: 'person states', pattern: /^\{..\}:s:p\./u },
  { name: 'person dedupe', pattern: /^\{..\}:d:p\./u },
] as const;

type Kind = (typeof kinds)[number]['name'];
type BytesByKind = ReadonlyMap<Kind, number>;

const eventsPerAccount = 30;

/** Bytes per account: its state, and everything that grows with accounts. */
export const bytes: Benchmark = {
  name: 'bytes',
  async run(settings) {
    const one = await bytesPerAccount(1, settings);
    const three = await bytesPerAccount(3, settings);
    const state = sum(one, ['account state', 'member states']);
    return {
      marks: [
        {
          name: 'bytes of state per account',
          unit: 'bytes',
          better: 'lower',
          must: 400,
          stretch: 288,
          values: [state],
        },
        {
          name: 'bytes of state, persons and dedupe per account',
          unit: 'bytes',
          better: 'lower',
          must: 800,
          stretch: 620,
          values: [sum(one, [...one.keys()])],
        },
      ],
      figures: [],
      notes: [
        `Account of one user: ${listed(one)}; the account's own two keys ${sum(one, ['account state', 'account dedupe']).toFixed(0)} bytes.`,
        `Account of three users: ${listed(three)}; together ${sum(three, [...three.keys()]).toFixed(0)} bytes.`,
      ],
    };
  },
};

async function bytesPerAccount(
  usersPerAccount: number,
  settings: RunSettings,
): Promise<BytesByKind> {
  await using stack = closing();
  const { redis, consume } = await startConsumer(stack, {
    name: 'hub',
    program: 'consumer',
    triggers: 20,
  });
  const accounts = Math.ceil(500 * settings.scale);
  settings.progress.show(`filling ${accounts} accounts of ${usersPerAccount} users`);
  await consume({
    label: 'bytes',
    seed: 3,
    events: accounts * eventsPerAccount,
    accounts,
    usersPerAccount,
    order: 'spread',
    nowMs: Date.now(),
    hasDisorder: false,
  });
  const keys = await redis.bytesOfKeys();
  return new Map(
    kinds.map(({ name, pattern }) => {
      const ofKind = keys.filter(({ key }) => pattern.test(key));
      return [name, ofKind.reduce((total, { bytes }) => total + bytes, 0) / accounts];
    }),
  );
}

function sum(byKind: BytesByKind, of: readonly Kind[]): number {
  return of.reduce((total, kind) => total + (byKind.get(kind) ?? 0), 0);
}

function listed(byKind: BytesByKind): string {
  return [...byKind].map(([kind, size]) => `${kind} ${size.toFixed(0)}`).join(', ');
}
