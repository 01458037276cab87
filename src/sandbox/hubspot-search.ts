import { recordBody, refuse } from './hubspot-answers.ts';
import type { HubspotPortal, HubspotType, PortalObject } from './hubspot-portal.ts';
import { mistakeOf, SearchRequest } from './hubspot-requests.ts';
import type { VendorAnswer } from './script.ts';

/** Answers a search. What was changed after `settledMs` is not found yet. */
export function answerSearch(
  portal: HubspotPortal,
  type: HubspotType,
  body: unknown,
  settledMs: number,
): VendorAnswer {
  const search = SearchRequest.safeParse(body);
  if (!search.success) {
    return refuse(400, 'VALIDATION_ERROR', mistakeOf(search.error));
  }
  const { filterGroups, sorts, properties, limit, after } = search.data;
  const filters = filterGroups[0]?.filters ?? [];
  const hits = portal
    .objects(type)
    .filter(({ updatedMs }) => updatedMs <= settledMs)
    .map(withComputed)
    .filter((object) => filters.every((filter) => passes(object, filter)));
  const [sort] = sorts ?? [];
  if (sort !== undefined) {
    const key = ({ properties: held }: PortalObject): number =>
      Date.parse(held[sort.propertyName] ?? '');
    hits.sort((left, right) => key(left) - key(right));
  }
  const from = Number(after ?? 0);
  const next = from + limit < hits.length ? { next: { after: String(from + limit) } } : undefined;
  return {
    status: 200,
    body: {
      total: hits.length,
      results: hits.slice(from, from + limit).map((object) => recordBody(object, properties)),
      ...(next === undefined ? {} : { paging: next }),
    },
  };
}

/** With the properties that HubSpot works out by itself. */
function withComputed(object: PortalObject): PortalObject {
  const isWon = object.type === 'deals' && object.properties['dealstage'] === 'closedwon';
  return {
    ...object,
    properties: {
      createdate: new Date(object.createdMs).toISOString(),
      ...object.properties,
      hs_lastmodifieddate: new Date(object.updatedMs).toISOString(),
      ...(object.type === 'deals' ? { hs_is_closed_won: String(isWon) } : {}),
    },
  };
}

function passes(
  { properties }: PortalObject,
  filter: NonNullable<SearchRequest['filterGroups'][0]>['filters'][number],
): boolean {
  const value = properties[filter.propertyName] ?? '';
  switch (filter.operator) {
    case 'IN':
      return filter.values.includes(value.toLowerCase());
    case 'EQ':
      return value === filter.value;
    case 'GTE':
      return Date.parse(value) >= Number(filter.value);
    default:
      return filter satisfies never;
  }
}
