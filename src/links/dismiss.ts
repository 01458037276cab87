import { html, type Html } from '../html.ts';
import type { LinkDeskDeps, OpenLink } from './open-link.ts';
import { badChoice, type LinkAnswer, linkPage, quoteOf, tryAgain } from './page.ts';

/** How long a person wants to be left alone, weakest first. A stronger wish replaces a weaker one, never the reverse. */
const wishes = [
  {
    until: 'cooldown',
    label: 'Not now',
    means: 'You can be asked again later.',
    done: 'Understood: not now. This will not come up again for a while.',
  },
  {
    until: 'next_period',
    label: 'Not until my next period',
    means: 'You are not asked again before your plan’s limits start anew.',
    done: 'Understood. You will not be asked before your plan’s limits start anew.',
  },
  {
    until: 'never',
    label: 'Never',
    means: 'You are not shown this offer again.',
    done: 'Understood. You will not be shown this offer again.',
  },
] as const;

/** Asks for how long; changes nothing. */
export async function showDismiss(link: OpenLink, { acts }: LinkDeskDeps): Promise<LinkAnswer> {
  const { done } = await acts.of(link.decisionId);
  return answerFor(link, strongest(done));
}

/** Takes the choice. */
export async function pressDismiss(
  link: OpenLink,
  form: URLSearchParams,
  { acts }: LinkDeskDeps,
): Promise<LinkAnswer> {
  const chosen = wishes.findIndex(({ until }) => until === form.get('until'));
  const wish = wishes[chosen];
  if (wish === undefined) {
    return badChoice();
  }
  const { done } = await acts.of(link.decisionId);
  const held = strongest(done);
  if (chosen < held) {
    return answerFor(link, held);
  }
  const isTold = await link.tell(`dismiss.${wish.until}`, { kind: 'dismissed', until: wish.until });
  return isTold ? answerFor(link, chosen) : tryAgain;
}

/** Place of the strongest wish so far, -1 for none. */
function strongest(done: ReadonlyMap<string, number>): number {
  return wishes.findLastIndex(({ until }) => done.has(`dismiss.${until}`));
}

function answerFor({ record }: OpenLink, held: number): LinkAnswer {
  const wish = wishes[held];
  const stronger = wishes.slice(held + 1);
  const quote = quoteOf(record.words?.['headline']);
  const text =
    wish === undefined
      ? linkPage(
          'When may this come up again?',
          html`${quote}${buttons(stronger)}<p class="soft">Nothing changes until you choose.</p>`,
        )
      : linkPage(
          'Your choice is saved',
          html`<p role="status">${wish.done}</p>${stronger.length === 0 ? undefined : html`<p class="soft">You can still choose a longer time:</p>`}${buttons(stronger)}`,
        );
  return { status: 200, text };
}

function buttons(offered: readonly (typeof wishes)[number][]): Html | undefined {
  return offered.length === 0
    ? undefined
    : html`<form method="post">${offered.map(
        ({ until, label, means }) =>
          html`<button name="until" value="${until}">${label}<small>${means}</small></button>`,
      )}</form>`;
}
