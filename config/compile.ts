import { normalizePath } from '../src/core/event/name.ts';
import { Fault } from '../src/core/fault.ts';
import { sha256Hex } from '../src/core/hash.ts';
import type {
  CopyTemplate,
  Guardrails,
  Learning,
  Offer,
  Plan,
  Playbook,
  Subject,
} from '../src/core/playbook.ts';
import { readCondition } from './check/conditions.ts';
import { formOf } from './check/copy.ts';
import { compileCounters } from './compile/counters.ts';
import { lessonFamily } from './compile/lessons.ts';
import { compileSignals } from './compile/signals.ts';
import { readEventName } from './event-name.ts';
import type { OfferSource, PlaybookSource } from './schema.ts';
import { compileTemplate } from './template.ts';

/**
 * The compiled form of a playbook that passed every check of `checkPlaybook`. The same text gives the same playbook on
 * any machine. Throws a Fault when two counters share their 32-bit name (one chance in a million for 100 counters).
 */
export function compilePlaybook(source: PlaybookSource, text: string): Playbook {
  const { counters, combined, valueMoment, errors, usage } = compileCounters(source);
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
      mrrTrait: normalizePath(source.plan.mrr),
    },
    plans: new Map(Object.entries(source.plans).map(([id, plan]) => [id, compilePlan(id, plan)])),
    ...compileSignals(source, counters),
    buyers: compileBuyers(source),
    counters,
    combined,
    valueMoment,
    errors,
    sequencing: {
      afterUpgradeMs: source.guardrails.sequencing.afterUpgrade,
      steadyUntilMs: source.guardrails.sequencing.steadyFor,
      maxVariation: source.guardrails.sequencing.maxVariation,
      limitPressure: source.guardrails.sequencing.limitPressure,
      usage,
    },
    offers: new Map(
      Object.entries(source.offers).map(([id, offer]) => [id, compileOffer(id, offer)]),
    ),
    guardrails: compileGuardrails(source.guardrails),
    economics: source.economics,
    upgrade:
      source.upgrade === undefined
        ? undefined
        : { webhook: source.upgrade.webhook, currency: source.upgrade.currency },
    crm: source.crm,
    learning: compileLearning(source.learning),
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
      ...(subject === 'user' ? whoseTraits(source.guardrails) : []),
      ...(source.plan.from === subject ? [source.plan.trait, source.plan.mrr] : []),
      ...(subject === 'user' && source.buyers !== undefined ? [source.buyers.trait] : []),
      ...source.traits[subject],
      ...(subject === 'account' ? limitTraits(source) : roleTrait(source)),
      ...tested,
      ...read,
    ].map(normalizePath),
  );
}

function compileBuyers({ buyers }: PlaybookSource): Playbook['buyers'] {
  return buyers === undefined
    ? undefined
    : { property: normalizePath(buyers.trait), test: 'is_one_of', values: buyers.values };
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
    ...soldBy(id, offer),
    priors: offer.priors,
    surface: offer.surface,
    form: offer.form,
    delivery: offer.delivery ?? (offer.email === undefined ? 'in_app' : 'in_app_then_email'),
    copy: compileWords(id, 'copy', offer.copy),
    email:
      offer.email === undefined
        ? undefined
        : // The button of the e-mail leads where that of the prompt does.
          compileWords(id, 'email', { ...offer.email, cta_url: offer.copy.cta_url }),
    askAdmin:
      offer.askAdmin === undefined ? undefined : compileWords(id, 'askAdmin', offer.askAdmin),
    softer: offer.softer,
    education: offer.education,
    budget:
      offer.budget === undefined
        ? undefined
        : { max: offer.budget.max, withinMs: offer.budget.within },
  };
}

function soldBy(id: string, offer: OfferSource): Pick<Offer, 'family' | 'sells'> {
  if (offer.teaches !== undefined) {
    return {
      family: lessonFamily(offer.teaches),
      sells: { kind: 'education', adoptedBy: offer.adoptedBy },
    };
  }
  return offer.plan === undefined
    ? {
        family: `crosssell:${id}`,
        sells: { kind: 'addon', monthlyPriceCents: offer.addon?.monthlyPrice ?? 0 },
      }
    : { family: 'upgrade', sells: { kind: 'plan', plan: offer.plan } };
}

function compileWords(
  offer: string,
  section: 'copy' | 'email' | 'askAdmin',
  words: Readonly<Record<string, string>>,
): ReadonlyMap<string, CopyTemplate> {
  return new Map(
    Object.entries(words).map(([part, source]) => [
      part,
      compileCopy(`${offer}.${section}`, part, source),
    ]),
  );
}

function compileGuardrails(source: PlaybookSource['guardrails']): Guardrails {
  const { dismissalGate, quietHours, testUsers } = source;
  return {
    caps: source.caps.map(({ per, max, within }) => ({ per, max, withinMs: within })),
    cooldownMs: source.cooldown,
    openMs: source.promptOpenFor,
    afterSignupMs: source.afterSignup,
    maxPromptAgeMs: source.maxPromptAge,
    maxEmailAgeMs: source.maxEmailAge,
    afterTicketMs: source.afterTicket,
    afterDismissalMs: source.afterDismissal,
    afterPurchaseMs: source.afterPurchase,
    dismissalGate: {
      user: { max: dismissalGate.user.max, withinMs: dismissalGate.user.within },
      account: { max: dismissalGate.account.max, withinMs: dismissalGate.account.within },
      askAgainAfterMs: dismissalGate.askAgainAfter,
    },
    quietHours: {
      fromMinute: quietHours.from,
      untilMinute: quietHours.until,
      weekends: quietHours.weekends,
      trait: normalizePath(quietHours.trait),
      fallback: quietHours.timezone,
    },
    followUpAfterMs: source.followUpAfter,
    whenNotSeen: source.whenNotSeen,
    presumeSeen: source.presumeSeen,
    testUsers: {
      ids: new Set(testUsers.ids),
      emailDomains: new Set(testUsers.emailDomains),
      trait: testUsers.trait === undefined ? undefined : normalizePath(testUsers.trait),
    },
    perMinute: source.perMinute,
  };
}

/** User traits that guardrails read: the time zone, and what marks people of one's own. */
function whoseTraits({ quietHours, testUsers }: PlaybookSource['guardrails']): readonly string[] {
  return [quietHours.trait, ...(testUsers.trait === undefined ? [] : [testUsers.trait])];
}

function compileLearning({ M, ...rest }: PlaybookSource['learning']): Learning {
  return { ...rest, holdoutShare: rest.holdoutShare, draws: M };
}

function compileCopy(offer: string, part: string, source: string): CopyTemplate {
  const copy = compileTemplate(source, formOf(part));
  if (copy.kind === 'broken') {
    throw new Fault(
      'config_invalid',
      'never',
      `offers.${offer}.${part}: ${copy.message}. ${copy.mend}.`,
    );
  }
  return copy.template;
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
