/** The channels a prompt can take. Push is none of them, for ever. */
export type Channel = 'intercom';

/** One offer worded for one user on one channel. Made once, at the decision; never changed afterwards. */
export interface Prompt {
  /** `<partition>-<32 hex>`: names the ledger entry's place as well. Safe in BullMQ job ids, URLs and file names. */
  readonly decisionId: string;
  readonly accountId: string;
  readonly userId: string;
  readonly offerId: string;
  readonly channel: Channel;
  /** Name of the event at Intercom that shows it, one per surface: `upsell-offer-ready`, `education-tip-ready`. */
  readonly surface: string;
  /** When it was decided, epoch ms; its second is the `created_at` by which Intercom removes repetitions. */
  readonly decidedMs: number;
  /** A prompt not sent by then is dropped: the moment has passed. Epoch ms. */
  readonly expiresMs: number;
  /** The words, complete: no value was missing. Keys as in the playbook's copy (`headline`, `body`, `cta_label`, `cta_url`). */
  readonly words: Readonly<Record<string, string>>;
  /** What is known of the person, to create a contact that the channel has not seen yet. */
  readonly contact: { readonly email: string | undefined; readonly name: string | undefined };
}
