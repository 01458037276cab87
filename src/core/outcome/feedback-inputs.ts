import { dayOf } from '../duration.ts';
import type { Input } from '../input.ts';
import type { Feedback } from './feedback.ts';

/** Whom a decision was about, from its record. */
export interface Addressee {
  readonly accountId: string;
  readonly userId: string | undefined;
}

/** The inputs that a reaction becomes, or why it moves nobody. */
export type ResolvedFeedback =
  | { readonly kind: 'inputs'; readonly inputs: readonly Input[] }
  | {
      readonly kind: 'nobody';
      readonly reason: 'feedback_of_nobody' | 'feedback_of_unknown_decision';
      /** One sentence for the operator. */
      readonly message: string;
    };

/**
 * Turns one reaction into inputs. `known` is whom its decision was about; undefined when it names none, or one that the
 * ledger does not hold. With a known decision the account and the person hear of it, else whoever the vendor named: the
 * person, who tells its accounts, or the account. The ids are `<feedback id>.account` and `.person`, so a copy of the
 * reaction changes nothing.
 */
export function feedbackInputs(
  feedback: Feedback,
  known: Addressee | undefined,
  receivedMs: number,
): ResolvedFeedback {
  const { id, timeMs, channel, about, body } = feedback;
  // The ledger is ours; what a vendor says beside our decision id may be an id of its own.
  const accountId = given(known === undefined ? about.accountId : known.accountId);
  const userId = given(known === undefined ? about.userId : known.userId);
  const decisionId = given(about.decisionId);
  const input = (to: 'account' | 'person'): Input => ({
    kind: 'feedback',
    id: `${id}.${to}`,
    dedupeDay: dayOf(timeMs),
    receivedMs,
    to,
    accountId,
    userId,
    decisionId,
    channel,
    timeMs,
    body,
  });
  const inputs = [
    ...(accountId === undefined ? [] : [input('account')]),
    ...(userId === undefined ? [] : [input('person')]),
  ];
  if (inputs.length > 0) {
    return { kind: 'inputs', inputs };
  }
  return decisionId === undefined
    ? {
        kind: 'nobody',
        reason: 'feedback_of_nobody',
        message: `A reaction (${body.kind}) names no decision, user or account of this hub; nothing was changed by it.`,
      }
    : {
        kind: 'nobody',
        reason: 'feedback_of_unknown_decision',
        message: `A reaction (${body.kind}) names a decision that this hub does not hold (made elsewhere, or more than 90 days ago), and no user or account; nothing was changed by it.`,
      };
}

function given(id: string | undefined): string | undefined {
  return id === '' ? undefined : id;
}
