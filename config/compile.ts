import { normalizePath } from '../src/core/event/name.ts';
import { Fault } from '../src/core/fault.ts';
import { sha256Hex } from '../src/core/hash.ts';
import type { CopyTemplate, Offer, Plan, Playbook, Subject } from '../src/core/playbook.ts';
import { readCondition } from './check/conditions.ts';
import { formOf } from './check/copy.ts';
import { compileCounters } from './compile/counters.ts';
import { compileSignals } from './compile/signals.ts';
import { readEventName } from './event-name.ts';
import type { OfferSource, PlaybookSource } from './schema.ts';
import { compileTemplate } from './template.ts';

/**
 * The compiled form of a playbook that passed every check of `checkPlaybook`. The same text gives the same playbook on
 * any machine. Throws a Fault when two counters share their 32-bit name (one chance in a million for 100 counters).
 */
export function compilePlaybook(source: PlaybookSource, text: string): Playbook {
  const { counters, valueMoment } = compileCounters(source);
  return {
    version: sha256Hex(text).slice(0, 16),
    account: {
      paths: unique(source.account.paths.map(normalizePath)).map((path) => path.split('.')),
      whenMissing: source.account.whenMissing,
    },
    traits: {
      user: keptTraits(source, 'user'),
      account: keptTraits(source, 'account'),
    },
    plan: {
      subject: source.plan.from,
      trait: normalizePath(source.plan.trait),
      fallback: source.plan.default,
    },
    plans: new Map(Object.entries(source.plans).map(([id, plan]) => [id, compilePlan(id, plan)])),
    ...compileSignals(source, counters),
    counters,
    valueMoment,
    offers: new Map(
      Object.entries(source.offers).map(([id, offer]) => [id, compileOffer(id, offer)]),
    ),
    guardrails: {
      caps: source.guardrails.caps.map(({ per, max, within }) => ({
        per,
        max,
        withinMs: within,
      })),
      cooldownMs: source.guardrails.cooldown,
      openMs: source.guardrails.promptOpenFor,
      afterSignupMs: source.guardrails.afterSignup,
      maxPromptAgeMs: source.guardrails.maxPromptAge,
    },
    economics: source.economics,
  };
}

/**
 * The listed traits, the one that names the plan, those that conditions test, and those that a signal reads of identify
 * or group calls. Of users also `email` and `name`: Intercom creates a contact from them; copy never quotes the first.
 */
function keptTraits(source: PlaybookSource, subject: Subject): readonly string[] {
  const call = subject === 'user' ? 'identify' : 'group';
  const tested = Object.values(source.triggers)
    .flatMap((trigger) => Object.keys(trigger.where ?? {}))
    .flatMap((name) => readCondition(name) ?? [])
    .flatMap((condition) => (condition.of === subject ? [condition.trait] : []));
  const read = Object.values(source.signals)
    .filter((signal) => signal.events.some((event) => readEventName(event).call === call))
    .flatMap((signal) => [signal.value, signal.limit?.property, ...Object.keys(signal.where ?? {})])
    .flatMap((property) => property ?? []);
  return unique(
    [
      ...(subject === 'user' ? ['email', 'name'] : []),
      ...(source.plan.from === subject ? [source.plan.trait] : []),
      ...source.traits[subject],
      ...(subject === 'account' ? limitTraits(source) : roleTrait(source)),
      ...tested,
      ...read,
    ].map(normalizePath),
  );
}

function limitTraits(source: PlaybookSource): readonly string[] {
  return Object.values(source.signals).flatMap((signal) => signal.limit?.trait ?? []);
}

function roleTrait(source: PlaybookSource): readonly string[] {
  const asks = Object.values(source.triggers).some(
    (trigger) => trigger.seats !== undefined || trigger.roleShare !== undefined,
  );
  return asks ? [source.members.role] : [];
}

function compilePlan(id: string, plan: PlaybookSource['plans'][string]): Plan {
  return {
    id,
    monthlyPriceCents: plan.monthlyPrice,
    limits: new Map(Object.entries(plan.limits)),
  };
}

function compileOffer(id: string, offer: OfferSource): Offer {
  return {
    id,
    family: offer.plan === undefined ? `crosssell:${id}` : 'upgrade',
    sells:
      offer.plan === undefined
        ? { kind: 'addon', monthlyPriceCents: offer.addon?.monthlyPrice ?? 0 }
        : { kind: 'plan', plan: offer.plan },
    priors: offer.priors,
    surface: offer.surface,
    copy: new Map(
      Object.entries(offer.copy).map(([part, source]) => [part, compileCopy(id, part, source)]),
    ),
  };
}

function compileCopy(offer: string, part: string, source: string): CopyTemplate {
  const copy = compileTemplate(source, formOf(part));
  if (copy.kind === 'broken') {
    throw new Fault(
      'config_invalid',
      'never',
      `offers.${offer}.copy.${part}: ${copy.message}. ${copy.mend}.`,
    );
  }
  return copy.template;
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
