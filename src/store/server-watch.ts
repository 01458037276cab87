// Watches whether the servers are still the ones that answered before. In: a connection. Out: word of each look.
//
// Always true: `onSame` is told only after every master answered under a run id that was seen before, so none of them was
// restarted or replaced in between; anything else that answers is `onChanged`. A lost connection is told at once as
// `onAway`, before anybody can be connected anew; as soon as somebody is, a look finds out what answers then.

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

/** Looks at the servers until it is stopped. */
export interface ServerWatch {
  /** False from the loss of a connection until a look has found, and handled, what answers since. */
  isSure(): boolean;
  stop(): Promise<void>;
}

/**
 * Looks at once, whenever connected anew, and every `everyMs`. What `onChanged` throws goes to `onTrouble`, and it is called
 * again after the next look.
 */
export function watchServers(
  redis: RedisConnection,
  watcher: ServerWatcher,
  onTrouble: (message: string) => void,
  everyMs: number = 1000,
): ServerWatch {
  let known: ReadonlySet<string> | undefined;
  let losses = 0;
  let handledLosses = 0;
  const look = async (): Promise<void> => {
    const sinceMs = performance.now();
    const lossesBefore = losses;
    const ids = await runIdsOf(redis);
    if (ids === undefined) {
      return;
    }
    // A connection lost before the first look: what it led to is not known, so it may have been another.
    const isChanged =
      known === undefined ? lossesBefore > 0 : [...ids].some((id) => !known?.has(id));
    if (isChanged) {
      await watcher.onChanged();
    } else if (known !== undefined) {
      watcher.onSame(sinceMs);
    }
    handledLosses = lossesBefore;
    // All that were ever seen: behind a proxy two servers may answer in turns, and neither of them is new each time.
    known = new Set([...(known ?? []), ...ids]);
  };
  const onAway = (): void => {
    losses += 1;
    watcher.onAway();
  };
  const looking = repeatedly(look, {
    everyMs,
    onTrouble,
    trouble: 'What a restart may have lost is not known.',
  });
  const onBack = (): void => looking.soon();
  redis.on('close', onAway);
  redis.on('ready', onBack);
  // A cluster's own connection stays while one of its nodes goes.
  redis.on('-node', onAway);
  redis.on('+node', onBack);
  return {
    isSure: () => handledLosses === losses,
    async stop() {
      redis.off('close', onAway);
      redis.off('ready', onBack);
      redis.off('-node', onAway);
      redis.off('+node', onBack);
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
