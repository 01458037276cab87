import { z } from 'zod';
import type { Feedback, FeedbackBody } from '../../src/core/outcome/feedback.ts';
import type { FeedbackConnector } from '../../src/core/ports.ts';

/*
 * A vendor of the tests: it signs with a word before its JSON, and reports clicks, opens and deletions. So the door is
 * tested without any real vendor's format.
 */

/** What signs. */
export const seal = 'sealed:';

const Report = z.object({
  id: z.string(),
  timeMs: z.number(),
  kind: z.enum(['seen', 'clicked', 'deleted']),
  decisionId: z.string().optional(),
  userId: z.string().optional(),
  accountId: z.string().optional(),
});

/** One report as the vendor sends it. */
export type PostHornReport = z.infer<typeof Report>;

/** A signed body. */
export function sealed(reports: readonly unknown[]): string {
  return `${seal}${JSON.stringify(reports)}`;
}

/** The connector, under the name of a vendor that has a door; `urls` gets every address it is asked to verify. */
export function createPostHorn(
  vendor: FeedbackConnector['vendor'] = 'sendgrid',
  urls: string[] = [],
): FeedbackConnector {
  return {
    vendor,
    verify({ body, url }) {
      urls.push(url);
      return Buffer.from(body).toString().startsWith(seal)
        ? { ok: true }
        : { ok: false, why: 'The seal is missing; send the body as it was sealed.' };
    },
    parse(body, receivedMs) {
      const items: unknown = JSON.parse(Buffer.from(body).toString().slice(seal.length));
      const feedback: Feedback[] = [];
      const erased: { id: string; userId: string }[] = [];
      const quarantined = [];
      for (const item of z.array(z.unknown()).parse(items)) {
        const read = Report.safeParse(item);
        if (!read.success) {
          quarantined.push({
            reason: 'post_horn_unreadable',
            message: 'A report is not of the shape that the post horn sends; look at it.',
            door: `${vendor}_webhook`,
            receivedMs,
            userId: undefined,
            raw: JSON.stringify(item),
          });
        } else if (read.data.kind === 'deleted') {
          erased.push({ id: read.data.id, userId: read.data.userId ?? '' });
        } else {
          feedback.push(toFeedback(read.data, { kind: read.data.kind }));
        }
      }
      return { feedback, erased, quarantined };
    },
  };
}

function toFeedback(report: PostHornReport, body: FeedbackBody): Feedback {
  const { id, timeMs, decisionId, userId, accountId } = report;
  return { id, timeMs, channel: 'sendgrid', about: { decisionId, userId, accountId }, body };
}
