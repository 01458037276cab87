import { openCrmWorld } from '../../test/jobs/crm-world.ts';
import { startRedis } from '../../test/redis-server.ts';
import type { Benchmark, RunSettings } from '../harness/benchmark.ts';
import { closing } from '../harness/closing.ts';

/*
 * The sync to HubSpot, against the stand-in. Counted, not timed: how many requests many dirty accounts take, how often an
 * account is written in one interval whatever its events, and what the process keeps. The stand-in is in this process, so
 * the memory that is told is an upper bound.
 */

const accountsPerInput = 1000;

export const crm: Benchmark = {
  name: 'crm',
  async run(settings) {
    const many = await manyAccounts(settings);
    const busy = await busyAccounts(settings);
    return {
      marks: [
        {
          name: 'requests per 100,000 accounts that HubSpot does not have yet',
          unit: 'requests',
          better: 'lower',
          must: 1100,
          stretch: 1000,
          values: [many.first],
        },
        {
          name: 'requests per 100,000 dirty accounts',
          unit: 'requests',
          better: 'lower',
          must: 1100,
          stretch: 1000,
          values: [many.again],
        },
        {
          name: 'writes of one account in one interval, the most',
          unit: 'writes',
          better: 'lower',
          must: 1,
          stretch: 1,
          values: [busy.writesMax],
        },
        {
          name: 'memory that the second half of the events adds',
          unit: 'MB',
          better: 'lower',
          must: 60,
          stretch: 20,
          values: [busy.grownMb],
        },
      ],
      figures: [],
      notes: [
        `${many.accounts} accounts in two rounds; ${busy.events} events on ${busy.accounts} accounts in ${busy.intervals} intervals gave ${busy.writes} writes.`,
      ],
    };
  },
};

async function manyAccounts({ scale, progress }: RunSettings) {
  await using stack = closing();
  const redis = stack.use(await startRedis({ appendFsync: 'no' }));
  await using world = await openCrmWorld({ redis });
  const accounts = Math.ceil(100_000 * scale);
  const round = async (used: number): Promise<number> => {
    for (let from = 0; from < accounts; from += accountsPerInput) {
      progress.show(`filling ${from} of ${accounts} accounts`);
      const count = Math.min(accountsPerInput, accounts - from);
      await world.take(
        Array.from({ length: count }, (_, at) => world.report(`account-${from + at}`, used)),
      );
    }
    const before = world.sandbox.requestCount();
    progress.show(`telling of ${accounts} accounts`);
    await world.sync();
    return ((world.sandbox.requestCount() - before) * 100_000) / accounts;
  };
  const first = await round(8);
  const again = await round(10);
  const ready = world.sandbox.listed('Expansion: ready').length;
  if (ready !== accounts) {
    throw new Error(`${ready} of ${accounts} companies are ready at the end.`);
  }
  return { accounts, first, again };
}

async function busyAccounts({ scale, progress }: RunSettings) {
  await using stack = closing();
  const redis = stack.use(await startRedis({ appendFsync: 'no' }));
  await using world = await openCrmWorld({ redis });
  const events = Math.ceil(1_000_000 * scale);
  const accounts = 1000;
  const intervals = 10;
  const perInterval = Math.ceil(events / intervals);
  const { crm } = world.deps;
  let writes = 0;
  let writesMax = 0;
  let ofInterval = new Map<string, number>();
  Object.assign(world.deps, {
    crm: {
      ...crm,
      write: (...args: Parameters<typeof crm.write>) => {
        for (const { accountId } of args[0]) {
          const times = (ofInterval.get(accountId) ?? 0) + 1;
          ofInterval.set(accountId, times);
          writesMax = Math.max(writesMax, times);
          writes += 1;
        }
        return crm.write(...args);
      },
    },
  });
  let halfMb = 0;
  for (let interval = 0; interval < intervals; interval += 1) {
    for (let done = 0; done < perInterval; done += accounts) {
      progress.show(`event ${interval * perInterval + done} of ${events}`);
      const used = 3 + ((done / accounts + interval) % 9);
      await world.take(
        Array.from({ length: accounts }, (_, at) => world.report(`account-${at}`, used)),
      );
      // A gauge is what the newest event says: each round is a millisecond later.
      world.pass(1);
    }
    await world.sync();
    ofInterval = new Map();
    if (interval === intervals / 2 - 1) {
      halfMb = memoryMb();
    }
  }
  return { events, accounts, intervals, writes, writesMax, grownMb: memoryMb() - halfMb };
}

function memoryMb(): number {
  return process.memoryUsage().rss / 1024 / 1024;
}
