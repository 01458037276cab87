import { refusalInWords } from '../core/decision/explanation.ts';
import { forReaders } from '../core/decision/readers.ts';
import type { CandidateArithmetic, DecisionRecord } from '../core/decision/record.ts';
import type { LedgerEntry } from '../core/ports.ts';
import { utc } from '../core/utc.ts';
import { channelInWords } from './life.ts';

/** One decision as lines for an engineer: the event, what fired, who was refused, the arithmetic, the delivery. */
export function decisionInWords(entry: LedgerEntry): readonly string[] {
  const { record } = entry;
  return [
    `Decision ${record.decisionId} at ${utc(record.decidedMs)}${record.mode === 'shadow' ? ' (shadow: nothing is sent)' : ''}`,
    `  ${record.explanation}`,
    `  account ${record.accountId}, user ${record.userId ?? '(anonymous)'}, playbook ${record.playbookVersion}`,
    ...channelLines(record),
    `  event   ${record.cause.name === '' ? '(traits)' : record.cause.name} of ${utc(record.cause.timeMs)}, message ${record.cause.messageId}`,
    ...addressedInWords(record),
    ...record.fired.map(
      (fired) => `  fired   ${fired.triggerId} (${fired.signalKind}): ${fired.because}`,
    ),
    ...record.refused.map(
      ({ offerId, triggerId, refusal }) =>
        `  refused ${offerId} by ${triggerId}: ${refusal.reason}, because ${refusalInWords(refusal)}`,
    ),
    ...record.candidates.flatMap((one, at) => arithmeticInWords(one, at === 0, record.chosen)),
    ...(record.candidates.length === 0 ? [] : ['  rival   nothing: worth 0']),
    ...chanceInWords(record),
    ...wordsInWords(record),
    ...readersInWords(record),
    `  ${deliveryInWords(entry)}`,
  ];
}

/** Said only where it is not the plain case: who acts is asked. */
function addressedInWords({ addressed, userId }: DecisionRecord): readonly string[] {
  if (addressed === undefined) {
    return [];
  }
  switch (addressed.as) {
    case 'actor':
      return [];
    case 'buyer':
      return [`  to      ${userId}, who can buy; ${addressed.actorId}, who acted, is not known to`];
    case 'asker':
      return [`  to      ${userId}, who cannot buy, to ask their admin: no buyer is known`];
    default:
      return addressed.as satisfies never;
  }
}

/** On which channel the prompt goes, what it follows, and until when it waits. */
function channelLines({
  candidates,
  chosen,
  followsId,
  notBeforeMs,
}: DecisionRecord): readonly string[] {
  const winner = candidates.find((one) => one.offerId === chosen);
  return [
    ...(winner === undefined ? [] : [`  channel ${channelInWords(winner.channel)}`]),
    ...(followsId === undefined ? [] : [`  follows the prompt ${followsId}`]),
    ...(notBeforeMs === undefined
      ? []
      : [`  waits   not sent before ${utc(notBeforeMs)}, the end of the quiet hours`]),
  ];
}

function arithmeticInWords(
  one: CandidateArithmetic,
  isBest: boolean,
  chosen: string | undefined,
): readonly string[] {
  const mark = chosen === one.offerId ? 'chosen ' : isBest ? 'best   ' : 'lost   ';
  const number = (value: number): string => value.toFixed(2);
  return [
    `  ${mark} ${one.offerId} by ${one.triggerId}: uplift ${one.uplift.toFixed(4)}` +
      ` (asked ${one.promptProbability}, not asked ${one.holdProbability}, fatigue leaves ${one.fatigueFactor.toFixed(3)})` +
      ` x (sale ${number(one.saleValue)} + churn avoided ${number(one.churnAvoided)})` +
      ` - asking ${number(one.askingCost)} = ${number(one.expectedValue)}`,
  ];
}

/** What was left to chance, where the playbook lets the hub learn. */
function chanceInWords({ learning }: DecisionRecord): readonly string[] {
  if (learning === undefined) {
    return [];
  }
  const { arms, isHoldout, picked, piNone, snapshotId, u01 } = learning;
  return [
    ...arms.map(
      ({ alpha0, alpha1, beta0, beta1, isSafe, key, n0, n1, pi, y0, y1 }) =>
        `  arm     ${key}: asked ${y1} of ${n1} bought, Beta(${alpha1.toFixed(2)}, ${beta1.toFixed(2)});` +
        ` not asked ${y0} of ${n0}, Beta(${alpha0.toFixed(2)}, ${beta0.toFixed(2)});` +
        ` probability ${pi.toFixed(3)}${isSafe ? '' : ' (not safe to ask)'}`,
    ),
    `  chance  none ${piNone.toFixed(3)}; drawn ${u01.toFixed(3)}, picked ${picked}; snapshot ${snapshotId}` +
      (isHoldout ? '; the account is left alone to compare with (holdout)' : ''),
  ];
}

function readersInWords(record: DecisionRecord): readonly string[] {
  const { sales, user } = forReaders(record);
  return [`  sales   ${sales}`, ...(user === undefined ? [] : [`  person  ${user}`])];
}

function wordsInWords(record: DecisionRecord): readonly string[] {
  return record.words === undefined
    ? []
    : Object.entries(record.words).map(([part, text]) => `  words   ${part}: ${text}`);
}

function deliveryInWords(entry: LedgerEntry): string {
  if (entry.record.chosen === undefined) {
    return 'delivery: none, nothing was chosen';
  }
  if (entry.record.mode === 'shadow') {
    return 'delivery: none, the hub runs in shadow mode';
  }
  const tries = `${entry.attempts} ${entry.attempts === 1 ? 'try' : 'tries'}`;
  const vendor = entry.vendorId === undefined ? '' : `, at the channel as ${entry.vendorId}`;
  const reason = entry.reason === undefined ? '' : `, because ${entry.reason}`;
  const wish =
    entry.withdrawn === undefined ? '' : `; to be taken back meanwhile, because ${entry.withdrawn}`;
  return `delivery: ${entry.state} at ${utc(entry.changedMs)} after ${tries}${vendor}${reason}${wish}`;
}
