import type { Hub } from '../../src/app/hub.ts';
import { decodeAccount } from '../../src/core/account/codec.ts';
import { readCounter } from '../../src/core/counter/counter.ts';
import type { Playbook } from '../../src/core/playbook.ts';
import type { AccountOutput } from '../workload/output.ts';
import type { Rules } from '../workload/rules.ts';

/** What the hub has counted and fired, per account, read from its store and its ledger. */
export async function hubOutputs(
  hub: Hub,
  rules: Rules,
  playbook: Playbook,
  accountIds: readonly string[],
  nowMs: number,
): Promise<readonly AccountOutput[]> {
  const loaded = await hub.store.load(
    accountIds.map((id) => ({ unit: { kind: 'account', id }, members: [], ids: [] })),
  );
  return Promise.all(
    accountIds.map(async (accountId, at) => {
      const { counters } = decodeAccount(loaded[at]?.bytes);
      const counts: Record<string, number> = {};
      for (const { signal, windowDays } of rules.counters) {
        const spec = playbook.counters.find(
          (one) => one.signal === signal && one.windowMs !== undefined,
        );
        if (spec === undefined) {
          throw new Error(`The playbook has no counter of ${signal} over ${windowDays} days.`);
        }
        const counter = counters.get(spec);
        counts[signal] =
          counter === undefined ? 0 : readCounter(counter, spec, nowMs, undefined).value;
      }
      return { accountId, counts, fired: await firedOf(hub, accountId) };
    }),
  );
}

async function firedOf(hub: Hub, accountId: string): Promise<readonly string[]> {
  const ids = await hub.ledger.newestOf(accountId);
  const entries = await Promise.all(ids.map((id) => hub.ledger.read(id)));
  return [
    ...new Set(
      entries.flatMap((entry) => entry?.record.fired ?? []).map(({ triggerId }) => triggerId),
    ),
  ];
}
