import { checkPlaybook } from '../../config/check.ts';
import type { Playbook } from '../../src/core/playbook.ts';
import type { Rules } from './rules.ts';

/**
 * The hub's playbook for the rules: one offer, everything else at the playbook's defaults (caps, cooldowns, economics).
 * Goes through the same check and compilation as a customer's. Throws when the check finds a mistake.
 */
export function playbookOf(rules: Rules): Playbook {
  // JSON is YAML, so no second syntax has to be written here.
  const source = JSON.stringify(sourceOf(rules), undefined, 2);
  const checked = checkPlaybook(source, 'bench playbook');
  if (checked.kind === 'invalid') {
    const first = checked.problems[0];
    throw new Error(
      `The benchmark's playbook is wrong: ${first?.field ?? ''} ${first?.message ?? ''}.`,
    );
  }
  return checked.playbook;
}

function sourceOf(rules: Rules): object {
  return {
    version: 1,
    account: { paths: ['context.groupId'] },
    plan: { default: 'starter' },
    plans: { starter: { monthlyPrice: 19 }, pro: { monthlyPrice: 99 } },
    events: Object.fromEntries(rules.counters.map(({ eventName }) => [eventName, []])),
    signals: Object.fromEntries(
      rules.counters.map(({ signal, eventName }) => [signal, { events: eventName }]),
    ),
    valueMoment: { signal: rules.counters[0]?.signal, atLeast: rules.valueAtLeast },
    // The workspace's pace would hold prompts back for up to a minute after a burst: what is measured is the road.
    guardrails: { perMinute: 10_000 },
    triggers: Object.fromEntries(
      rules.triggers.map(({ id, counter, threshold }) => [
        id,
        {
          count: counter.signal,
          within: `${counter.windowDays}d`,
          atLeast: threshold,
          kind: 'power',
          offers: ['upgrade'],
        },
      ]),
    ),
    offers: {
      upgrade: {
        plan: 'pro',
        copy: {
          headline: 'Your team is busy',
          body: '{{ count }} times in {{ window }}: the pro plan has no limits.',
          cta_label: 'See the pro plan',
          cta_url: 'https://app.example.com/billing?from={{ plan.id }}',
        },
      },
    },
  };
}
