import { createSegmentConnector } from '../../connectors/segment/index.ts';
import { readinessOf } from './readiness.ts';
import { upgradeWebhookOf } from './upgrade.ts';
import { suggestedMappings } from '../../config/mappings.ts';
import { Fault } from '../core/fault.ts';
import { createHttp } from '../http/create-http.ts';
import { compareAccounts } from '../jobs/compare-accounts.ts';
import type { Lanes } from '../jobs/lanes.ts';
import { createLinkDesk } from '../links/desk.ts';
import { createLearningStore } from '../store/learning.ts';
import { createLinkActs } from '../store/link-acts.ts';
import { createUnmappedCounts } from '../store/unmapped.ts';
import { createSwitchboard } from '../switches.ts';

import type { Base } from './base.ts';

/** The HTTP half. A worker has it too, for health and metrics, but takes no events. */
export async function listen(
  base: Base & { readonly lanes: Lanes | undefined },
  closing: (() => Promise<void>)[],
): Promise<string> {
  const { settings, clock, log, metrics, producer, ledger, inbox, road } = base;
  const { sharedSecret, bearerToken, writeKeys, adminToken } = settings.secrets;
  const links = createLinkDesk({
    ledger,
    acts: createLinkActs(producer),
    road,
    playbook: settings.playbook,
    secret: settings.secrets.linkSecret,
    clock,
    upgrade:
      settings.role === 'worker'
        ? undefined
        : upgradeWebhookOf(settings.playbook, settings.secrets.upgradeWebhookSecret),
    onUpgrade: (outcome) => metrics.upgrades.inc({ outcome }),
  });
  const http = createHttp({
    segment: createSegmentConnector({ sharedSecret, bearerToken }, settings.playbook),
    inbox,
    connectors: settings.connectors ?? [],
    road,
    publicUrl: base.publicUrl,
    links,
    switches: createSwitchboard(base.controls, settings.playbook, clock),
    clock,
    metrics,
    log,
    writeKeys,
    adminToken,
    takesEvents: settings.role !== 'worker',
    readiness: () => readinessOf(producer, base.lanes),
    lift: () => compareAccounts(createLearningStore(producer), settings.playbook, clock.nowMs()),
    eraser: base.forgotten,
    unmapped: async () =>
      suggestedMappings(await createUnmappedCounts(producer).all(), settings.playbook),
  });
  closing.push(async () => {
    await http.close();
    await inbox.idle();
  });
  try {
    return await http.listen({ host: settings.host, port: settings.port });
  } catch (error) {
    throw new Fault(
      'environment_invalid',
      'never',
      `Cannot listen on ${settings.host}:${settings.port} (${codeOf(error)}); stop what uses it, or set PORT or HOST.`,
      error,
    );
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
