import { utc } from '../utc.ts';
import type { DecisionRecord, FiredTrigger, SignalKind } from './record.ts';
import { refusalInWords } from './explanation.ts';

/** One decision in the words of those who ask about it. Made from the record only; names no person but where the words that were said do. */
export interface ForReaders {
  /** The numbers: what was believed, what it is worth, what chance did. */
  readonly engineer: string;
  /** Why this account, why now, what was said, and what to say next. */
  readonly sales: string;
  /** Why the person sees it; undefined when the person sees nothing. */
  readonly user: string | undefined;
}

/** Tells a decision to an engineer, to sales and to the person who was asked. */
export function forReaders(record: DecisionRecord): ForReaders {
  const fired = firedFor(record);
  return {
    engineer: forEngineer(record),
    sales: forSales(record, fired),
    user:
      record.chosen === undefined || fired === undefined
        ? undefined
        : `You see this because ${momentOf(fired)}.`,
  };
}

/** The trigger that raised what was chosen, or that would have; the first where nothing could be. */
function firedFor(record: DecisionRecord): FiredTrigger | undefined {
  const { candidates, chosen, fired } = record;
  const sums = candidates.find(({ offerId }) => offerId === chosen) ?? candidates[0];
  return fired.find(({ triggerId }) => triggerId === sums?.triggerId) ?? fired[0];
}

function forEngineer({ explanation, learning }: DecisionRecord): string {
  if (learning === undefined) {
    return explanation;
  }
  const arms = learning.arms.map(
    ({ key, pi, pPlus }) => `${key} ${pi.toFixed(3)} (worth asking in ${percent(pPlus)} of draws)`,
  );
  return `${explanation} Probabilities: ${[...arms, `none ${learning.piNone.toFixed(3)}`].join(', ')}; drawn ${learning.u01.toFixed(3)}, picked ${learning.picked}; snapshot ${learning.snapshotId}.`;
}

function forSales(record: DecisionRecord, fired: FiredTrigger | undefined): string {
  const { accountId, chosen, decidedMs, refused, words } = record;
  const why =
    fired === undefined
      ? ''
      : ` ${sentence(momentOf(fired))} (${fired.because}, ${utc(decidedMs)}).`;
  if (chosen === undefined) {
    return `${accountId}:${why} Nothing was said: ${silenceOf(record)}. Next: ${
      record.learning?.silence === 'holdout'
        ? 'leave the account alone until its 30 days are over, else nobody can tell what the prompts bring'
        : nextAfterSilence(refused[0]?.refusal.reason)
    }.`;
  }
  const headline = words?.['headline'] ?? words?.['subject'];
  const said = headline === undefined ? '' : ` Said: "${headline}", for ${chosen}.`;
  const kind = fired?.signalKind ?? 'none';
  return `${accountId}:${why}${said} Next: ${nextByKind[kind]}.`;
}

function silenceOf({ explanation, learning, refused }: DecisionRecord): string {
  switch (learning?.silence) {
    case 'holdout':
      return 'the account belongs to those that are left alone, to compare with';
    case 'chance':
      return 'the moment was left silent on purpose, to learn what happens without asking';
    case 'worth_less':
      return 'asking would have cost more patience than it brings';
    default: {
      const first = refused[0]?.refusal;
      return first === undefined
        ? explanation.replace(/\.$/u, '').replace(/^S/u, 's')
        : refusalInWords(first);
    }
  }
}

/** What a person did, as a clause that the person would understand. */
function momentOf({ because, evidence, subject }: FiredTrigger): string {
  const { count, limit, used, window } = evidence;
  const noun = readable(because.split(' ')[0] ?? '');
  const whose = subject === 'account' ? 'your team' : 'you';
  if (used !== undefined && limit !== undefined) {
    return `${whose} used ${used} of ${limit} ${noun}`;
  }
  if (count !== undefined && window !== undefined) {
    return `${whose} reached ${count} (${noun}) within ${window}`;
  }
  return count === undefined
    ? `of what ${whose} did lately (${noun})`
    : `${whose} reached ${count} (${noun})`;
}

const nextByKind: Readonly<Record<SignalKind, string>> = {
  limit: 'ask what more room would let them do, and offer the step up from there',
  power: 'ask what they do most often, and show how the bigger plan shortens it',
  team: 'ask who else will work in it, and speak of seats and roles',
  explore: 'ask what they were looking for, and show that one thing',
  adjacent: 'ask what they wanted to connect or automate, and show the add-on on their own case',
  none: 'ask what they were doing at that moment, before naming a price',
};

function nextAfterSilence(reason: string | undefined): string {
  switch (reason) {
    case 'support_ticket':
    case 'circumstance':
    case 'meeting_errors':
      return 'help first, and say nothing of prices until that is settled';
    case 'dismissed':
    case 'dismissal_gate':
      return 'show how the feature helps, and let prices rest';
    case 'bought_lately':
      return 'see that what they bought works for them';
    default:
      return 'wait for the next moment';
  }
}

function sentence(clause: string): string {
  return clause
    .replace('your team', 'the team')
    .replace(/^you /u, 'a user ')
    .replace(/ you /u, ' a user ')
    .replace(/^./u, (first) => first.toUpperCase());
}

function readable(name: string): string {
  return name.replaceAll(/[_-]/gu, ' ');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
