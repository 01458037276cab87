import { dayMs, hourMs } from '../../src/core/duration.ts';
import type { Guardrails, Sequencing } from '../../src/core/playbook.ts';

/** Guardrails of a test, with what differs. The rest: no caps, an hour of everything, nothing quiet. */
export function guardrailsOf(differs: Partial<Guardrails> = {}): Guardrails {
  return {
    caps: [],
    cooldownMs: { user: hourMs, account: hourMs },
    openMs: hourMs,
    afterSignupMs: hourMs,
    maxPromptAgeMs: hourMs,
    maxEmailAgeMs: hourMs,
    afterTicketMs: dayMs,
    afterDismissalMs: { offer: 30 * dayMs, family: 14 * dayMs },
    afterPurchaseMs: { upgrade: 60 * dayMs, crosssell: 30 * dayMs },
    dismissalGate: {
      user: { max: 2, withinMs: 60 * dayMs },
      account: { max: 5, withinMs: 60 * dayMs },
      askAgainAfterMs: 7 * dayMs,
    },
    quietHours: {
      fromMinute: 0,
      untilMinute: 0,
      weekends: false,
      trait: 'timezone',
      fallback: 'UTC',
    },
    followUpAfterMs: 20 * hourMs,
    whenNotSeen: 'drop',
    presumeSeen: false,
    testUsers: { ids: new Set(), emailDomains: new Set(), trait: undefined },
    perMinute: 10_000,
    ...differs,
  };
}

/** Sequencing as the playbook's defaults have it, without a signal of usage. */
export const sequencing: Sequencing = {
  afterUpgradeMs: 21 * dayMs,
  steadyUntilMs: 60 * dayMs,
  maxVariation: 0.35,
  limitPressure: 0.8,
  usage: undefined,
};
