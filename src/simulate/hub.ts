import type { Rules } from '../core/account/advance.ts';
import { allOn, type Controls } from '../core/controls.ts';
import {
  type HarmfulOffer,
  harmfulByReactions,
  harmfulBySales,
} from '../core/decision/harmful-offers.ts';
import type { DecisionRecord } from '../core/decision/record.ts';
import { dayMs, hourMs } from '../core/duration.ts';
import type { Scalar } from '../core/event/event.ts';
import type { Input } from '../core/input.ts';
import { type Learned, priorsOnly } from '../core/model/learned.ts';
import type { FeedbackBody } from '../core/outcome/feedback.ts';
import { feedbackInputs } from '../core/outcome/feedback-inputs.ts';
import type { Prompt } from '../core/prompt/prompt.ts';
import { settledInputs } from '../core/prompt/settled-inputs.ts';
import { createDryRun, type Lived } from '../replay/dry-run.ts';
import { createLearning } from '../replay/learned.ts';
import type { Moment, Offer, Policy, Question, Reaction } from './policy.ts';
import { type OperatorsRules, simulatedPlaybook } from './product.ts';
import { signals } from './world.ts';

/*
 * Our own policy: the hub itself, in memory. What an account does becomes events, as a product would send them; `advance`
 * counts, guards, decides, claims and learns as it does live; what passes the last gate is the question, and what the
 * account does about it comes back as feedback and as purchases. Time is the simulator's.
 */

/** How the hub is varied, to see which part of it does the work. */
export interface HubSettings extends OperatorsRules {
  /** Never learns: the priors stay what they are. */
  readonly isFrozen: boolean;
  /** Counts what was bought after asking as if nobody had bought without: response instead of uplift. */
  readonly isBlindToHold: boolean;
}

/** A day at 00:00 UTC on which the simulation begins; long before it every account had settled in. */
const beginningMs = Date.UTC(2027, 0, 1);
const settledMs = beginningMs - 365 * dayMs;
/** Accounts act at noon, answer within minutes, and what they decided to buy arrives in the evening. */
const noonMs = 12 * hourMs;
const answerMs = 5 * 60_000;
const eveningMs = 18 * hourMs;
/** The hub reads its counters every minute and its log every hour; of less than three days there is little to learn. */
const lookEveryDays = 3;
const logEveryDays = 30;
/** The operator is told of an offer whose prompts annoyed too many, mends its words, and enables it again. */
const mendedAfterDays = 7;

/** A hub that has heard of nobody yet. On days before 0 it only watches: it is in shadow mode, and its questions reach nobody. */
export function createHub(seed: number, settings: HubSettings): Policy {
  const learning = { ...settings.learning, salt: `${settings.learning.salt}:${seed}` };
  const playbook = simulatedPlaybook({ ...settings, learning });
  const learnt = createLearning();
  const open = new Map<number, Prompt>();
  const known = new Set<number>();
  const mended = new Map<string, number>();
  let controls: Controls = allOn;
  let learned = believed(priorsOnly(playbook, beginningMs));
  let told = 0;
  let mode: Rules['mode'] = 'live';
  const dry = createDryRun(() => ({ playbook, mode, controls, learned }));

  return {
    beginDay(day) {
      mode = day < 0 ? 'shadow' : 'live';
      const nowMs = beginningMs + day * dayMs;
      took(dry.elapse(nowMs));
      if (!settings.isFrozen && day % lookEveryDays === 0) {
        learned = believed(learnt.learned(playbook, nowMs));
      }
      if (day % lookEveryDays === 0) {
        stop(harmfulByReactions(learnt.outcomes(), playbook), day + mendedAfterDays);
      }
      if (day % logEveryDays === 0) {
        stop(harmfulBySales(learnt.facts(), playbook, nowMs), Number.POSITIVE_INFINITY);
      }
      resumeMended(day);
    },
    ask(moment) {
      settleIn(moment);
      if (moment.signals.length === 0) {
        return undefined;
      }
      const nowMs = beginningMs + moment.day * dayMs + noonMs;
      const happened = Object.fromEntries(moment.signals.map((signal) => [signal, true]));
      const properties = { used: moment.usage, full: 1, ...happened };
      const lived = took(dry.take(eventOf(moment.account, 'Day Passed', nowMs, properties), nowMs));
      const [prompt] = lived.prompts;
      return prompt === undefined ? undefined : asked(moment.account, prompt, lived.decisions);
    },
    hear(account, day, reaction) {
      for (const input of inputsOf(account, day, reaction)) {
        took(dry.take(input, input.receivedMs));
      }
    },
  };

  function took(lived: Lived): Lived {
    for (const step of lived.steps) {
      learnt.add(step);
    }
    return lived;
  }

  /** The question of a prompt, which reaches its person at once. */
  function asked(
    account: number,
    prompt: Prompt,
    decisions: readonly DecisionRecord[],
  ): Question | undefined {
    for (const input of settledInputs(prompt, 'sent', prompt.decidedMs)) {
      took(dry.take(input, prompt.decidedMs));
    }
    open.set(account, prompt);
    const decision = decisions.find(({ decisionId }) => decisionId === prompt.decisionId);
    const raised = decision?.candidates.find(({ offerId }) => offerId === prompt.offerId);
    const signal = signals.find((kind) => kind === raised?.signalKind) ?? 'none';
    const offer = offerOf(prompt.offerId);
    return offer === undefined ? undefined : { offer, signal };
  }

  /** Before its first day the account had signed up, settled in, and paid. */
  function settleIn({ account, mrr }: Moment): void {
    if (known.has(account)) {
      return;
    }
    known.add(account);
    took(dry.take(paysOf(account, settledMs, mrr), settledMs));
    took(dry.take(eventOf(account, 'Settled In', settledMs), settledMs));
  }

  function inputsOf(account: number, day: number, reaction: Reaction): readonly Input[] {
    const answeredMs = beginningMs + day * dayMs + noonMs + answerMs;
    const eveningsMs = beginningMs + day * dayMs + eveningMs;
    switch (reaction.kind) {
      case 'shown':
        return feedbackOf(account, { kind: 'seen' }, answeredMs);
      case 'dismissed':
        return feedbackOf(account, { kind: 'dismissed', until: 'cooldown' }, answeredMs);
      case 'learned':
        return [eventOf(account, 'Feature Used', eveningsMs)];
      case 'taught':
        return feedbackOf(account, { kind: 'clicked' }, answeredMs);
      case 'complained':
        return [
          eventOf(account, 'Support Ticket Opened', answeredMs + 1, {
            ticketid: `${account}.${day}`,
          }),
        ];
      case 'bought':
        return [
          reaction.offer === 'upgrade'
            ? eventOf(account, 'Plan Upgraded', eveningsMs)
            : eventOf(account, 'Add-on Purchased', eveningsMs, { addon: 'crosssell' }),
          paysOf(account, eveningsMs + 1, reaction.mrr),
        ];
      case 'left':
        return [eventOf(account, 'Subscription Cancelled', eveningsMs + 2)];
      default:
        return reaction satisfies never;
    }
  }

  function feedbackOf(account: number, body: FeedbackBody, timeMs: number): readonly Input[] {
    const prompt = open.get(account);
    if (prompt === undefined) {
      return [];
    }
    const { accountId, decisionId, userId } = prompt;
    const resolved = feedbackInputs(
      {
        id: `${decisionId}.${body.kind}`,
        timeMs,
        channel: prompt.channel,
        about: { decisionId, userId, accountId },
        body,
      },
      { accountId, userId },
      timeMs,
    );
    return resolved.kind === 'inputs' ? resolved.inputs : [];
  }

  function eventOf(
    account: number,
    name: string,
    timeMs: number,
    properties: Readonly<Record<string, Scalar>> = {},
  ): Input & { readonly kind: 'event' } {
    return input(account, timeMs, { call: 'track', name, properties, traits: {} });
  }

  function paysOf(account: number, timeMs: number, mrr: number): Input {
    return input(account, timeMs, { call: 'group', name: '', properties: {}, traits: { mrr } });
  }

  function input(
    account: number,
    timeMs: number,
    said: Pick<
      (Input & { readonly kind: 'event' })['event'],
      'call' | 'name' | 'properties' | 'traits'
    >,
  ): Input & { readonly kind: 'event' } {
    told += 1;
    const id = String(told);
    return {
      kind: 'event',
      id,
      dedupeDay: undefined,
      receivedMs: timeMs,
      event: {
        messageId: id,
        timeMs,
        receivedMs: timeMs,
        userId: `${seed}.${account}.user`,
        anonymousId: undefined,
        accountId: `${seed}.${account}`,
        isReplay: false,
        ...said,
      },
    };
  }

  function believed(now: Learned): Learned {
    if (!settings.isBlindToHold) {
      return now;
    }
    const { snapshot } = now;
    const nobody = { alpha: 1e-3, beta: 1e3, n: 0, y: 0, evidence: { n: 0, y: 0 } };
    return {
      ...now,
      snapshot: {
        ...snapshot,
        belief: (cell) => (cell.arm === 'hold' ? nobody : snapshot.belief(cell)),
      },
    };
  }

  function stop(harmful: readonly HarmfulOffer[], untilDay: number): void {
    for (const { offerId, why } of harmful) {
      if (!controls.stopped.has(offerId)) {
        controls = { ...controls, stopped: new Map(controls.stopped).set(offerId, why) };
        mended.set(offerId, untilDay);
      }
    }
  }

  function resumeMended(day: number): void {
    for (const [offerId, untilDay] of mended) {
      if (day >= untilDay) {
        const stopped = new Map(controls.stopped);
        stopped.delete(offerId);
        controls = { ...controls, stopped };
        mended.delete(offerId);
        learnt.beginEpoch(offerId);
      }
    }
  }
}

function offerOf(offerId: string): Offer | undefined {
  switch (offerId) {
    case 'upgrade':
    case 'crosssell':
      return offerId;
    case 'lesson':
      return 'education';
    default:
      return undefined;
  }
}
