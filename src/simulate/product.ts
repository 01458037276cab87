import { checkPlaybook } from '../../config/check.ts';
import { Fault } from '../core/fault.ts';
import type { Economics, Guardrails, Learning, Playbook } from '../core/playbook.ts';

/*
 * The product that simulated accounts use, as a growth engineer would describe it to the hub: a day of use is one event that
 * says what happened and how full the limit is, every kind of signal raises its offer. Prices are in proportion: a step up
 * is 45 % of what the account pays, the add-on 20 % (dm1 section 17).
 */

const source = `
version: 1
events:
  Day Passed: [used, full, limit, power, team, explore, adjacent]
  Settled In: []
  Plan Upgraded: []
  Add-on Purchased: [addon]
  Support Ticket Opened: [ticket_id]
  Feature Used: []
  Subscription Cancelled: []
plan: { default: present, mrr: mrr }
traits: { account: [asks_at_full] }
plans: { present: { monthlyPrice: 100 }, next: { monthlyPrice: 145 } }
signals:
  settled: { events: Settled In }
  usage: { events: Day Passed, value: used, limit: { property: full } }
  limit: { events: Day Passed, where: { limit: true } }
  power: { events: Day Passed, where: { power: true } }
  team: { events: Day Passed, where: { team: true } }
  explore: { events: Day Passed, where: { explore: true } }
  adjacent: { events: Day Passed, where: { adjacent: true } }
  upgraded: { events: Plan Upgraded }
  addon_bought: { events: Add-on Purchased }
  ticket_opened: { events: Support Ticket Opened }
  cancelled: { events: Subscription Cancelled }
  feature_used: { events: Feature Used }
valueMoment: { signal: settled }
context:
  upgraded: upgraded
  addonBought: { signal: addon_bought, product: addon }
  ticketOpened: { signal: ticket_opened, id: ticket_id }
  cancelling: cancelled
triggers:
  limit: { count: limit, within: 1h, atLeast: 1, kind: limit, offers: [upgrade] }
  power: { count: power, within: 1h, atLeast: 1, kind: power, offers: [upgrade] }
  team: { count: team, within: 1h, atLeast: 1, kind: team, offers: [upgrade] }
  explore: { count: explore, within: 1h, atLeast: 1, kind: explore, offers: [upgrade] }
  adjacent: { count: adjacent, within: 1h, atLeast: 1, kind: adjacent, offers: [crosssell] }
  how_full: { gauge: usage, atLeast: 100%, kind: limit, where: { account.asks_at_full: [true] }, offers: [upgrade] }
offers:
  upgrade:
    plan: next
    softer: lesson
    education: lesson
    copy: { headline: More room, body: The next plan has it, cta_label: See it, cta_url: https://app.example/plans }
  crosssell:
    addon: { monthlyPrice: 20 }
    softer: lesson
    education: lesson
    copy: { headline: One more thing, body: The add-on does it, cta_label: See it, cta_url: https://app.example/addons }
  lesson:
    teaches: limits
    adoptedBy: feature_used
    copy: { headline: Did you know, body: How to get more out of it, cta_label: Show me, cta_url: https://app.example/learn }
`;

/** The numbers of the operator's playbook by which the hub is simulated. */
export interface OperatorsRules {
  readonly economics: Economics;
  readonly guardrails: Guardrails;
  readonly learning: Learning;
}

let compiled: Playbook | undefined;

/** The playbook of the simulated product, with the economics, guardrails and learning of the operator's own. */
export function simulatedPlaybook({ economics, guardrails, learning }: OperatorsRules): Playbook {
  compiled ??= compile();
  return { ...compiled, economics, guardrails, learning };
}

function compile(): Playbook {
  const checked = checkPlaybook(source, 'the simulated product');
  if (checked.kind === 'invalid') {
    const words = checked.problems.map(({ field, message }) => `${field} ${message}`).join('; ');
    throw new Fault('config_invalid', 'never', `The simulated product is wrong: ${words}.`);
  }
  return checked.playbook;
}
