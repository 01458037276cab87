import { createHubspotCrm } from '../../destinations/hubspot/index.ts';
import type { Reconciled } from '../jobs/crm-reconcile.ts';
import { reconcile } from '../jobs/crm-reconcile.ts';
import { createCrmTraffic } from '../jobs/crm-traffic.ts';
import { createCrmSync } from '../jobs/crm-sync.ts';
import { readHubspot, type Variables } from '../environment.ts';
import { createLog } from '../log.ts';
import { createCrmBook } from '../store/crm-book.ts';
import { createCrmQueue } from '../store/crm-queue.ts';
import { createLedger } from '../store/ledger.ts';
import { createStateStore } from '../store/state-store.ts';
import { hubspotTokenOf, type Print } from './hubspot-provision.ts';
import { hubspotConfigOf } from './open-hubspot.ts';
import { withHub } from './with-redis.ts';

/** What `motisig hubspot reconcile` was asked for. */
export interface ReconcileOptions {
  /** Only say what differs. */
  readonly dryRun: boolean;
  /** Also make records again that somebody removed, and try refused ones again. */
  readonly recreate: boolean;
}

/** Lines per kind of finding at most. */
const toldMax = 50;

/**
 * `motisig hubspot reconcile`: compares every company that the hub wrote with what HubSpot has, and mends what differs.
 * Needs the hub's Redis to run. Gives the exit code: 1 when HubSpot could not be asked.
 */
export async function runHubspotReconcile(
  { dryRun, recreate }: ReconcileOptions,
  variables: Variables,
  print: Print,
): Promise<number> {
  const hubspot = readHubspot(variables);
  const config = hubspotConfigOf(hubspot, {
    accessToken: hubspotTokenOf(hubspot.accessToken),
    baseUrl: hubspot.baseUrl,
  });
  const clock = { nowMs: () => Date.now() };
  const log = createLog('warn');
  return withHub(variables, async (redis, playbook) => {
    const traffic = createCrmTraffic(clock);
    const deps = {
      traffic,
      crm: createHubspotCrm(config, {
        clock,
        onTrouble: (sentence) => log.warn(sentence),
        onRequest: traffic.note,
      }),
      queue: createCrmQueue(redis),
      book: createCrmBook(redis),
      store: createStateStore(redis, clock),
      ledger: createLedger(redis),
      playbook,
      clock,
      log,
      createFor: hubspot.createFor,
      settings: { requestsPerDay: hubspot.requestsPerDay, newsPerDay: hubspot.newsPerDay },
    };
    const { signal } = new AbortController();
    const found = await reconcile(deps, { mend: !dryRun, recreate: recreate && !dryRun }, signal);
    print.stdout(
      inLines(found)
        .map((line) => `${line}\n`)
        .join(''),
    );
    const hold = found.hold ?? (dryRun ? undefined : await mend(deps, signal));
    if (hold !== undefined) {
      print.stderr(`motisig: ${hold.why}\n`);
      return 1;
    }
    const differs = found.drifted.length + found.absent.length > 0;
    if (!dryRun && differs) {
      print.stdout('What differed is written, or is being written by the hub that runs.\n');
    }
    return 0;
  });
}

/** Writes what is due, unless the hub that runs does so; gives why it came to a stop. */
async function mend(deps: Parameters<typeof createCrmSync>[0], signal: AbortSignal) {
  await deps.book.unhold();
  await createCrmSync(deps).syncDue(signal);
  return deps.book.held();
}

function inLines({ same, drifted, absent, unsettled }: Reconciled): readonly string[] {
  return [
    `Companies: ${same} as they should be, ${drifted.length} that differ, ${absent.length} gone, ${unsettled.length} that wait for a person.`,
    ...drifted
      .slice(0, toldMax)
      .map(({ accountId, names }) => `  differs  ${accountId}: ${names.join(', ')}`),
    ...absent.slice(0, toldMax).map((accountId) => `  gone     ${accountId}`),
    ...unsettled.slice(0, toldMax).map(({ accountId, why }) => `  waits    ${accountId}: ${why}`),
  ];
}
