import { createHash } from 'node:crypto';
import type { Feedback, FeedbackBody } from '../../src/core/outcome/feedback.ts';
import type { WebhookEvent } from './schema.ts';

/** Why an event with nothing wrong tells us nothing. */
export type Ignored =
  /** No `decision_id` of ours: another mail of the account, or a late bounce, which lacks it. Nobody can be named. */
  | 'not_ours'
  /** SendGrid keeps trying. */
  | 'deferred'
  /** The receiving server refused for now; the address is good. */
  | 'blocked'
  /** A proxy fetched the images. */
  | 'machine_open'
  /** Link scanners click everything; our own link tells of people's clicks. */
  | 'click'
  /** Of another unsubscribe group than that of offers. */
  | 'other_group'
  /** A kind that the hub has no use for. */
  | 'other_kind';

/** What one event tells: mostly one reaction; a drop also tells why the address is shut. */
export type Mapped =
  | { readonly kind: 'feedback'; readonly feedback: readonly Feedback[] }
  | { readonly kind: 'ignored'; readonly why: Ignored };

/** Maps events; `offersGroup` is the unsubscribe group of offers where one is set. */
export function createMapEvent(offersGroup: number | undefined): (event: WebhookEvent) => Mapped {
  return (event) => {
    const decisionId = event.decision_id;
    if (decisionId === undefined || !/^[\w-]{1,100}$/u.test(decisionId)) {
      return { kind: 'ignored', why: 'not_ours' };
    }
    const told = bodiesOf(event, offersGroup);
    if (typeof told === 'string') {
      return { kind: 'ignored', why: told };
    }
    const id = idOf(event);
    return {
      kind: 'feedback',
      feedback: told.map((body, at) => ({
        id: at === 0 ? id : `${id}.${body.kind}`,
        timeMs: event.timestamp * 1000,
        channel: 'sendgrid',
        about: { decisionId, userId: undefined, accountId: undefined },
        body,
      })),
    };
  };
}

function bodiesOf(
  event: WebhookEvent,
  offersGroup: number | undefined,
): readonly FeedbackBody[] | Ignored {
  const isOtherGroup =
    offersGroup !== undefined &&
    event.asm_group_id !== undefined &&
    event.asm_group_id !== offersGroup;
  switch (event.event) {
    case 'processed':
    case 'delivered':
      return [{ kind: 'accepted' }];
    case 'deferred':
      return 'deferred';
    case 'bounce':
      return isBlock(event) ? 'blocked' : [{ kind: 'bounced' }];
    case 'dropped':
      return [{ kind: 'dropped' }, ...causeOf(event.reason ?? '')];
    case 'open':
      return event.sg_machine_open === true ? 'machine_open' : [{ kind: 'seen' }];
    case 'click':
      return 'click';
    case 'spamreport':
      return [{ kind: 'spam_reported' }];
    case 'unsubscribe':
      return [{ kind: 'unsubscribed', of: 'all' }];
    case 'group_unsubscribe':
      return isOtherGroup ? 'other_group' : [{ kind: 'unsubscribed', of: 'email' }];
    case 'group_resubscribe':
      return isOtherGroup ? 'other_group' : [{ kind: 'resubscribed', of: 'email' }];
    default:
      return 'other_kind';
  }
}

/** `type` says it; where it is missing, a status of 4.x.x or 4xx is temporary (RFC 3463). */
function isBlock({ type, status }: WebhookEvent): boolean {
  return type === undefined ? (status ?? '').startsWith('4') : type !== 'bounce';
}

/** SendGrid drops what would go to an address on one of its lists; ours shall have it, too (vendors: SendGrid 2). */
function causeOf(reason: string): readonly FeedbackBody[] {
  if (/^(?:bounced address|invalid(?: (?:e-?mail )?address)?$)/iu.test(reason.trim())) {
    return [{ kind: 'bounced' }];
  }
  if (/^spam report/iu.test(reason.trim())) {
    return [{ kind: 'spam_reported' }];
  }
  return /unsubscribe/iu.test(reason) ? [{ kind: 'unsubscribed', of: 'email' }] : [];
}

/**
 * SendGrid repeats an event up to 46 times within 29 hours (sendgrid/docs 2933), always with one `sg_event_id`; an event
 * without any is known by what it says.
 */
function idOf(event: WebhookEvent): string {
  const given = event.sg_event_id ?? '';
  if (/^[\w+/=-]{1,100}$/u.test(given)) {
    return `sendgrid.${given}`;
  }
  const said = [event.event, event.email, event.timestamp, event.sg_message_id, event.decision_id];
  const hash = createHash('sha256').update(JSON.stringify(said)).digest('hex');
  return `sendgrid.said.${hash.slice(0, 32)}`;
}
