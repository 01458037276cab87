import { addedIncome } from '../account/income.ts';
import { planOf } from '../account/plan-of.ts';
import { purchasedMs } from '../account/purchases.ts';
import { emptyCounter, readCounter } from '../counter/counter.ts';
import { dayMs } from '../duration.ts';
import type { Offer, Playbook } from '../playbook.ts';
import { utc } from '../utc.ts';
import { type AskedStage, askedStageOf, wonAtMs } from './asked-stage.ts';
import type { ExpansionFacts, PromptFact } from './facts.ts';
import { opportunityKey } from './opportunity-key.ts';
import { plainText } from './plain-text.ts';
import { signalLifeMs, type StandingSignal, standingSignals, usagesOf } from './standing-signal.ts';
import type { ExpansionStage, ExpansionValues } from './values.ts';

/** What may be sold to the account in its present quarter: the key of the note, the task and the deal about it. */
export interface Opportunity {
  /** `<account>:<offer>:<quarter>`: the same however often it is worked out. */
  readonly key: string;
  readonly offerId: string;
  /** What the account would pay more a month. */
  readonly gainCents: number;
  readonly expectedCents: number;
}

/** Where an account stands, for those who sell. */
export interface ExpansionState {
  readonly stage: ExpansionStage;
  readonly values: ExpansionValues;
  readonly opportunity: Opportunity | undefined;
  /** The user whose doing made it so, by our id. */
  readonly championId: string | undefined;
  /** When the stage may change by time alone, epoch ms; undefined when it does not. */
  readonly changesAtMs: number | undefined;
}

/** From this share of a threshold on an account is warming. */
const warmFrom = 0.7;
const textMax = 1000;
const lineMax = 200;
const seatNames = new Set(['seats', 'members', 'users', 'teammates', 'licenses', 'licences']);

/**
 * The expansion state: a pure function of the facts. The first that holds: suppressed (a ticket, a failed payment, a
 * cancellation, an incident), won (bought, and asked for nothing else since), prompted (asked, no final answer), resting
 * (asked, and left alone until the cooldown is over), ready (a threshold is reached, the account got value, and something
 * can be sold), warming (70 % of a threshold), quiet.
 */
export function expansionOf(
  facts: ExpansionFacts,
  playbook: Playbook,
  nowMs: number,
): ExpansionState {
  const signals = standingSignals(facts, playbook, nowMs);
  const opportunity = opportunityOf(facts, signals, playbook, nowMs);
  const standing = standingOf(facts, signals, opportunity, playbook, nowMs);
  const valuesGiven = { facts, playbook, nowMs, signals, opportunity, standing };
  const championId =
    facts.prompts.at(-1)?.userId ?? facts.decisions.find(({ userId }) => userId)?.userId;
  return {
    stage: standing.stage,
    values: valuesOf(valuesGiven),
    opportunity,
    championId: championId === '' ? undefined : championId,
    changesAtMs: changesAtMs(facts, standing, nowMs),
  };
}

/** The stage, with what made it so. */
type Standing = Omit<AskedStage, 'stage'> & { readonly stage: ExpansionStage };

function standingOf(
  facts: ExpansionFacts,
  signals: readonly StandingSignal[],
  opportunity: Opportunity | undefined,
  playbook: Playbook,
  nowMs: number,
): Standing {
  const asked = askedStageOf(facts, playbook, nowMs);
  if (asked !== undefined) {
    return asked;
  }
  const prompt = facts.prompts.at(-1);
  const isReached = signals.some(({ progress }) => progress >= 1);
  if (isReached && opportunity !== undefined && gotValue(facts, playbook, nowMs)) {
    return { stage: 'ready', prompt, untilMs: undefined };
  }
  const isWarm = signals.some(({ progress }) => progress >= warmFrom);
  return { stage: isWarm ? 'warming' : 'quiet', prompt, untilMs: undefined };
}

function gotValue(facts: ExpansionFacts, playbook: Playbook, nowMs: number): boolean {
  const { counter, atLeast } = playbook.valueMoment;
  const held = facts.account.counters.get(counter) ?? emptyCounter(counter);
  return readCounter(held, counter, nowMs, undefined).value >= atLeast;
}

/** The offer that the standing signals raise and that brings most: chance of buying times the gain, by the priors. */
function opportunityOf(
  facts: ExpansionFacts,
  signals: readonly StandingSignal[],
  playbook: Playbook,
  nowMs: number,
): Opportunity | undefined {
  const quarterMs = signals[0]?.timeMs ?? nowMs;
  let best: Opportunity | undefined;
  for (const signal of signals.filter(({ progress }) => progress >= warmFrom)) {
    for (const offerId of signal.offers) {
      const offer = playbook.offers.get(offerId);
      const isBought = offer === undefined || wasBought(offer, facts, playbook, nowMs);
      const gainCents = isBought ? 0 : gainOf(offer, facts, playbook);
      if (offer !== undefined && gainCents > 0) {
        const priors = offer.priors ?? playbook.economics.priors[signal.kind];
        const expectedCents = Math.round(priors.prompt * gainCents * signal.progress);
        const key = opportunityKey(facts.accountId, offerId, quarterMs);
        const found = { key, offerId, gainCents, expectedCents };
        best = best === undefined || found.expectedCents > best.expectedCents ? found : best;
      }
    }
  }
  return best;
}

/** Whether the offer's family was bought so lately that none of it is offered again. */
function wasBought(
  { family, sells }: Offer,
  { account }: ExpansionFacts,
  playbook: Playbook,
  nowMs: number,
): boolean {
  const { upgrade, crosssell } = playbook.guardrails.afterPurchaseMs;
  const boughtMs = purchasedMs(account, family, playbook);
  return boughtMs !== undefined && nowMs < boughtMs + (sells.kind === 'plan' ? upgrade : crosssell);
}

/** What the account would pay more a month, cents; 0 when the offer is no step up for it, or teaches. */
function gainOf(offer: Offer, facts: ExpansionFacts, playbook: Playbook): number {
  return Math.round(100 * addedIncome(offer, planOf(facts.account, undefined, playbook), playbook));
}

interface Given {
  readonly facts: ExpansionFacts;
  readonly playbook: Playbook;
  readonly nowMs: number;
  readonly signals: readonly StandingSignal[];
  readonly opportunity: Opportunity | undefined;
  readonly standing: Standing;
}

function valuesOf(given: Given): ExpansionValues {
  const { facts, playbook, nowMs, signals, opportunity, standing } = given;
  const usages = usagesOf(facts, playbook, nowMs);
  const [fullest] = usages;
  const seats = usages.find(({ name }) => seatNames.has(name));
  const reached = signals.filter(({ progress }) => progress >= 1);
  const prompt = facts.prompts.at(-1);
  return {
    stage: standing.stage,
    score: scoreOf(signals),
    expectedMonthlyValue: inUnits(opportunity?.expectedCents),
    monthlyPotential: inUnits(opportunity?.gainCents),
    recommendedOffer: opportunity === undefined ? undefined : offerInWords(opportunity, playbook),
    whyNow: textOf(reached.length > 0 ? reached.slice(0, 3) : signals.slice(0, 1), '; '),
    topSignal: signals[0]?.kind,
    signals: textOf(signals.slice(0, 8), '\n'),
    usageSummary: optional(
      usages.map(({ name, used, limit }) => `${name} ${used} of ${limit}`).join('; '),
      textMax,
    ),
    limitName: fullest?.name,
    limitUsed: fullest?.used,
    limitTotal: fullest?.limit,
    usagePercent:
      fullest === undefined ? undefined : Math.floor((fullest.used / fullest.limit) * 100 + 1e-9),
    seatsUsed: seats?.used,
    seatsLimit: seats?.limit,
    plan: optional(planOf(facts.account, undefined, playbook).id ?? '', lineMax),
    lastPrompt: prompt === undefined ? undefined : plainText(prompt.offerId, lineMax),
    lastPromptMs: prompt?.timeMs,
    lastAnswer: prompt === undefined ? undefined : answerInWords(prompt, facts, playbook),
    nextAction: plainText(nextActionOf(given), textMax),
    ownerTodo: optional(ownerTodoOf(given) ?? '', textMax),
    lastSignalMs: newestMs(signals),
    restsUntilMs: standing.stage === 'resting' ? standing.untilMs : undefined,
  };
}

/** 70 for a reached threshold (less on the way to it) and 10 for each further one, in steps of 5, at most 100. */
function scoreOf(signals: readonly StandingSignal[]): number {
  const further = signals.slice(1).filter(({ progress }) => progress >= 1).length;
  const raw = 70 * (signals[0]?.progress ?? 0) + 10 * further;
  return Math.min(100, Math.floor(raw / 5 + 1e-9) * 5);
}

function inUnits(cents: number | undefined): number | undefined {
  return cents === undefined ? undefined : cents / 100;
}

function offerInWords({ offerId }: Opportunity, playbook: Playbook): string {
  const sells = playbook.offers.get(offerId)?.sells;
  const what = sells?.kind === 'plan' ? `plan ${sells.plan}` : 'add-on';
  return plainText(`${offerId} (${what})`, lineMax);
}

function textOf(signals: readonly StandingSignal[], between: string): string | undefined {
  return optional(signals.map(({ text }) => text).join(between), textMax);
}

function optional(text: string, max: number): string | undefined {
  const plain = plainText(text, max);
  return plain === '' ? undefined : plain;
}

function newestMs(signals: readonly StandingSignal[]): number | undefined {
  const times = signals.flatMap(({ timeMs }) => timeMs ?? []);
  return times.length === 0 ? undefined : Math.max(...times);
}

function answerInWords(prompt: PromptFact, facts: ExpansionFacts, playbook: Playbook): string {
  if (wonAtMs(prompt, facts, playbook) !== undefined) {
    return 'bought';
  }
  switch (prompt.answer) {
    case 'asked':
      return 'on its way';
    case 'waiting':
      return prompt.channel === 'sendgrid'
        ? 'sent by e-mail, no answer yet'
        : 'sent, no answer yet';
    case 'seen':
      return 'seen, no answer yet';
    case 'clicked':
      return 'clicked';
    case 'dismissed':
      return 'dismissed';
    case 'ignored':
      return 'seen and not taken';
    case 'not_seen':
      return 'not seen';
    case 'followed_up':
      return 'not taken; an e-mail follows';
    case 'converted':
      return 'bought';
    default:
      return prompt.answer satisfies never;
  }
}

/** What the hub does next. */
function nextActionOf(given: Given): string {
  const { facts, playbook } = given;
  const waiting = [...facts.account.waiting.keys()].flatMap((triggerId) =>
    offersOf(triggerId, playbook),
  );
  const turn =
    waiting.length === 0 ? '' : `; ${[...new Set(waiting)].join(', ')} waits for its turn`;
  return `${presentActionOf(given)}${turn}`;
}

function offersOf(triggerId: string, playbook: Playbook): readonly string[] {
  const triggers = playbook.counters.flatMap((spec) => spec.triggers);
  return triggers.find(({ id }) => id === triggerId)?.offers ?? [];
}

function presentActionOf({ facts, playbook, standing, opportunity }: Given): string {
  const offered = standing.prompt?.offerId ?? '';
  const where = standing.prompt?.channel === 'sendgrid' ? 'by e-mail' : 'in the product';
  switch (standing.stage) {
    case 'suppressed':
      return `Nothing is offered: ${facts.suppression?.why ?? ''}`;
    case 'won':
      return standing.prompt === undefined
        ? 'The account bought without being asked; nothing more is offered for now'
        : `${offered} was bought; nothing more is offered for now`;
    case 'prompted':
      return `${offered} was offered ${where}; the answer is awaited until ${utc(standing.untilMs ?? 0)}`;
    case 'resting':
      return `${offered} was offered and not taken; nothing is offered before ${utc(standing.untilMs ?? 0)}`;
    case 'ready':
      return `${opportunity === undefined ? 'An offer' : offerInWords(opportunity, playbook)} is offered in the product at the next fitting moment`;
    case 'warming':
      return 'Watched: a threshold is near';
    case 'quiet':
      return 'Nothing to do';
    default:
      return standing.stage satisfies never;
  }
}

/** What the owner of the company may do; undefined: nothing. */
function ownerTodoOf({ playbook, signals, standing, opportunity }: Given): string | undefined {
  if (standing.stage === 'ready' && opportunity !== undefined) {
    const why = textOf(signals.slice(0, 1), '') ?? '';
    return `Call about ${offerInWords(opportunity, playbook)}: ${why}`;
  }
  if (standing.stage === 'won') {
    return 'Thank them and see that they get going';
  }
  return standing.stage === 'prompted' ? 'Wait: they are being asked' : undefined;
}

function changesAtMs(
  facts: ExpansionFacts,
  { untilMs, stage }: Standing,
  nowMs: number,
): number | undefined {
  const ends = facts.decisions.map(({ decidedMs }) => decidedMs + signalLifeMs);
  // Windows slide on without events, so what is warm is looked at again every day.
  const own = stage === 'ready' || stage === 'warming' ? [...ends, nowMs + dayMs] : [];
  const later = [untilMs, ...own].filter((timeMs) => timeMs !== undefined && timeMs > nowMs);
  return later.length === 0 ? undefined : Math.min(...later.flatMap((timeMs) => timeMs ?? []));
}
