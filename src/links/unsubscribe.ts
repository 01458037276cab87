import { html } from '../html.ts';
import type { LinkDeskDeps, OpenLink } from './open-link.ts';
import { badChoice, type LinkAnswer, linkPage, tryAgain } from './page.ts';

/** What mail programs send on one click (RFC 8058): no cookie, no page, nobody to ask. */
const oneClick = ['List-Unsubscribe', 'One-Click'] as const;

/** Asks from what; changes nothing. */
export async function showUnsubscribe(link: OpenLink, { acts }: LinkDeskDeps): Promise<LinkAnswer> {
  const { done } = await acts.of(link.decisionId);
  return done.has('unsubscribe.all')
    ? saved('all')
    : done.has('unsubscribe.email')
      ? saved('email')
      : asked();
}

/** Opts the person out: by a button of the page, or by one click of a mail program, which is answered with nothing. */
export async function pressUnsubscribe(
  link: OpenLink,
  form: URLSearchParams,
  { acts }: LinkDeskDeps,
): Promise<LinkAnswer> {
  const isOneClick = form.get(oneClick[0])?.toLowerCase() === oneClick[1].toLowerCase();
  const of = isOneClick ? 'email' : form.get('of');
  if (of !== 'email' && of !== 'all') {
    return badChoice();
  }
  const { done } = await acts.of(link.decisionId);
  const holdsAll = of === 'email' && done.has('unsubscribe.all');
  if (!holdsAll && !(await link.tell(`unsubscribe.${of}`, { kind: 'unsubscribed', of }))) {
    return tryAgain;
  }
  return isOneClick ? { status: 200, text: '' } : saved(holdsAll ? 'all' : of);
}

function asked(): LinkAnswer {
  return {
    status: 200,
    text: linkPage(
      'Stop these messages?',
      html`<form method="post">
<button name="of" value="email">Stop e-mails only<small>You may still see a suggestion inside the product.</small></button>
<button name="of" value="all">Stop all suggestions<small>By e-mail and inside the product.</small></button>
</form><p class="soft">Nothing changes until you choose. Invoices, security notices and answers of support are not affected.</p>`,
    ),
  };
}

function saved(of: 'email' | 'all'): LinkAnswer {
  return {
    status: 200,
    text:
      of === 'all'
        ? linkPage(
            'You are unsubscribed',
            html`<p role="status">You will get no more suggestions, neither by e-mail nor inside the product.</p>`,
          )
        : linkPage(
            'You are unsubscribed',
            html`<p role="status">You will get no more suggestions by e-mail.</p>
<form method="post"><button name="of" value="all">Stop all suggestions<small>Inside the product as well.</small></button></form>`,
          ),
  };
}
