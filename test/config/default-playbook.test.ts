import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkPlaybook } from '../../config/check.ts';
import { problemInWords } from '../../src/cli/check.ts';
import { appraise, choose } from '../../src/core/decision/decide.ts';
import type { Playbook } from '../../src/core/playbook.ts';

const source = readFileSync(
  new URL('../../config/playbooks/default.yaml', import.meta.url),
  'utf8',
);

function defaultPlaybook(): Playbook {
  const checked = checkPlaybook(source, 'default.yaml');
  if (checked.kind === 'invalid') {
    throw new Error(checked.problems.map(problemInWords).join('\n'));
  }
  return checked.playbook;
}

describe('the playbook that ships', () => {
  it('passes its own check without a warning', () => {
    const checked = checkPlaybook(source, 'default.yaml');
    expect(
      checked.kind === 'invalid' ? checked.problems.map(problemInWords) : checked.warnings,
    ).toEqual([]);
  });

  it('tells the editor where its schema is', () => {
    expect(source).toMatch(/^# yaml-language-server: \$schema=\.\.\/playbook\.schema\.json$/mu);
  });

  it('quotes 10/10 at the tenth report of ten', () => {
    const copy = defaultPlaybook().offers.get('more_reports')?.copy;
    const values = {
      used: 10,
      limit: 10,
      percent: 100,
      offer: { id: 'more_reports', plan: 'pro', price: '99' },
    };
    const words = [...(copy ?? [])].map(([part, template]) => [part, template.render(values)]);
    expect(Object.fromEntries(words)).toEqual({
      headline: { kind: 'words', text: "You're at 10/10 reports" },
      body: {
        kind: 'words',
        text: 'Pro gives you 100 reports for $99 a month, so the next one does not have to wait.',
      },
      cta_label: { kind: 'words', text: 'Get more reports' },
      cta_url: {
        kind: 'words',
        text: 'https://app.example.com/billing?plan=pro',
      },
    });
  });

  it('listens to reports with one trigger per plan, so that nothing takes the prompt before 10 of 10', () => {
    const rules = defaultPlaybook().signalsByEvent.get('track:reportcreated') ?? [];
    const triggers = rules.flatMap((rule) => rule.counters).flatMap((counter) => counter.triggers);
    expect(triggers.map(({ id, threshold }) => [id, threshold])).toEqual([
      ['reports_full', 1],
      ['reports_full_on_pro', 1],
    ]);
  });

  it('finds every offer worth asking an account that was never asked, on the dearest plan whose trigger raises it', () => {
    const playbook = defaultPlaybook();
    const triggers = playbook.counters.flatMap((counter) => counter.triggers);
    const sold = [...playbook.offers.values()].filter((offer) => offer.sells.kind !== 'education');
    for (const offer of sold) {
      const trigger = triggers.find((one) => one.offers.includes(offer.id));
      const where = trigger?.where.find((test) => test.of === 'plan');
      const plans = where?.test === 'is_one_of' ? where.values : ['starter'];
      const planId = String(plans.at(-1));
      const plan = { id: planId, plan: playbook.plans.get(planId), paid: undefined };
      const eligible = [
        {
          offer,
          channel: 'intercom' as const,
          triggerId: trigger?.id ?? '',
          signalKind: trigger?.signalKind ?? 'none',
          strength: trigger?.strength ?? 0.5,
          isUnderLimitPressure: false,
          hasUsageHalved: false,
        },
      ];
      const candidates = appraise(eligible, { plan, touches: [], userId: 'u', nowMs: 0 }, playbook);
      expect([offer.id, choose(candidates)?.offerId]).toEqual([offer.id, offer.id]);
    }
  });
});
