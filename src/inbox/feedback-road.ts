// The road of what people, vendors and sales say after a prompt. In: a connector's report, a poll's, or a click on a link
// of ours. Out: inputs of account and person in the inbox, and the quarantine for what concerns nobody here.
//
// Always true: `stored` is said only after Redis has all of a report; one odd reaction never fails its neighbours; copies
// have the same ids, so they change nothing. Redis gone: `unavailable`, nothing promised, the sender repeats.

import { Fault } from '../core/fault.ts';
import type { Input } from '../core/input.ts';
import { type Addressee, feedbackInputs } from '../core/outcome/feedback-inputs.ts';
import type { Feedback } from '../core/outcome/feedback.ts';
import type {
  Accepted,
  FeedbackConnector,
  FeedbackReport,
  Inbox,
  Ledger,
  LedgerEntry,
  Quarantined,
} from '../core/ports.ts';
import type { Metrics } from '../metrics.ts';
import { type Addressed, type CrmAddressees, withoutCrm } from './crm-addressees.ts';

/** Who reports: a vendor, or a person by a link of ours. */
export type FeedbackSource = FeedbackConnector['vendor'] | 'links';

/** What the road of feedback leads through. */
export interface FeedbackRoadDeps {
  readonly ledger: Pick<Ledger, 'read'>;
  readonly inbox: Inbox;
  readonly metrics: Pick<Metrics, 'feedback' | 'callsQuarantined' | 'callsIgnored'>;
  /** Finds out whom the reports of the CRM are about. Without it, what names only its records is of nobody. */
  readonly crm?: CrmAddressees;
}

/** Where all feedback enters, whoever brings it. */
export interface FeedbackRoad {
  /**
   * Stores a whole report. Throws only for mistakes of ours; a store that is away is `unavailable`, and so is a CRM that
   * does not say within `waitMs` (default 2 s) whom it is about.
   */
  accept(
    source: FeedbackSource,
    report: FeedbackReport,
    receivedMs: number,
    waitMs?: number,
  ): Promise<Accepted>;
}

const rawMax = 2_000;
/** Well within the 5 s after which HubSpot gives up (vendors: HubSpot 4.1). */
const usualWaitMs = 2_000;

/** The road over ledger and inbox: each decision of a report is looked up once, all at the same time. */
export function createFeedbackRoad({
  ledger,
  inbox,
  metrics,
  crm = withoutCrm,
}: FeedbackRoadDeps): FeedbackRoad {
  return {
    async accept(source, given, receivedMs, waitMs = usualWaitMs) {
      let addressees: ReadonlyMap<string, Addressee>;
      let addressed: Addressed;
      try {
        const signal = AbortSignal.timeout(waitMs);
        addressed = await crm.address(given, doorOf(source), receivedMs, signal);
        if (addressed.kind === 'unavailable') {
          return { ...addressed, why: 'vendor_unreachable' };
        }
        addressees = await lookUp(addressed.report.feedback, ledger);
      } catch (error) {
        if (error instanceof Fault && error.retry === 'later') {
          return { kind: 'unavailable', retryAfterS: 5, why: 'store_unreachable' };
        }
        throw error;
      }
      const { report, ignored } = addressed;
      const { inputs, quarantined } = resolve(source, report, addressees, receivedMs);
      const accepted = await inbox.accept(inputs, quarantined);
      if (accepted.kind === 'stored') {
        await crm.taken(report);
        for (const { body } of report.feedback) {
          metrics.feedback.inc({ vendor: source, kind: body.kind });
        }
        metrics.feedback.inc({ vendor: source, kind: 'erasure' }, report.erased.length);
        metrics.callsIgnored.inc({ door: doorOf(source) }, ignored);
        for (const { reason } of quarantined) {
          metrics.callsQuarantined.inc({ reason });
        }
      }
      return accepted;
    },
  };
}

async function lookUp(
  feedback: readonly Feedback[],
  ledger: Pick<Ledger, 'read'>,
): Promise<ReadonlyMap<string, Addressee>> {
  const ids = [...new Set(feedback.flatMap(({ about }) => about.decisionId ?? []))];
  const found = await Promise.all(ids.map((id) => readSafely(id, ledger)));
  return new Map(
    found.flatMap((entry, at) =>
      entry === undefined
        ? []
        : [
            [
              ids[at] ?? '',
              { accountId: entry.record.accountId, userId: entry.record.userId },
            ] as const,
          ],
    ),
  );
}

/** An entry that cannot be read is as good as none: a vendor that repeats it for ever would not mend it. */
async function readSafely(
  id: string,
  ledger: Pick<Ledger, 'read'>,
): Promise<LedgerEntry | undefined> {
  try {
    return await ledger.read(id);
  } catch (error) {
    if (error instanceof Fault) {
      throw error;
    }
    return undefined;
  }
}

function resolve(
  source: FeedbackSource,
  report: FeedbackReport,
  addressees: ReadonlyMap<string, Addressee>,
  receivedMs: number,
): { readonly inputs: readonly Input[]; readonly quarantined: readonly Quarantined[] } {
  const inputs: Input[] = report.erased.map(({ id, userId }) => ({
    kind: 'erasure',
    id,
    dedupeDay: undefined,
    receivedMs,
    userId,
  }));
  const quarantined: Quarantined[] = [...report.quarantined];
  for (const feedback of report.feedback) {
    const known = addressees.get(feedback.about.decisionId ?? '');
    const resolved = feedbackInputs(feedback, known, receivedMs);
    if (resolved.kind === 'inputs') {
      inputs.push(...resolved.inputs);
    } else {
      quarantined.push({
        reason: resolved.reason,
        message: resolved.message,
        door: doorOf(source),
        receivedMs,
        userId: undefined,
        raw: JSON.stringify(feedback).slice(0, rawMax),
      });
    }
  }
  return { inputs, quarantined };
}

/** The name of a source's door in metrics, log and quarantine. */
export function doorOf(source: FeedbackSource): string {
  return source === 'links' ? 'links' : `${source}_webhook`;
}
