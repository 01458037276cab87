import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../core/ports.ts';
import { batchAnswer, type RecordError, recordBody, refuse } from './hubspot-answers.ts';
import {
  type HubspotPortal,
  type HubspotType,
  hubspotTypes,
  type PortalObject,
} from './hubspot-portal.ts';
import {
  BatchCreateRequest,
  BatchReadRequest,
  BatchWriteRequest,
  CreateRequest,
  LinksRequest,
  mistakeOf,
} from './hubspot-requests.ts';
import { answerSearch } from './hubspot-search.ts';
import type { createScript, VendorAnswer } from './script.ts';

/** The calls that the stand-in answers, by the names that a script uses. */
export type HubspotCall =
  | 'read'
  | 'create'
  | 'update'
  | 'upsert'
  | 'search'
  | 'create_one'
  | 'associated'
  | 'associate'
  | 'properties'
  | 'lists'
  | 'pipelines';

export interface HubspotApiParts {
  readonly portal: HubspotPortal;
  readonly script: ReturnType<typeof createScript<HubspotCall>>;
  readonly clock: Clock;
  readonly version: string;
  /** A search does not find what was changed within this time. */
  readonly searchLagMs: number;
}

/** One input of a batch, as far as all batches are alike. */
interface Input {
  readonly id?: string;
  readonly idProperty?: string | undefined;
  readonly objectWriteTraceId?: string | undefined;
  readonly properties: Readonly<Record<string, string>>;
}

/** Objects, searches and associations, by date paths only. */
export function registerHubspotObjects(app: FastifyInstance, parts: HubspotApiParts): void {
  const { portal, script, clock, version } = parts;
  const base = `/crm/objects/${version}/:type`;

  /** What makes a whole batch fail: a property that is not there, an id twice, a value that another record holds. */
  function wholeRefusal(type: HubspotType, inputs: readonly Input[]): VendorAnswer | undefined {
    const unknown = new Set(
      inputs.flatMap(({ properties }) =>
        Object.keys(properties).filter((name) => {
          const property = portal.property(type, name);
          return property === undefined || property.archived;
        }),
      ),
    );
    if (unknown.size > 0) {
      const listed = [...unknown].map((name) => ({
        isValid: false,
        message: `Property "${name}" does not exist`,
        error: 'PROPERTY_DOESNT_EXIST',
        name,
      }));
      return refuse(
        400,
        'VALIDATION_ERROR',
        `Property values were not valid: ${JSON.stringify(listed)}`,
      );
    }
    const ids = inputs.flatMap(({ id }) => id ?? []);
    if (new Set(ids).size < ids.length) {
      return refuse(400, 'VALIDATION_ERROR', 'Duplicate IDs found in batch input');
    }
    return undefined;
  }

  function conflictOf(
    type: HubspotType,
    input: Input,
    self: string | undefined,
  ): PortalObject | undefined {
    return Object.entries(input.properties)
      .filter(([name, value]) => value !== '' && isUnique(type, name))
      .map(([name, value]) => portal.byUnique(type, name, value))
      .find((holder) => holder !== undefined && holder.id !== self);
  }

  function isUnique(type: HubspotType, name: string): boolean {
    return portal.property(type, name)?.definition.hasUniqueValue === true;
  }

  function conflict(holder: PortalObject): VendorAnswer {
    return refuse(
      409,
      'CONFLICT',
      `A record with that unique value exists already. Existing ID: ${holder.id}`,
    );
  }

  /** A value that does not fit its property: refused for its record alone. */
  function wrongValue(type: HubspotType, input: Input): RecordError | undefined {
    for (const [name, value] of Object.entries(input.properties)) {
      const definition = portal.property(type, name)?.definition;
      const code =
        value === '' || definition === undefined ? undefined : wrongCode(definition, value);
      if (code !== undefined) {
        return {
          id: input.id,
          traceId: input.objectWriteTraceId,
          category: 'VALIDATION_ERROR',
          message: 'Property values were not valid',
          property: { name, code },
        };
      }
    }
    return undefined;
  }

  function write(
    request: FastifyRequest,
    success: number,
    target: (type: HubspotType, input: Input) => PortalObject | 'new' | undefined,
    parse: (body: unknown) => readonly Input[] | VendorAnswer,
  ): VendorAnswer {
    const type = typeOf(request);
    const inputs = type === undefined ? notFound : parse(request.body);
    if (type === undefined || !isList(inputs)) {
      return isList(inputs) ? notFound : inputs;
    }
    const whole = wholeRefusal(type, inputs);
    if (whole !== undefined) {
      return whole;
    }
    const targets = inputs.map((input) => target(type, input));
    for (const [at, input] of inputs.entries()) {
      const found = targets[at];
      const self = typeof found === 'object' ? found.id : undefined;
      const holder = conflictOf(type, input, self);
      if (holder !== undefined) {
        return conflict(holder);
      }
    }
    const errors: RecordError[] = [];
    const results: object[] = [];
    for (const [at, input] of inputs.entries()) {
      const found = targets[at];
      const wrong = wrongValue(type, input);
      if (found === undefined) {
        errors.push({
          id: input.id,
          traceId: input.objectWriteTraceId,
          category: 'OBJECT_NOT_FOUND',
          message: 'Object not found.',
        });
      } else if (wrong !== undefined) {
        errors.push(wrong);
      } else {
        const object = portal.put(
          type,
          found === 'new' ? undefined : found.id,
          withKey(input),
          clock.nowMs(),
        );
        results.push({
          ...recordBody(object, undefined),
          new: found === 'new',
          ...(input.objectWriteTraceId === undefined
            ? {}
            : { objectWriteTraceId: input.objectWriteTraceId }),
        });
      }
    }
    return batchAnswer(results, errors, success);
  }

  function parsed(body: unknown): readonly Input[] | VendorAnswer {
    const batch = BatchWriteRequest.safeParse(body);
    return batch.success
      ? batch.data.inputs
      : refuse(400, 'VALIDATION_ERROR', mistakeOf(batch.error));
  }

  app.post(
    `${base}/batch/create`,
    script.played('create', (request) =>
      write(
        request,
        201,
        () => 'new',
        (body) => {
          const batch = BatchCreateRequest.safeParse(body);
          return batch.success
            ? batch.data.inputs
            : refuse(400, 'VALIDATION_ERROR', mistakeOf(batch.error));
        },
      ),
    ),
  );
  app.post(
    `${base}/batch/update`,
    script.played('update', (request) =>
      write(request, 200, (type, { id }) => portal.object(type, id ?? ''), parsed),
    ),
  );
  app.post(
    `${base}/batch/upsert`,
    script.played('upsert', (request) =>
      write(
        request,
        200,
        (type, { id, idProperty }) => portal.byUnique(type, idProperty ?? '', id ?? '') ?? 'new',
        (body) => {
          const inputs = parsed(body);
          const type = typeOf(request);
          const isKeyed =
            isList(inputs) &&
            type !== undefined &&
            inputs.every(({ idProperty }) => isUnique(type, idProperty ?? ''));
          return isKeyed || !isList(inputs)
            ? inputs
            : refuse(
                400,
                'VALIDATION_ERROR',
                'Unable to perform update/upsert by non-unique property',
              );
        },
      ),
    ),
  );

  app.post(
    `${base}/batch/read`,
    script.played('read', (request) => {
      const type = typeOf(request);
      const batch = BatchReadRequest.safeParse(request.body);
      if (!batch.success || type === undefined) {
        return batch.success ? notFound : refuse(400, 'VALIDATION_ERROR', mistakeOf(batch.error));
      }
      const { inputs, idProperty, properties } = batch.data;
      const errors: RecordError[] = [];
      const results: object[] = [];
      for (const { id } of inputs) {
        const object =
          idProperty === undefined
            ? portal.object(type, id)
            : portal.byUnique(type, idProperty, id);
        if (object === undefined) {
          const category = 'OBJECT_NOT_FOUND';
          errors.push({ id, traceId: undefined, category, message: 'Could not get objects' });
        } else {
          results.push(recordBody(object, properties));
        }
      }
      return batchAnswer(results, errors, 200);
    }),
  );

  app.post(
    base,
    script.played('create_one', (request) => {
      const type = typeOf(request);
      const body = CreateRequest.safeParse(request.body);
      if (!body.success || type === undefined) {
        return body.success ? notFound : refuse(400, 'VALIDATION_ERROR', mistakeOf(body.error));
      }
      const { properties, associations = [] } = body.data;
      const whole = wholeRefusal(type, [{ properties }]);
      const holder = conflictOf(type, { properties }, undefined);
      const wrong = wrongValue(type, { properties });
      if (whole !== undefined || holder !== undefined || wrong !== undefined) {
        return (
          whole ??
          (holder === undefined
            ? refuse(400, 'VALIDATION_ERROR', wrong?.message ?? '')
            : conflict(holder))
        );
      }
      const isClosed = properties['dealstage']?.startsWith('closed') === true;
      const all = type === 'deals' ? { ...properties, hs_is_closed: String(isClosed) } : properties;
      const object = portal.put(type, undefined, all, clock.nowMs());
      for (const { to, types } of associations) {
        const toType = associationTypes[types[0]?.associationTypeId ?? 0];
        if (toType !== undefined) {
          portal.link(type, object.id, toType, to.id);
        }
      }
      return { status: 201, body: recordBody(object, undefined) };
    }),
  );

  app.post(
    `${base}/search`,
    script.played('search', (request) => {
      const type = typeOf(request);
      return type === undefined
        ? notFound
        : answerSearch(portal, type, request.body, clock.nowMs() - parts.searchLagMs);
    }),
  );

  app.get(
    `${base}/:id/associations/:to`,
    script.played('associated', (request) => {
      const [type, to] = [typeOf(request), typeNamed(parameter(request, 'to'))];
      const id = parameter(request, 'id');
      if (type === undefined || to === undefined || portal.object(type, id) === undefined) {
        return notFound;
      }
      const results = portal.linkedTo(type, id, to).map((toObjectId) => ({
        toObjectId: Number(toObjectId),
        associationTypes: [{ category: 'HUBSPOT_DEFINED', typeId: 1, label: null }],
      }));
      return { status: 200, body: { results } };
    }),
  );

  app.post(
    `/crm/associations/${version}/:type/:to/batch/read`,
    script.played('associated', (request) => {
      const [type, to] = [typeOf(request), typeNamed(parameter(request, 'to'))];
      const body = LinksRequest.safeParse(request.body);
      if (!body.success || type === undefined || to === undefined) {
        return body.success ? notFound : refuse(400, 'VALIDATION_ERROR', mistakeOf(body.error));
      }
      const results = body.data.inputs.flatMap(({ id }) => {
        const linked = portal.linkedTo(type, id, to).map((toObjectId) => ({
          toObjectId: Number(toObjectId),
          associationTypes: [{ category: 'HUBSPOT_DEFINED', typeId: 1, label: null }],
        }));
        return linked.length === 0 ? [] : [{ from: { id }, to: linked }];
      });
      return batchAnswer(results, [], 200);
    }),
  );

  app.put(
    `${base}/:id/associations/default/:to/:toId`,
    script.played('associate', (request) => {
      const [type, to] = [typeOf(request), typeNamed(parameter(request, 'to'))];
      const [id, toId] = [parameter(request, 'id'), parameter(request, 'toId')];
      if (type === undefined || to === undefined || portal.object(type, id) === undefined) {
        return notFound;
      }
      portal.link(type, id, to, toId);
      return { status: 200, body: { status: 'COMPLETE', results: [] } };
    }),
  );
}

const notFound = refuse(404, 'OBJECT_NOT_FOUND', 'Object not found.');

/** To which type an association of HubSpot's own leads. */
const associationTypes: Readonly<Record<number, HubspotType>> = {
  190: 'companies',
  192: 'companies',
  341: 'companies',
  202: 'contacts',
  204: 'contacts',
  3: 'contacts',
};

/** An upsert's key is a property of the record as well. */
function withKey({ id, idProperty, properties }: Input): Readonly<Record<string, string>> {
  return idProperty === undefined || id === undefined
    ? properties
    : { [idProperty]: id, ...properties };
}

function wrongCode(
  {
    type,
    options,
  }: {
    readonly type: string;
    readonly options?: readonly { readonly value: string }[] | undefined;
  },
  value: string,
): string | undefined {
  if (type === 'enumeration' && !(options ?? []).some((option) => option.value === value)) {
    return 'INVALID_OPTION';
  }
  if (type === 'number' && !/^-?\d+(?:\.\d+)?$/u.test(value)) {
    return 'INVALID_NUMBER';
  }
  if (type === 'datetime' && !/^\d{10,13}$/u.test(value) && Number.isNaN(Date.parse(value))) {
    return 'INVALID_DATE';
  }
  return value.length > 65_536 ? 'PROPERTY_VALUE_TOO_LONG' : undefined;
}

function isList(value: readonly Input[] | VendorAnswer): value is readonly Input[] {
  return Array.isArray(value);
}

function typeOf(request: FastifyRequest): HubspotType | undefined {
  return typeNamed(parameter(request, 'type'));
}

function typeNamed(name: string): HubspotType | undefined {
  return hubspotTypes.find((type) => type === name);
}

/** A part of the path by its name. */
export function parameter(request: FastifyRequest, name: string): string {
  const { params } = request;
  const value: unknown =
    typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined;
  return typeof value === 'string' ? value : '';
}
