import type { FastifyInstance, FastifyRequest } from 'fastify';
import { refuse } from './hubspot-answers.ts';
import { type HubspotApiParts, parameter } from './hubspot-objects.ts';
import { type HubspotType, hubspotTypes, type PortalObject } from './hubspot-portal.ts';
import {
  FilterBranch,
  GroupRequest,
  ListRequest,
  mistakeOf,
  OptionsRequest,
  PropertiesRequest,
  PropertyRequest,
} from './hubspot-requests.ts';
import { standardPipelines } from './hubspot-standard.ts';
import type { VendorAnswer } from './script.ts';

const notFound = refuse(404, 'OBJECT_NOT_FOUND', 'Object not found.');
const typeIds: Partial<Record<HubspotType, string>> = {
  companies: '0-2',
  contacts: '0-1',
  deals: '0-3',
};

/** Properties, groups, limits, lists and pipelines, by date paths only. */
export function registerHubspotSchema(
  app: FastifyInstance,
  parts: HubspotApiParts & { readonly propertiesMax: number },
): void {
  const { portal, script, version } = parts;
  const base = `/crm/properties/${version}/:type`;

  function ofType(
    request: FastifyRequest,
    answer: (type: HubspotType) => VendorAnswer,
  ): VendorAnswer {
    const type = hubspotTypes.find((name) => name === parameter(request, 'type'));
    return type === undefined ? notFound : answer(type);
  }

  function make(type: HubspotType, body: unknown): VendorAnswer {
    const parsed = PropertyRequest.safeParse(body);
    if (!parsed.success) {
      return refuse(400, 'VALIDATION_ERROR', mistakeOf(parsed.error));
    }
    const { name, groupName } = parsed.data;
    if (portal.property(type, name) !== undefined) {
      return refuse(409, 'OBJECT_ALREADY_EXISTS', `A property named '${name}' already exists.`);
    }
    if (!portal.groups(type).some((group) => group.name === groupName)) {
      return refuse(400, 'VALIDATION_ERROR', `The property group ${groupName} does not exist.`);
    }
    const own = portal
      .properties(type)
      .filter(({ definition }) => 'groupName' in definition).length;
    if (own >= parts.propertiesMax) {
      return refuse(400, 'PROPERTY_LIMIT_REACHED', 'The limit of custom properties is reached.');
    }
    portal.putProperty(type, withoutUndefined(parsed.data));
    return { status: 201, body: { ...parsed.data, archived: false } };
  }

  app.get(
    base,
    script.played('properties', (request) =>
      ofType(request, (type) => {
        const query: unknown = request.query;
        const archived =
          typeof query === 'object' && query !== null && Reflect.get(query, 'archived') === 'true';
        const results = portal
          .properties(type)
          .filter((property) => property.archived === archived)
          .map(({ definition }) => ({ ...definition, archived }));
        return { status: 200, body: { results } };
      }),
    ),
  );
  app.post(
    base,
    script.played('properties', (request) => ofType(request, (type) => make(type, request.body))),
  );
  app.post(
    `${base}/batch/create`,
    script.played('properties', (request) =>
      ofType(request, (type) => {
        const parsed = PropertiesRequest.safeParse(request.body);
        if (!parsed.success) {
          return refuse(400, 'VALIDATION_ERROR', mistakeOf(parsed.error));
        }
        const there = parsed.data.inputs.find(({ name }) => portal.property(type, name));
        if (there !== undefined) {
          return refuse(
            409,
            'OBJECT_ALREADY_EXISTS',
            `A property named '${there.name}' already exists.`,
          );
        }
        const made = parsed.data.inputs.map((input) => make(type, input));
        const failed = made.find(({ status }) => status !== 201);
        return (
          failed ?? {
            status: 201,
            body: { status: 'COMPLETE', results: made.map(({ body }) => body) },
          }
        );
      }),
    ),
  );
  app.patch(
    `${base}/:name`,
    script.played('properties', (request) =>
      ofType(request, (type) => {
        const parsed = OptionsRequest.safeParse(request.body);
        const property = portal.property(type, parameter(request, 'name'));
        if (!parsed.success || property === undefined) {
          return parsed.success
            ? notFound
            : refuse(400, 'VALIDATION_ERROR', mistakeOf(parsed.error));
        }
        const definition = { ...property.definition, options: parsed.data.options };
        portal.putProperty(type, definition);
        return { status: 200, body: definition };
      }),
    ),
  );
  app.get(
    `${base}/groups`,
    script.played('properties', (request) =>
      ofType(request, (type) => ({ status: 200, body: { results: portal.groups(type) } })),
    ),
  );
  app.post(
    `${base}/groups`,
    script.played('properties', (request) =>
      ofType(request, (type) => {
        const parsed = GroupRequest.safeParse(request.body);
        if (!parsed.success) {
          return refuse(400, 'VALIDATION_ERROR', mistakeOf(parsed.error));
        }
        if (portal.groups(type).some(({ name }) => name === parsed.data.name)) {
          return refuse(409, 'OBJECT_ALREADY_EXISTS', 'A property group of this name exists.');
        }
        portal.putGroup(type, parsed.data.name, parsed.data.label);
        return { status: 201, body: { ...parsed.data, archived: false } };
      }),
    ),
  );
  app.get(
    `/crm/limits/${version}/custom-properties`,
    script.played('properties', () => ({
      status: 200,
      body: {
        byObjectType: Object.entries(typeIds).map(([type, objectTypeId]) => ({
          objectTypeId,
          limit: parts.propertiesMax,
          usage: portal
            .properties(hubspotTypes.find((name) => name === type) ?? 'companies')
            .filter(({ definition }) => 'groupName' in definition).length,
        })),
      },
    })),
  );
  app.get(
    `/crm/lists/${version}/object-type-id/0-2/name/:name`,
    script.played('lists', (request) => {
      const list = portal.list(parameter(request, 'name'));
      return list === undefined
        ? notFound
        : { status: 200, body: { list: { listId: list.id, ...list, processingType: 'DYNAMIC' } } };
    }),
  );
  app.post(
    `/crm/lists/${version}`,
    script.played('lists', (request) => {
      const parsed = ListRequest.safeParse(request.body);
      if (!parsed.success) {
        return refuse(400, 'VALIDATION_ERROR', mistakeOf(parsed.error));
      }
      const { name, filterBranch } = parsed.data;
      if (portal.list(name) !== undefined) {
        return refuse(409, 'ILS.DUPLICATE_LIST_NAMES', 'A list of this name exists.');
      }
      const list = portal.putList(name, filterBranch);
      return {
        status: 200,
        body: {
          list: { listId: list.id, listVersion: 1, ...parsed.data, processingStatus: 'COMPLETE' },
        },
      };
    }),
  );
  app.get(
    `/crm/pipelines/${version}/deals`,
    script.played('pipelines', () => ({ status: 200, body: { results: standardPipelines } })),
  );
}

/** The companies that a dynamic list holds now. */
export function membersOf(
  filterBranch: unknown,
  companies: readonly PortalObject[],
): readonly PortalObject[] {
  const branch = FilterBranch.safeParse(filterBranch).data;
  return companies.filter(({ properties }) =>
    branch?.filterBranches.some(({ filters }) =>
      filters.every(({ property, operation }) =>
        operation.values.includes(properties[property] ?? ''),
      ),
    ),
  );
}

function withoutUndefined<T extends object>(
  value: T,
): T & { name: string; type: string; fieldType: string } {
  return JSON.parse(JSON.stringify(value));
}
