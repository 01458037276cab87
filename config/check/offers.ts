import type { OfferSource } from '../schema.ts';
import { plansOf } from './conditions.ts';
import { checkCopy, checkEmailCopy } from './copy.ts';
import { entryOf, refers, type CheckContext } from './names.ts';
import type { Path } from './yaml-source.ts';

/** Checks plans and offers: what is sold exists, is a step up, is raised by a trigger, and is worded. */
export function checkOffers(context: CheckContext): void {
  const { playbook, report } = context;
  if (playbook.plan.default !== undefined) {
    refers(context, 'plans', playbook.plan.default, ['plan', 'default']);
  }
  for (const [id, offer] of Object.entries(playbook.offers)) {
    const path = ['offers', id];
    checkPriors(context, offer.priors, [...path, 'priors']);
    checkSale(context, offer, id);
    checkLadder(context, offer, id);
    checkLesson(context, offer, id);
    checkDelivery(context, offer, id);
    const triggers = raisedBy(context, id);
    if (triggers.length === 0 && !report.hasLostEntries('triggers')) {
      report.add(
        path,
        'no trigger raises this offer',
        `Name it in the offers of a trigger, such as offers: [${id}], or remove it`,
        'key',
      );
    }
    checkCopy(context, id, offer, triggers);
    checkEmailCopy(context, id, offer, triggers);
  }
  for (const [kind, priors] of Object.entries(playbook.economics.priors)) {
    checkPriors(context, priors, ['economics', 'priors', kind]);
  }
}

/** The triggers that raise an offer themselves, or an offer in whose place it may stand. */
function raisedBy(
  { playbook }: CheckContext,
  id: string,
): readonly (readonly [string, CheckContext['playbook']['triggers'][string]])[] {
  const names = new Set([id]);
  for (const name of names) {
    for (const [other, offer] of Object.entries(playbook.offers)) {
      if (offer.softer === name || offer.education === name) {
        names.add(other);
      }
    }
  }
  return Object.entries(playbook.triggers).filter(([, trigger]) =>
    trigger.offers.some((offer) => names.has(offer)),
  );
}

/** The rungs of the ladder exist, are others than the offer itself, and are of the right kind. */
function checkLadder(context: CheckContext, offer: OfferSource, id: string): void {
  const { playbook, report } = context;
  for (const rung of ['softer', 'education'] as const) {
    const next = offer[rung];
    const path = ['offers', id, rung];
    if (next === undefined || !refers(context, 'offers', next, path)) {
      continue;
    }
    const isLesson = entryOf(playbook.offers, next)?.teaches !== undefined;
    if (next === id) {
      report.add(path, 'is the offer itself', 'Name another offer, or remove it');
    } else if (rung === 'education' && !isLesson && !report.isBroken(['offers', next])) {
      const mend = `Give ${next} a teaches: <topic> instead of a price, or name a lesson`;
      report.add(path, `${next} sells something, so it is no lesson`, mend);
    }
  }
}

/** What shows that a lesson was learned is a signal, and the same for all lessons on the topic: they share their windows. */
function checkLesson(context: CheckContext, offer: OfferSource, id: string): void {
  const { playbook, report } = context;
  const path = ['offers', id, 'adoptedBy'];
  if (offer.teaches === undefined) {
    if (offer.adoptedBy !== undefined && !report.isBroken(['offers', id, 'teaches'])) {
      report.add(path, 'is for lessons, and this offer sells something', 'Remove it', 'key');
    }
    return;
  }
  if (offer.adoptedBy !== undefined) {
    refers(context, 'signals', offer.adoptedBy, path);
  }
  const [first] = Object.entries(playbook.offers).filter(
    ([, other]) => other.teaches === offer.teaches,
  );
  if (first !== undefined && first[0] !== id && first[1].adoptedBy !== offer.adoptedBy) {
    const message = `teaches ${offer.teaches} as ${first[0]} does, but is adopted by another signal`;
    const mend = `Write ${first[1].adoptedBy === undefined ? 'no adoptedBy' : `adoptedBy: ${first[1].adoptedBy}`}, as in ${first[0]}, or teach a topic of its own`;
    report.add(offer.adoptedBy === undefined ? ['offers', id] : path, message, mend, 'key');
  }
}

/** A delivery by e-mail has words for one, and words for one have a delivery. */
function checkDelivery({ report }: CheckContext, offer: OfferSource, id: string): void {
  const path = ['offers', id, 'delivery'];
  if (offer.delivery === undefined || report.isBroken(['offers', id, 'email'])) {
    return;
  }
  if (offer.delivery === 'in_app' && offer.email !== undefined) {
    const mend = 'Write in_app_then_email, or remove email';
    report.add(path, 'sends no e-mail, though there are words for one', mend);
  } else if (offer.delivery !== 'in_app' && offer.email === undefined) {
    const mend = 'Add email: { subject, headline, body, cta_label }, or write in_app';
    report.add(path, `${offer.delivery} needs words for an e-mail`, mend);
  }
}

function checkPriors({ report }: CheckContext, priors: OfferSource['priors'], path: Path): void {
  if (priors !== undefined && priors.prompt <= priors.hold) {
    const mend = 'Write a prompt above hold';
    report.add(
      path,
      'asking does not raise the chance of buying, so nothing would ever be asked',
      mend,
    );
  }
}

function checkSale(context: CheckContext, offer: OfferSource, id: string): void {
  const { report } = context;
  const path = ['offers', id];
  if (offer.teaches !== undefined) {
    if (offer.plan !== undefined || offer.addon !== undefined) {
      const mend = 'Keep teaches, or keep plan or addon';
      report.add(path, 'teaches and sells at once', mend, 'key');
    }
    return;
  }
  if (offer.plan !== undefined && offer.addon !== undefined) {
    report.add(
      path,
      'sells a plan and an add-on at once',
      'Keep plan or addon, and make a second offer of the other',
      'key',
    );
  } else if (offer.plan === undefined && offer.addon === undefined) {
    if (!report.isBroken([...path, 'plan']) && !report.isBroken([...path, 'addon'])) {
      const mend = 'Write plan with one of plans, addon: { monthlyPrice: 20 }, or teaches: <topic>';
      report.add(path, 'sells neither a plan nor an add-on', mend, 'key');
    }
  } else if (offer.addon?.monthlyPrice === 0) {
    report.add(
      [...path, 'addon', 'monthlyPrice'],
      'is zero, so the offer would never be worth asking',
      'Write a price above 0',
    );
  } else if (offer.plan !== undefined && refers(context, 'plans', offer.plan, [...path, 'plan'])) {
    checkStepUp(context, offer.plan, id);
  }
}

function checkStepUp({ playbook, report }: CheckContext, planId: string, id: string): void {
  const target = entryOf(playbook.plans, planId);
  if (target === undefined || report.isBroken(['plans'])) {
    return;
  }
  const isCheaper = (other: string): boolean =>
    (entryOf(playbook.plans, other)?.monthlyPrice ?? 0) < target.monthlyPrice;
  const all = Object.keys(playbook.plans);
  if (!all.some(isCheaper)) {
    const mend = 'Offer a dearer plan, or add the cheaper plans under plans';
    report.add(
      ['offers', id, 'plan'],
      `no plan is cheaper than ${planId}, so nobody could move up to it`,
      mend,
    );
    return;
  }
  for (const [triggerId, trigger] of Object.entries(playbook.triggers)) {
    const from = plansOf(entryOf(trigger.where ?? {}, 'plan')).filter((plan) => all.includes(plan));
    const at = trigger.offers.indexOf(id);
    if (at >= 0 && from.length > 0 && !from.some(isCheaper)) {
      const message = `the trigger fires only on ${from.join(', ')}, from which ${planId} is no step up`;
      report.add(
        ['triggers', triggerId, 'offers', at],
        message,
        'Offer a dearer plan, or fire on a cheaper one',
      );
    }
  }
}
