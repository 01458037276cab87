// The links of prompts. In: an opened link (GET) or a pressed button (POST), each with its token. Out: a page, and for a
// button at most one reaction on the feedback road.
//
// Always true: opening changes nothing, whoever opens and however often, because mail scanners and browsers open links
// that no person clicked; a repeated button is the same reaction with the same id and time; a token opens one action of
// one decision and nothing else. Redis gone: a page that asks to try again, with status 503; nothing was changed.

import { Fault } from '../core/fault.ts';
import type { FeedbackBody } from '../core/outcome/feedback.ts';
import { pressDismiss, showDismiss } from './dismiss.ts';
import { pressGo, showGo } from './go.ts';
import type { LinkAct, LinkDeskDeps, OpenLink } from './open-link.ts';
import { type LinkAnswer, plainPage, tryAgain } from './page.ts';
import { type LinkAction, readToken } from './token.ts';
import { pressUnsubscribe, showUnsubscribe } from './unsubscribe.ts';

/** What the HTTP door asks. Neither throws for a store that is away, nor tells who the person is. */
export interface LinkDesk {
  /** The page of a link that somebody, or something, opened. */
  show(action: LinkAction, token: string): Promise<LinkAnswer>;
  /** What a button of that page, a mail program's one click, or the page's own script sent. */
  press(action: LinkAction, token: string, form: URLSearchParams): Promise<LinkAnswer>;
}

/** The three actions over ledger, memory and road. */
export function createLinkDesk(deps: LinkDeskDeps): LinkDesk {
  return {
    show: (action, token) =>
      opened(action, token, deps, (link) => {
        switch (action) {
          case 'go':
            return showGo(link, deps);
          case 'dismiss':
            return showDismiss(link, deps);
          case 'unsubscribe':
            return showUnsubscribe(link, deps);
          default:
            return action satisfies never;
        }
      }),
    press: (action, token, form) =>
      opened(action, token, deps, (link) => {
        switch (action) {
          case 'go':
            return pressGo(link, form, deps);
          case 'dismiss':
            return pressDismiss(link, form, deps);
          case 'unsubscribe':
            return pressUnsubscribe(link, form, deps);
          default:
            return action satisfies never;
        }
      }),
  };
}

async function opened(
  action: LinkAction,
  token: string,
  deps: LinkDeskDeps,
  then: (link: OpenLink) => Promise<LinkAnswer>,
): Promise<LinkAnswer> {
  const nowMs = deps.clock.nowMs();
  const read = readToken(action, token, deps.secret, nowMs);
  if (read.kind === 'forged') {
    return plainPage(
      404,
      'This link does not work',
      'It may have been cut off on its way. Open it once more from the message it came in, or copy the whole address.',
    );
  }
  // An opt-out is never too late: whoever keeps an old message must still be able to say stop.
  if (read.kind === 'expired' && action !== 'unsubscribe') {
    return plainPage(
      410,
      'This offer has ended',
      'The link has expired and nothing was changed. You will find your plan and its options inside the product.',
    );
  }
  const { decisionId } = read.claim;
  try {
    const entry = await deps.ledger.read(decisionId);
    if (entry === undefined) {
      return plainPage(
        410,
        'This link is too old',
        'The message it belongs to is no longer on record, so nothing was changed. Use the link in a newer message, or answer this one.',
      );
    }
    return await then({
      decisionId,
      record: entry.record,
      nowMs,
      tell: (act, body) => tell(act, body, decisionId, nowMs, deps),
    });
  } catch (error) {
    if (error instanceof Fault && error.retry === 'later') {
      return tryAgain;
    }
    throw error;
  }
}

async function tell(
  act: LinkAct,
  body: FeedbackBody,
  decisionId: string,
  nowMs: number,
  { acts, road }: LinkDeskDeps,
): Promise<boolean> {
  // Repetitions carry the time of the first click, so that they are copies of it for the unit's dedupe as well.
  const { timeMs, isTold } = await acts.begin(decisionId, act, nowMs);
  if (isTold) {
    return true;
  }
  const [action, choice] = act.split('.');
  const feedback = {
    id: ['link', action, decisionId, ...(choice === undefined ? [] : [choice])].join('.'),
    timeMs,
    channel: undefined,
    about: { decisionId, userId: undefined, accountId: undefined },
    body,
  };
  const report = { feedback: [feedback], erased: [], quarantined: [] };
  const accepted = await road.accept('links', report, nowMs);
  if (accepted.kind !== 'stored') {
    return false;
  }
  await acts.finish(decisionId, act);
  return true;
}
