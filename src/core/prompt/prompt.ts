/** The channels a prompt can take. Push is none of them, for ever. */
export type Channel = 'intercom' | 'sendgrid';

/**
 * How Intercom shows it: `event` starts what marketing designed for the surface; `banner` is the same, and a dismissal through
 * our link also takes the banner away; `message` is a chat message of a teammate (no idempotency at the vendor).
 */
export type PromptForm = 'event' | 'banner' | 'message';

/** One offer worded for one user on one channel. Made once, at the decision; never changed afterwards. */
export interface Prompt {
  /** `<partition>-<32 hex>`: names the ledger entry's place as well. Safe in BullMQ job ids, URLs and file names. */
  readonly decisionId: string;
  readonly accountId: string;
  readonly userId: string;
  readonly offerId: string;
  /** `upgrade`, `crosssell:<product>`, `education:<topic>`. */
  readonly family: string;
  readonly channel: Channel;
  readonly form: PromptForm;
  /** The in-app prompt that this e-mail follows; undefined for a first prompt. */
  readonly followsId: string | undefined;
  /** Raised by a trigger strong enough to name a price although prices were dismissed. */
  readonly reopens: boolean;
  /** Name of the event at Intercom that shows it, one per surface: `upsell-offer-ready`, `education-tip-ready`. */
  readonly surface: string;
  /** When it was decided, epoch ms; its second is the `created_at` by which Intercom removes repetitions. */
  readonly decidedMs: number;
  /** Not sent before: an e-mail waits for the end of the quiet hours. Epoch ms. */
  readonly notBeforeMs: number;
  /** A prompt not sent by then is dropped: the moment has passed. Epoch ms. */
  readonly expiresMs: number;
  /** The words, complete: no value was missing. Keys as in the playbook's copy: `headline`, `body`, `cta_label`, `cta_url`, and for an e-mail `subject`. */
  readonly words: Readonly<Record<string, string>>;
  /** What is known of the person, to create a contact that the channel has not seen yet. */
  readonly contact: { readonly email: string | undefined; readonly name: string | undefined };
}

/** The signed addresses of one prompt: absolute URLs, each carries the decision and an expiry, none a secret or a person. */
export interface PromptLinks {
  /** Opens the offer: records the click and goes on to the words' `cta_url`. */
  readonly go: string;
  /** "Not now": asks for how long. */
  readonly dismiss: string;
  /** Opts the person out; answers a one-click POST (RFC 8058). */
  readonly unsubscribe: string;
}

/** A prompt with its addresses, as channels get it. */
export type LinkedPrompt = Prompt & { readonly links: PromptLinks };

/** What the record of a decision still tells of its prompt: enough to find what shows it. */
export type DismissedPrompt = Pick<LinkedPrompt, 'decisionId' | 'userId' | 'words' | 'links'>;
