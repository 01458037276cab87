import { Fault } from '../core/fault.ts';
import type { Playbook } from '../core/playbook.ts';
import { createUpgradeWebhook, type UpgradeWebhook } from '../links/upgrade-webhook.ts';

/** Throws a Fault when the playbook names a webhook and nothing could sign its calls. */
export function upgradeWebhookOf(
  playbook: Playbook,
  secret: string | undefined,
): UpgradeWebhook | undefined {
  if (playbook.upgrade === undefined) {
    return undefined;
  }
  if (secret === undefined) {
    throw new Fault(
      'environment_invalid',
      'never',
      'The playbook has an upgrade webhook and UPGRADE_WEBHOOK_SECRET is not set, so its receiver could not tell a call of the hub from a forgery; make one with `openssl rand -hex 24`, set it here and give it to the receiver.',
    );
  }
  return createUpgradeWebhook({ url: playbook.upgrade.webhook, secret });
}
