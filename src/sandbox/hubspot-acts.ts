import type { Clock } from '../core/ports.ts';
import type { HubspotPortal, HubspotType, PortalObject } from './hubspot-portal.ts';
import type { HubspotWebhooks } from './hubspot-webhooks.ts';

/** What sales and support can do on the page of a company, in the order of the buttons. */
export const hubspotActs = {
  win_deal: 'Win the deal',
  open_ticket: 'Open a ticket',
  close_ticket: 'Close the ticket',
  delete_contact: 'Delete the contact',
} as const;

export type HubspotAct = keyof typeof hubspotActs;

/** The act that a form names; undefined when it is none. */
export function hubspotActOf(name: string): HubspotAct | undefined {
  return Object.keys(hubspotActs).find((known): known is HubspotAct => known === name);
}

/** What is missing where an act is not possible. */
export const whyNotPossible: Readonly<Record<HubspotAct, string>> = {
  win_deal: 'The company has no open deal. The hub makes one when the account becomes ready.',
  open_ticket: 'A ticket cannot be opened.',
  close_ticket: 'The company has no open ticket.',
  delete_contact:
    'The company has no contact. The hub makes one of the person whose doing made the account ready, where an e-mail address is known.',
};

/**
 * Does what sales does, in the portal, and tells the hub as HubSpot would. `not_possible`: there is no record that it could
 * be done to. A contact is deleted for privacy: it is gone for good, and HubSpot tells its own id only.
 */
export function createHubspotActor(portal: HubspotPortal, webhooks: HubspotWebhooks, clock: Clock) {
  const newestOf = (
    company: PortalObject,
    type: HubspotType,
    fits: (object: PortalObject) => boolean,
  ): PortalObject | undefined =>
    portal
      .linkedTo('companies', company.id, type)
      .flatMap((id) => portal.object(type, id) ?? [])
      .findLast(fits);

  return async (act: HubspotAct, company: PortalObject): Promise<'done' | 'not_possible'> => {
    const nowMs = clock.nowMs();
    const nowIso = new Date(nowMs).toISOString();
    switch (act) {
      case 'win_deal': {
        const open = newestOf(
          company,
          'deals',
          ({ properties }) => properties['hs_is_closed'] !== 'true',
        );
        if (open === undefined) {
          return 'not_possible';
        }
        const won = { dealstage: 'closedwon', hs_is_closed: 'true', closedate: nowIso };
        portal.put('deals', open.id, won, nowMs);
        await webhooks.send({
          subscriptionType: 'deal.propertyChange',
          objectId: open.id,
          propertyName: 'hs_is_closed_won',
          propertyValue: 'true',
        });
        return 'done';
      }
      case 'open_ticket': {
        const said = { subject: 'Something does not work', createdate: nowIso };
        const { id } = portal.put('tickets', undefined, said, nowMs);
        portal.link('tickets', id, 'companies', company.id);
        await webhooks.send({ subscriptionType: 'ticket.creation', objectId: id });
        return 'done';
      }
      case 'close_ticket': {
        const open = newestOf(
          company,
          'tickets',
          ({ properties }) => (properties['closed_date'] ?? '') === '',
        );
        if (open === undefined) {
          return 'not_possible';
        }
        portal.put('tickets', open.id, { closed_date: nowIso }, nowMs);
        await webhooks.send({
          subscriptionType: 'ticket.propertyChange',
          objectId: open.id,
          propertyName: 'closed_date',
          propertyValue: String(nowMs),
        });
        return 'done';
      }
      case 'delete_contact': {
        const contact = newestOf(company, 'contacts', () => true);
        if (contact === undefined) {
          return 'not_possible';
        }
        portal.archive('contacts', contact.id);
        await webhooks.send({
          subscriptionType: 'contact.privacyDeletion',
          objectId: contact.id,
        });
        return 'done';
      }
      default:
        return act satisfies never;
    }
  };
}
