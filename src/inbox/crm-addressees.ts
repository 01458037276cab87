import type {
  CrmOwned,
  CrmOwner,
  CrmThing,
  ExpansionCrm,
  FeedbackReport,
  Quarantined,
} from '../core/ports.ts';
import type { Feedback } from '../core/outcome/feedback.ts';
import { rawText } from '../core/raw-text.ts';
import type { CrmBook } from '../store/crm-book.ts';

/** Whom the reports of a CRM are about, where they name only its own records. */
export interface CrmAddressees {
  /**
   * The report with our own ids in it. `ignored`: how many were about records of nobody here. `unavailable`: the CRM does
   * not say now; nothing of the report was taken. Throws `store_unreachable` when Redis is away.
   */
  address(
    report: FeedbackReport,
    door: string,
    receivedMs: number,
    signal: AbortSignal,
  ): Promise<Addressed>;
  /** Told when an addressed report is stored: whom it forgets is forgotten here too. */
  taken(report: FeedbackReport): Promise<void>;
}

export type Addressed =
  | { readonly kind: 'addressed'; readonly report: FeedbackReport; readonly ignored: number }
  | { readonly kind: 'unavailable'; readonly retryAfterS: number };

export interface CrmAddresseesDeps {
  readonly crm: Pick<ExpansionCrm, 'owners'>;
  /** The contacts that the hub made, for those that are gone at the CRM. */
  readonly book: Pick<CrmBook, 'usersOf' | 'forgetUser'>;
}

const retryMaxS = 300;

/** Asks the CRM for all records of a report together. A report that names none costs nothing. */
export function createCrmAddressees({ crm, book }: CrmAddresseesDeps): CrmAddressees {
  return {
    async address(report, door, receivedMs, signal) {
      const things = thingsOf(report);
      if (things.length === 0) {
        return { kind: 'addressed', report, ignored: 0 };
      }
      const contactIds = (report.forgotten ?? []).map(({ contactId }) => contactId);
      const [owned, users] = await Promise.all([
        ask(crm, things, signal),
        book.usersOf(contactIds),
      ]);
      if (owned.kind === 'held' && owned.hold.kind === 'busy') {
        const seconds = Math.ceil(owned.hold.forMs / 1000);
        return { kind: 'unavailable', retryAfterS: Math.min(Math.max(1, seconds), retryMaxS) };
      }
      const owners = new Map(
        owned.kind === 'known'
          ? things.map((thing, at) => [keyOf(thing), owned.owners[at] ?? nobody] as const)
          : [],
      );
      const remembered = new Map(contactIds.map((id, at) => [id, users[at]] as const));
      const stopped = owned.kind === 'held' ? owned.hold.why : undefined;
      return sorted(report, { owners, remembered, stopped, door, receivedMs });
    },
    async taken({ erased }) {
      await Promise.all(erased.map(({ userId }) => book.forgetUser(userId)));
    },
  };
}

/** Where there is no CRM to ask: what names only its records stays of nobody, and is kept for the operator. */
export const withoutCrm: CrmAddressees = {
  address: async (report, door, receivedMs) => {
    const forgotten = (report.forgotten ?? []).map((one) =>
      aside('privacy_deletion', unknownContact, one, { door, receivedMs }),
    );
    const { feedback, erased } = report;
    const quarantined = [...report.quarantined, ...forgotten];
    return { kind: 'addressed', report: { feedback, erased, quarantined }, ignored: 0 };
  },
  taken: async () => {},
};

/** A CRM that is too slow is one that does not answer now. */
async function ask(
  crm: CrmAddresseesDeps['crm'],
  things: readonly CrmThing[],
  signal: AbortSignal,
): Promise<CrmOwned> {
  try {
    return await crm.owners(things, signal);
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
    const why = 'The CRM did not say in time whose its records are.';
    return { kind: 'held', hold: { kind: 'busy', forMs: 10_000, why } };
  }
}

function thingsOf({ feedback, forgotten = [] }: FeedbackReport): readonly CrmThing[] {
  const all = [
    ...feedback.flatMap(({ about }) => about.record ?? []),
    ...forgotten.map(({ contactId }) => ({ kind: 'contact', id: contactId }) as const),
  ];
  return [...new Map(all.map((thing) => [keyOf(thing), thing])).values()];
}

function keyOf({ kind, id }: CrmThing): string {
  return `${kind}:${id}`;
}

const nobody: CrmOwner = { ids: [], offerId: undefined };

interface Known {
  readonly owners: ReadonlyMap<string, CrmOwner>;
  readonly remembered: ReadonlyMap<string, string | undefined>;
  /** Why the CRM says nothing until somebody mends it. */
  readonly stopped: string | undefined;
  readonly door: string;
  readonly receivedMs: number;
}

function sorted(report: FeedbackReport, known: Known): Addressed {
  const feedback: Feedback[] = [];
  const erased = [...report.erased];
  const quarantined = [...report.quarantined];
  let ignored = 0;
  for (const one of report.feedback) {
    const { record } = one.about;
    const owner = record === undefined ? nobody : (known.owners.get(keyOf(record)) ?? nobody);
    const accounts = owner.ids;
    if (record === undefined) {
      feedback.push(one);
    } else if (known.stopped !== undefined) {
      quarantined.push(
        aside('crm_stopped', `${known.stopped} Whose it is was not found.`, one, known),
      );
    } else if (accounts.length === 0) {
      ignored += 1;
    } else if (accounts.length > 1 && one.body.kind === 'deal_won') {
      quarantined.push(aside('deal_of_several_accounts', severalAccounts, one, known));
    } else {
      // A ticket of several accounts keeps all of them from being asked: doubt keeps silent.
      const { offerId } = owner;
      const body = one.body.kind === 'deal_won' ? { ...one.body, offerId } : one.body;
      feedback.push(
        ...accounts.map((accountId) => ({ ...one, body, about: { ...one.about, accountId } })),
      );
    }
  }
  for (const one of report.forgotten ?? []) {
    const owner = known.owners.get(keyOf({ kind: 'contact', id: one.contactId }));
    const [userId] = owner?.ids ?? [];
    const meant = userId ?? known.remembered.get(one.contactId);
    if (meant === undefined) {
      quarantined.push(aside('privacy_deletion', unknownContact, one, known));
    } else {
      erased.push({ id: one.id, userId: meant });
    }
  }
  return { kind: 'addressed', report: { feedback, erased, quarantined }, ignored };
}

const severalAccounts =
  'A deal was won with several companies that stand for different accounts, and none is its primary one; name the primary company there, or send the purchase by Segment.';
const unknownContact =
  'The CRM was asked to forget this contact and names only its own contact id, which the hub did not make; find out whose it was and send a Segment delete call with our user id.';

function aside(
  reason: string,
  message: string,
  raw: unknown,
  { door, receivedMs }: Pick<Known, 'door' | 'receivedMs'>,
): Quarantined {
  return { reason, message, door, receivedMs, userId: undefined, raw: rawText(raw) };
}
