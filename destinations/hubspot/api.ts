import {
  AssociationSpecAssociationCategoryEnum,
  type BatchInputSimplePublicObjectBatchInput,
  type BatchInputSimplePublicObjectBatchInputForCreate,
  type BatchInputSimplePublicObjectBatchInputUpsert,
  type BatchReadInputSimplePublicObjectId,
  createConfiguration,
  type FilterGroup,
  FilterOperatorEnum,
  type PublicAssociationsForObject,
  type RequestContext,
  ServerConfiguration,
  type SimplePublicObjectInputForCreate,
} from '@hubspot/api-client/lib/codegen/crm/objects/index.js';
import { BasicApiRequestFactory } from '@hubspot/api-client/lib/codegen/crm/objects/apis/BasicApi.js';
import { BatchApiRequestFactory } from '@hubspot/api-client/lib/codegen/crm/objects/apis/BatchApi.js';
import { SearchApiRequestFactory } from '@hubspot/api-client/lib/codegen/crm/objects/apis/SearchApi.js';
import { z } from 'zod';
import type { CrmRequestKind } from '../../src/core/crm-request.ts';
import {
  type Answer,
  Associated,
  Batch,
  type BatchAnswer,
  Found,
  type HubspotRecord,
  kindOf,
  type Link,
  Linked,
  networkFailure,
  OneRecord,
  toLink,
  understood,
} from './answer.ts';
import type { HubspotConfig } from './config.ts';
import { createPace, type Pace } from './pace.ts';
import { datedPath } from './paths.ts';

export type ObjectType = 'companies' | 'contacts' | 'deals' | 'notes' | 'tasks';
type LinkedType = 'deals' | 'tickets';

/** One call that the SDK has no part in. */
export interface PlainCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT';
  /** The numbered path, as the table of paths.ts knows it. */
  readonly path: string;
  readonly body?: unknown;
}

/** The calls we make, each asked once: no retry inside, one time-out over headers and body, and the caller's signal. */
export interface HubspotApi {
  read(
    type: ObjectType,
    body: Omit<BatchReadInputSimplePublicObjectId, 'propertiesWithHistory'>,
    signal: AbortSignal,
  ): Promise<Answer<BatchAnswer>>;
  create(
    type: ObjectType,
    body: BatchInputSimplePublicObjectBatchInputForCreate,
    signal: AbortSignal,
  ): Promise<Answer<BatchAnswer>>;
  update(
    type: ObjectType,
    body: BatchInputSimplePublicObjectBatchInput,
    signal: AbortSignal,
  ): Promise<Answer<BatchAnswer>>;
  upsert(
    type: ObjectType,
    body: BatchInputSimplePublicObjectBatchInputUpsert,
    signal: AbortSignal,
  ): Promise<Answer<BatchAnswer>>;
  createOne(
    type: ObjectType,
    body: SimplePublicObjectInputForCreate,
    signal: AbortSignal,
  ): Promise<Answer<HubspotRecord>>;
  /** Companies with one of these domains, at most 200 a page. */
  searchDomains(
    domains: readonly string[],
    properties: readonly string[],
    after: string | undefined,
    signal: AbortSignal,
  ): Promise<Answer<z.infer<typeof Found>>>;
  /** Ids of what is associated with a record. */
  associated(
    type: ObjectType,
    id: string,
    to: ObjectType,
    signal: AbortSignal,
  ): Promise<Answer<readonly string[]>>;
  associate(
    type: ObjectType,
    id: string,
    to: ObjectType,
    toId: string,
    signal: AbortSignal,
  ): Promise<Answer<unknown>>;
  /** What many records are linked with, at most 1,000 of them; those without links are left out. */
  linked(
    type: LinkedType,
    to: ObjectType,
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<Answer<readonly Link[]>>;
  call<T>(call: PlainCall, shape: z.ZodType<T>, signal: AbortSignal): Promise<Answer<T>>;
}

/** HubSpot has a lower limit of its own for searches, shared by everything in the portal: 4 a second in 2022. */
const searchesPerSecond = 3;

/** An association of the kinds that HubSpot defines (SDK enum `AssociationTypes`). */
export function associationTo(id: string, associationTypeId: number): PublicAssociationsForObject {
  const associationCategory = AssociationSpecAssociationCategoryEnum.HubspotDefined;
  return { to: { id }, types: [{ associationCategory, associationTypeId }] };
}

/**
 * The transport. @hubspot/api-client 14 builds the requests to objects; it neither sends them nor reads the answers,
 * because it knows only paths that end in 2027, has no time-out, keeps its retries in one place for the whole process, and
 * throws for successes that are not in its list (measured 2026-11-23). `onRequest` is told of each request that went out.
 * `fetchImpl` is for tests.
 */
export function createHubspotApi(
  config: HubspotConfig,
  fetchImpl: typeof fetch = fetch,
  onRequest: (kind: CrmRequestKind) => void = () => {},
): HubspotApi {
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(config.baseUrl.replace(/\/$/u, ''), {}),
    authMethods: { oauth2: { accessToken: config.accessToken } },
  });
  const batch = new BatchApiRequestFactory(configuration);
  const basic = new BasicApiRequestFactory(configuration);
  const search = new SearchApiRequestFactory(configuration);
  const pace = createPace(config.requestsPer10s, 10_000);
  const searchPace = createPace(searchesPerSecond, 1000);

  async function send<T>(
    request: { readonly url: string; readonly init: RequestInit },
    shape: z.ZodType<T>,
    signal: AbortSignal,
    paces: readonly Pace[] = [pace],
  ): Promise<Answer<T>> {
    for (const wait of paces) {
      await wait(signal);
    }
    const url = new URL(request.url);
    url.pathname = datedPath(url.pathname, config.apiVersion);
    try {
      const response = await fetchImpl(url, {
        ...request.init,
        // The token must not follow a redirection to another host.
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(config.timeoutMs)]),
      });
      const answer = understood(response, shape, await response.text());
      onRequest(kindOf(answer));
      return answer;
    } catch (error) {
      onRequest('silent');
      if (signal.aborted) {
        throw signal.reason;
      }
      return networkFailure(error);
    }
  }

  async function built<T>(
    context: Promise<RequestContext>,
    shape: z.ZodType<T>,
    signal: AbortSignal,
    paces?: readonly Pace[],
  ): Promise<Answer<T>> {
    const request = await context;
    const body = request.getBody();
    const init = {
      method: request.getHttpMethod(),
      headers: request.getHeaders(),
      ...(typeof body === 'string' ? { body } : {}),
    };
    return send({ url: request.getUrl(), init }, shape, signal, paces);
  }

  const call: HubspotApi['call'] = ({ method, path, body }, shape, signal) => {
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${config.accessToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    return send({ url: `${config.baseUrl.replace(/\/$/u, '')}${path}`, init }, shape, signal);
  };

  return {
    read: (type, body, signal) =>
      built(batch.read(type, { ...body, propertiesWithHistory: [] }), Batch, signal),
    create: (type, body, signal) => built(batch.create(type, body), Batch, signal),
    update: (type, body, signal) => built(batch.update(type, body), Batch, signal),
    upsert: (type, body, signal) => built(batch.upsert(type, body), Batch, signal),
    createOne: (type, body, signal) => built(basic.create(type, body), OneRecord, signal),
    searchDomains: (domains, properties, after, signal) => {
      const filter = {
        propertyName: 'domain',
        operator: FilterOperatorEnum.In,
        values: [...domains],
      };
      const filterGroups: FilterGroup[] = [{ filters: [filter] }];
      const body = {
        filterGroups,
        properties: [...properties],
        limit: 200,
        ...(after === undefined ? {} : { after }),
      };
      return built(search.doSearch('companies', body), Found, signal, [searchPace, pace]);
    },
    associated: async (type, id, to, signal) => {
      const path = `/crm/v4/objects/${type}/${encodeURIComponent(id)}/associations/${to}?limit=500`;
      const answer = await call({ method: 'GET', path }, Associated, signal);
      return answer.kind === 'done'
        ? { ...answer, value: answer.value.results.map(({ toObjectId }) => toObjectId) }
        : answer;
    },
    associate: (type, id, to, toId, signal) =>
      call(
        {
          method: 'PUT',
          path: `/crm/v4/objects/${type}/${encodeURIComponent(id)}/associations/default/${to}/${encodeURIComponent(toId)}`,
        },
        z.unknown(),
        signal,
      ),
    linked: async (type, to, ids, signal) => {
      const path = `/crm/v4/associations/${type}/${to}/batch/read`;
      const body = { inputs: ids.map((id) => ({ id })) };
      const answer = await call({ method: 'POST', path, body }, Linked, signal);
      return answer.kind === 'done'
        ? { ...answer, value: answer.value.results.map(toLink) }
        : answer;
    },
    call,
  };
}
