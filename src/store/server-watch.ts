// Watches whether the servers are still the ones that answered before. In: a connection. Out: word of each look.
//
// Always true: `onSame` is told only after every master answered under a run id that was seen before, so none of them was
// restarted or replaced in between; anything else that answers is `onChanged`. A lost connection is told at
// once as `onAway`, before anybody can be connected anew; what answers then, the next look finds out.

import { Cluster, type Redis } from 'ioredis';
import { repeatedly } from '../repeatedly.ts';
import type { RedisConnection } from './connection.ts';

/** What a look at the servers found. */
export interface ServerWatcher {
  /** All are the same as at the look before; `sinceMs` is when this look began, by `performance.now()`. */
  onSame(sinceMs: number): void;
  /** A connection was lost: what is on the other end of the next one is not known yet. */
  onAway(): void;
  /** One was restarted, or another took its place: what it had not yet written to its disk, or copied, is lost. */
  onChanged(): Promise<void>;
}

/**
 * Looks at once and then every `everyMs`. What `onChanged` throws goes to `onTrouble`, and it is called again after the
 * next look.
 */
export function watchServers(
  redis: RedisConnection,
  watcher: ServerWatcher,
  onTrouble: (message: string) => void,
  everyMs: number = 1000,
): { stop(): Promise<void> } {
  let known: ReadonlySet<string> | undefined;
  const look = async (): Promise<void> => {
    const sinceMs = performance.now();
    const ids = await runIdsOf(redis);
    if (ids !== undefined && known !== undefined && [...ids].some((id) => !known?.has(id))) {
      await watcher.onChanged();
    } else if (ids !== undefined && known !== undefined) {
      watcher.onSame(sinceMs);
    }
    // All that were ever seen: behind a proxy two servers may answer in turns, and neither of them is new each time.
    known = ids === undefined ? known : new Set([...(known ?? []), ...ids]);
  };
  const onAway = (): void => watcher.onAway();
  redis.on('close', onAway);
  // A cluster's own connection stays while one of its nodes goes.
  redis.on('-node', onAway);
  const looking = repeatedly(look, {
    everyMs,
    onTrouble,
    trouble: 'What a restart may have lost is not known.',
  });
  return {
    async stop() {
      redis.off('close', onAway);
      redis.off('-node', onAway);
      await looking.stop();
    },
  };
}

/** The run ids of all masters; undefined when one of them does not answer. */
async function runIdsOf(redis: RedisConnection): Promise<ReadonlySet<string> | undefined> {
  const servers: readonly Redis[] = redis instanceof Cluster ? redis.nodes('master') : [redis];
  try {
    const infos = await Promise.all(servers.map((server) => server.info('server')));
    const ids = infos.map((info) => /^run_id:(\w+)/mu.exec(info)?.[1] ?? '');
    return ids.length === 0 || ids.includes('') ? undefined : new Set(ids);
  } catch {
    // Away: whoever needs it says so; here the next look finds out who answers then.
    return undefined;
  }
}
