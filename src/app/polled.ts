import { Fault } from '../core/fault.ts';
import type { Feedback } from '../core/outcome/feedback.ts';
import type { FeedbackPoll } from '../core/ports.ts';
import type { FeedbackRoad } from '../inbox/feedback-road.ts';

/** Nobody waits for the answer to a poll. */
const waitMs = 30_000;

/** A poll keeps its place until its page is stored, so what is not stored is thrown. */
export async function acceptPolled(
  road: FeedbackRoad,
  vendor: FeedbackPoll['vendor'],
  feedback: readonly Feedback[],
  nowMs: number,
): Promise<void> {
  const accepted = await road.accept(
    vendor,
    { feedback, erased: [], quarantined: [] },
    nowMs,
    waitMs,
  );
  if (accepted.kind === 'unavailable') {
    throw new Fault(
      accepted.why,
      'later',
      'Feedback that a poll found cannot be stored now; it is asked for again.',
    );
  }
}
