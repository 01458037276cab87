import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../src/core/ports.ts';
import type { IntercomSandbox } from '../../src/sandbox/intercom.ts';
import type { SandboxEmail } from '../../src/sandbox/sendgrid-outbox.ts';
import type { SendgridSandbox } from '../../src/sandbox/sendgrid.ts';
import { until } from '../until.ts';
import type { Random } from './seeded.ts';

/**
 * What a person does with every prompt in the product, always the same: so that a report which names the person and not the
 * prompt, as Intercom's do, cannot be about another kind of prompt.
 */
export type Temper = 'dismisses' | 'sees' | 'clicks' | 'stays_silent';

/** Something that a person did, by the hub's clock. */
export interface Deed {
  readonly what: 'dismissed' | 'unsubscribed' | 'reported_spam';
  readonly userId: string;
  readonly decisionId: string;
  readonly timeMs: number;
}

/** People at the stand-ins, who do with each prompt and e-mail what they are like, as soon as it is shown. */
export interface Crowd {
  readonly deeds: readonly Deed[];
  temperOf(userId: string): Temper;
  /** Has everybody done what they do, with all that was shown until now? */
  isDone(): boolean;
  /** No more reactions; rejects with what went wrong at one. */
  stop(): Promise<void>;
}

/** Sets the crowd going. */
export function startCrowd({
  intercom,
  sendgrid,
  random,
  clock,
}: {
  readonly intercom: IntercomSandbox;
  readonly sendgrid: SendgridSandbox;
  readonly random: Random;
  readonly clock: Clock;
}): Crowd {
  const deeds: Deed[] = [];
  const tempers = new Map<string, Temper>();
  let isOver = false;
  let prompts = 0;
  let emails = 0;

  const temperOf = (userId: string): Temper => {
    const known = tempers.get(userId);
    if (known !== undefined) {
      return known;
    }
    const at = random();
    const temper =
      at < 0.5 ? 'dismisses' : at < 0.75 ? 'sees' : at < 0.9 ? 'clicks' : 'stays_silent';
    tempers.set(userId, temper);
    return temper;
  };
  const did = (what: Deed['what'], userId: string, decisionId: string): void => {
    deeds.push({ what, userId, decisionId, timeMs: clock.nowMs() });
  };

  const seesPrompt = async (
    userId: string,
    metadata: Readonly<Record<string, unknown>>,
  ): Promise<void> => {
    switch (temperOf(userId)) {
      case 'dismisses':
        await press(metadata['not_now_url'], { until: 'cooldown' });
        did('dismissed', userId, String(metadata['decision_id']));
        return;
      case 'sees':
        return press(`${intercom.url}/users/${userId}/do`, { act: 'see' });
      case 'clicks':
        return press(metadata['cta_url'], { act: 'open' });
      default:
        return;
    }
  };

  const getsEmail = async ({ messageId, to, headers, customArgs }: SandboxEmail): Promise<void> => {
    const [userId = ''] = to.email.split('@');
    const decisionId = customArgs['decision_id'] ?? '';
    const at = random();
    if (at < 0.2) {
      await sendgrid.report(messageId, 'open', 'click');
    } else if (at < 0.35) {
      const link = /<(http[^>]+)>/u.exec(headers['List-Unsubscribe'] ?? '')?.[1];
      await press(link, { 'List-Unsubscribe': 'One-Click' });
      did('unsubscribed', userId, decisionId);
    } else if (at < 0.4) {
      await until('a spam report to be taken', () => sendgrid.report(messageId, 'spamreport'));
      did('reported_spam', userId, decisionId);
    }
  };

  const live = async (): Promise<void> => {
    while (!isOver) {
      const shown = intercom.prompts().slice(prompts);
      const mailed = sendgrid.emails().slice(emails);
      await Promise.all([
        ...shown.map(({ externalId = '', metadata }) => seesPrompt(externalId, metadata)),
        ...mailed.map(getsEmail),
      ]);
      prompts += shown.length;
      emails += mailed.length;
      await delay(50);
    }
  };
  const living = live();
  // Told by `stop`; until then an early end is no crash of the test.
  living.catch(() => {});
  return {
    deeds,
    temperOf,
    isDone: () => prompts === intercom.prompts().length && emails === sendgrid.emails().length,
    async stop() {
      isOver = true;
      await living;
    },
  };
}

/** Presses a button until the page behind it takes it. */
async function press(link: unknown, choice: Readonly<Record<string, string>>): Promise<void> {
  await until(
    `a button at ${String(link).slice(0, 60)} to be taken`,
    async () => {
      const answer = await fetch(String(link), {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams(choice),
        signal: AbortSignal.timeout(10_000),
      }).catch(() => undefined);
      await answer?.arrayBuffer();
      return answer !== undefined && answer.status < 400;
    },
    60_000,
  );
}
