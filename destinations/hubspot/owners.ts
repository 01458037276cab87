import { offerOfKey } from '../../src/core/expansion/opportunity-key.ts';
import type { CrmHold, CrmOwned, CrmThing } from '../../src/core/ports.ts';
import type { Answer } from './answer.ts';
import type { HubspotApi } from './api.ts';
import { accountIdProperty, opportunityKeyProperty, userIdProperty } from './properties.ts';

/** What looking for owners needs. */
export interface OwnerDeps {
  readonly api: HubspotApi;
  readonly holdOf: (answer: Answer<unknown>) => CrmHold | undefined;
}

/** Records in one read (common practice), and links in one (HubSpot's changelog on the batch read of associations). */
const readMax = 100;
const linkedMax = 1000;

/** Marks of the one company that a deal or ticket belongs to first of all (SDK enum `AssociationTypes`). */
const primary = { deals: 5, tickets: 26 } as const;

/** A step ends early when somebody must wait. */
class Held {
  readonly hold: CrmHold;
  constructor(hold: CrmHold) {
    this.hold = hold;
  }
}

/**
 * Whose deals, tickets and contacts are: the accounts of their companies by our own id, the user by ours. Only reads. A
 * deal or ticket with a primary company is that one's; what HubSpot does not have, or has without our id, is nobody's. What
 * a deal of ours was made for says its key.
 */
export async function ownersOf(
  things: readonly CrmThing[],
  deps: OwnerDeps,
  signal: AbortSignal,
): Promise<CrmOwned> {
  try {
    const companies = {
      deal: await companiesOf('deals', idsOf(things, 'deal'), deps, signal),
      ticket: await companiesOf('tickets', idsOf(things, 'ticket'), deps, signal),
    };
    const companyIds = [...companies.deal.values(), ...companies.ticket.values()].flat();
    const accounts = await namesOf('companies', companyIds, accountIdProperty, deps, signal);
    const contactIds = idsOf(things, 'contact');
    const users = await namesOf('contacts', contactIds, userIdProperty, deps, signal);
    // Only of deals that are somebody's here: most deals of a portal are not.
    const dealIds = [...companies.deal].flatMap(([id, of]) =>
      of.some((company) => (accounts.get(company) ?? '') !== '') ? [id] : [],
    );
    const keys = await namesOf('deals', dealIds, opportunityKeyProperty, deps, signal);
    const owners = things.map(({ kind, id }) => {
      const found =
        kind === 'contact'
          ? [users.get(id) ?? '']
          : (companies[kind].get(id) ?? []).map((company) => accounts.get(company) ?? '');
      return {
        ids: [...new Set(found.filter((one) => one !== ''))].toSorted(),
        offerId: kind === 'deal' ? offerOfKey(keys.get(id) ?? '') : undefined,
      };
    });
    return { kind: 'known', owners };
  } catch (error) {
    if (!(error instanceof Held)) {
      throw error;
    }
    return { kind: 'held', hold: error.hold };
  }
}

function idsOf(things: readonly CrmThing[], kind: CrmThing['kind']): readonly string[] {
  return [...new Set(things.filter((one) => one.kind === kind).map(({ id }) => id))];
}

/** The companies of each: the primary one, where one is marked so. */
async function companiesOf(
  type: 'deals' | 'tickets',
  ids: readonly string[],
  { api, holdOf }: OwnerDeps,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const page of pagesOf(ids, linkedMax)) {
    const answer = await api.linked(type, 'companies', page, signal);
    for (const { from, to } of valueOf(answer, holdOf) ?? []) {
      const first = to.filter(({ typeIds }) => typeIds.includes(primary[type]));
      const kept = first.length > 0 ? first : to;
      found.set(
        from,
        kept.map(({ id }) => id),
      );
    }
  }
  return found;
}

/** What records carry in a property of ours. */
async function namesOf(
  type: 'companies' | 'contacts' | 'deals',
  ids: readonly string[],
  property: string,
  { api, holdOf }: OwnerDeps,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const page of pagesOf([...new Set(ids)], readMax)) {
    const body = { inputs: page.map((id) => ({ id })), properties: [property] };
    const answer = await api.read(type, body, signal);
    for (const { id, properties } of valueOf(answer, holdOf)?.results ?? []) {
      names.set(id, properties[property] ?? '');
    }
  }
  return names;
}

/** Undefined for what HubSpot refuses because it is not there any more. */
function valueOf<T>(answer: Answer<T>, holdOf: OwnerDeps['holdOf']): T | undefined {
  const hold = holdOf(answer);
  if (hold !== undefined) {
    throw new Held(hold);
  }
  return answer.kind === 'done' ? answer.value : undefined;
}

function pagesOf(ids: readonly string[], max: number): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(ids.length / max) }, (_, at) =>
    ids.slice(at * max, (at + 1) * max),
  );
}
