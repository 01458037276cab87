import { secondMs } from '../core/duration.ts';
import { Fault } from '../core/fault.ts';
import { html, type Html } from '../html.ts';
import { billingUrl } from './billing-url.ts';
import type { LinkDeskDeps, OpenLink } from './open-link.ts';
import { badChoice, type LinkAnswer, linkPage, plainPage, quoteOf, tryAgain } from './page.ts';
import { type Sale, saleOf } from './sale.ts';
import type { UpgradeCall } from './acts.ts';

/** A call of the upgrade webhook that has been out for so long has lost its caller: nobody knows what became of it. */
const callMsMax = 60 * secondMs;

/**
 * Leads to the customer's billing page, or asks for the confirming click where the playbook has an upgrade webhook. Its
 * script tells that a person came; opening alone changes nothing.
 */
export async function showGo(link: OpenLink, deps: LinkDeskDeps): Promise<LinkAnswer> {
  const target = targetOf(link, deps);
  if (target === undefined) {
    return nowhere();
  }
  const sale = deps.upgrade === undefined ? undefined : saleOf(link.record, deps.playbook);
  if (sale === undefined) {
    const main = html`<p>If nothing happens, <a id="go" data-now href="${target}">go on to the offer</a>.</p>`;
    return { status: 200, text: linkPage('One moment', main, { kind: 'goes_on', to: target }) };
  }
  const { upgrade } = await deps.acts.of(link.decisionId);
  return upgrade === undefined ? asked(link, sale, target) : standing(upgrade, sale, target, link);
}

/** `act=open`, or nothing: a person has the page before them. `act=confirm`: the person buys. */
export async function pressGo(
  link: OpenLink,
  form: URLSearchParams,
  deps: LinkDeskDeps,
): Promise<LinkAnswer> {
  const act = form.get('act') ?? 'open';
  if (act !== 'open' && act !== 'confirm') {
    return badChoice();
  }
  if (!(await link.tell('go', { kind: 'clicked' }))) {
    return tryAgain;
  }
  return act === 'open' ? { status: 204, text: '' } : confirmed(link, form, deps);
}

async function confirmed(
  link: OpenLink,
  form: URLSearchParams,
  deps: LinkDeskDeps,
): Promise<LinkAnswer> {
  const { acts, upgrade: webhook, playbook, clock } = deps;
  const { decisionId, record, nowMs } = link;
  const target = targetOf(link, deps);
  const sale = saleOf(record, playbook);
  if (webhook === undefined || sale === undefined || target === undefined) {
    return target === undefined
      ? nowhere()
      : result('This is not sold by a click any more', 'Nothing was changed.', target);
  }
  if (form.get('price') !== String(sale.monthlyPriceCents)) {
    return asked(link, sale, target, 'The price has changed since you opened this page.');
  }
  const confirm = await acts.begin(decisionId, 'confirm', nowMs);
  const held = await acts.claimUpgrade(decisionId, nowMs);
  if (held !== undefined) {
    if (held.state === 'done') {
      await tellBought(link, sale);
    }
    return standing(held, sale, target, link);
  }
  const outcome = await webhook(
    {
      decisionId,
      accountId: record.accountId,
      userId: record.userId,
      offerId: sale.offerId,
      plan: sale.plan,
      monthlyPriceCents: sale.monthlyPriceCents,
      currency: playbook.upgrade?.currency,
      confirmedMs: confirm.timeMs,
    },
    nowMs,
  );
  deps.onUpgrade(outcome);
  const settledMs = clock.nowMs();
  try {
    await acts.settleUpgrade(decisionId, outcome, settledMs);
  } catch (error) {
    // The person learns what is true. For the hub the call stays begun, which becomes unknown and is never repeated.
    if (!(error instanceof Fault) || error.retry === 'never') {
      throw error;
    }
  }
  if (outcome === 'done') {
    await tellBought(link, sale);
  }
  return outcome === 'failed'
    ? failed(sale, target)
    : standing({ state: outcome, sinceMs: settledMs }, sale, target, { nowMs: settledMs });
}

/**
 * The account learns of the purchase, once. With the store away it does not: the person has bought all the same, and the
 * customer's own event tells of it later.
 */
async function tellBought(link: OpenLink, { offerId }: Sale): Promise<void> {
  try {
    await link.tell('bought', { kind: 'bought', offerId });
  } catch (error) {
    if (!(error instanceof Fault) || error.retry === 'never') {
      throw error;
    }
  }
}

function targetOf(
  { decisionId, record }: OpenLink,
  { playbook }: LinkDeskDeps,
): string | undefined {
  return billingUrl(record.words?.['cta_url'], {
    plan: planOf(record.chosen, playbook),
    offerId: record.chosen ?? '',
    accountId: record.accountId,
    decisionId,
  });
}

function planOf(
  offerId: string | undefined,
  playbook: LinkDeskDeps['playbook'],
): string | undefined {
  const sells = playbook.offers.get(offerId ?? '')?.sells;
  return sells?.kind === 'plan' ? sells.plan : undefined;
}

function asked({ record }: OpenLink, sale: Sale, target: string, notice?: string): LinkAnswer {
  const main = html`${notice === undefined ? undefined : html`<p role="alert">${notice}</p>`}${quoteOf(record.words?.['headline'])}<dl><dt>You get</dt><dd>${sale.name}</dd><dt>Price</dt><dd>${sale.price}</dd></dl>
${confirmForm(sale, `Confirm: ${sale.name} for ${sale.price}`)}
<p class="soft">Nothing is bought until you confirm. <a id="go" href="${target}">Look at the billing page first</a></p>`;
  return { status: 200, text: linkPage(`Get the ${sale.name}?`, main, { kind: 'counts' }) };
}

function confirmForm(sale: Sale, label: string): Html {
  return html`<form method="post"><input type="hidden" name="price" value="${sale.monthlyPriceCents}"><button class="main" name="act" value="confirm">${label}</button></form>`;
}

function failed(sale: Sale, target: string): LinkAnswer {
  const main = html`<p role="alert">Nothing was bought. You can try again, or use the billing page.</p>
${confirmForm(sale, `Try again: ${sale.name} for ${sale.price}`)}
<p><a href="${target}">Go to the billing page</a></p>`;
  return { status: 200, text: linkPage('That did not work', main) };
}

/** What holds after a call was made: it is not made again. */
function standing(
  call: UpgradeCall,
  sale: Sale,
  target: string,
  { nowMs }: Pick<OpenLink, 'nowMs'>,
): LinkAnswer {
  if (call.state === 'done') {
    const sentence = `${sale.name}, ${sale.price}: it is in force for your account.`;
    return result('Done, thank you', sentence, target);
  }
  if (call.state === 'calling' && nowMs - call.sinceMs < callMsMax) {
    const sentence = 'Your confirmation is being worked on. Reload this page in a few seconds.';
    return result('One moment', sentence, target);
  }
  return result(
    'We do not know yet',
    'Your confirmation was sent, and no clear answer came back. It may have gone through: look at the billing page before you try again.',
    target,
  );
}

function result(title: string, sentence: string, target: string): LinkAnswer {
  const main = html`<p role="status">${sentence}</p><p><a href="${target}">Go to the billing page</a></p>`;
  return { status: 200, text: linkPage(title, main) };
}

function nowhere(): LinkAnswer {
  return plainPage(
    410,
    'This offer leads nowhere',
    'Its address is not one that can be opened. You will find your plan and its options inside the product.',
  );
}
