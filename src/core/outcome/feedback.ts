import type { Channel } from '../prompt/prompt.ts';

/** What people, vendors and sales tell us after a prompt, or besides it. Money in cents, times in epoch ms. */
export type FeedbackBody =
  /** The vendor holds the message (SendGrid `processed` or `delivered`): ends `unknown`, proves nothing about the person. */
  | { readonly kind: 'accepted' }
  /** The channel showed it. Machine opens of e-mails are none. */
  | { readonly kind: 'seen' }
  | { readonly kind: 'clicked' }
  /** `cooldown`: not now; `next_period`: not before the limit's next period; `never`: not this offer again, ever. */
  | { readonly kind: 'dismissed'; readonly until: 'cooldown' | 'next_period' | 'never' }
  /** Answered the prompt itself (not a support request). */
  | { readonly kind: 'replied' }
  /** The vendor dropped the message before sending it. */
  | { readonly kind: 'dropped' }
  /** The e-mail address does not exist: no e-mail to this person again. */
  | { readonly kind: 'bounced' }
  | { readonly kind: 'spam_reported' }
  /** `email`: no e-mail again; `all`: no prompt on any channel again. */
  | { readonly kind: 'unsubscribed'; readonly of: 'email' | 'all' }
  | { readonly kind: 'resubscribed'; readonly of: 'email' | 'all' }
  | { readonly kind: 'ticket_opened'; readonly ticketId: string; readonly isPriority: boolean }
  /** Confirmed by a click on our link, and put in force by the customer's own system. */
  | { readonly kind: 'bought'; readonly offerId: string }
  | { readonly kind: 'ticket_closed'; readonly ticketId: string }
  | {
      readonly kind: 'deal_won';
      readonly dealId: string;
      /** The offer that the hub made the deal for; undefined: unknown, or somebody else made it. */
      readonly offerId?: string | undefined;
      readonly monthlyCents: number | undefined;
    };

/**
 * One reaction as a connector understood it. `about` names whom as well as the vendor can: by our decision, by our user
 * or account, at worst by nothing but the channel. A person's reaction without a decision is about the newest prompt that
 * this channel brought to the person.
 */
export interface Feedback {
  /** The same in every copy that the vendor sends: `sendgrid.<sg_event_id>`, `intercom.<topic>.<id>.<stat>`. */
  readonly id: string;
  readonly timeMs: number;
  readonly channel: Channel | undefined;
  readonly about: {
    readonly decisionId: string | undefined;
    readonly userId: string | undefined;
    readonly accountId: string | undefined;
    /** The CRM's own record, where it names nothing of ours: whose it is must be asked there. */
    readonly record?: { readonly kind: 'deal' | 'ticket'; readonly id: string };
  };
  readonly body: FeedbackBody;
}
