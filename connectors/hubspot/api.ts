import { z } from 'zod';
import { type CrmRequestKind, requestKindOf } from '../../src/core/crm-request.ts';
import { retryAfterMsOf } from '../../src/core/retry-after.ts';
import type { HubSpotPollConfig } from './config.ts';
import { Moment } from './schema.ts';

/** What is searched for: changed since a time (epoch ms), from a page on. */
export interface Search {
  readonly of: 'deals' | 'tickets';
  readonly fromMs: number;
  readonly after: string | undefined;
}

/** A record that was found. */
export interface Found {
  readonly id: string;
  readonly changedMs: number;
  readonly properties: Readonly<Record<string, string | null | undefined>>;
}

/** One page of a search, or why there is none. Never thrown. */
export type SearchAnswer =
  | {
      readonly kind: 'done';
      readonly results: readonly Found[];
      readonly isFull: boolean;
      readonly after: string | undefined;
    }
  /** The token may not read these records; others it may. */
  | { readonly kind: 'not_allowed' }
  | {
      readonly kind: 'unavailable';
      readonly retryAfterMs: number | undefined;
      /** One sentence for the operator, where waiting does not mend it. */
      readonly trouble: string | undefined;
    };

/** Most that a page may hold (API description 2026-03, search). */
const pageSize = 200;
const changed = 'hs_lastmodifieddate';
const wanted = {
  deals: ['closedate', changed],
  tickets: ['createdate', 'closed_date', 'hs_ticket_priority', changed],
} as const;

const Page = z.object({
  results: z.array(
    z.object({
      id: z.string(),
      properties: z.looseObject({ [changed]: Moment }),
    }),
  ),
  paging: z.object({ next: z.object({ after: z.string() }).optional() }).optional(),
});
const Text = z.record(z.string(), z.string().nullish().catch(undefined));

/**
 * `POST deals/search` and `tickets/search`, each call asked once, by the date path. Plain fetch: two calls do not need the
 * SDK, which knows numbered paths only and belongs to the destination. `onRequest` is told of each.
 */
export function createSearchApi(
  config: HubSpotPollConfig,
  fetchImpl: typeof fetch = fetch,
  onRequest: (kind: CrmRequestKind) => void = () => {},
) {
  const base = config.baseUrl.replace(/\/+$/u, '');
  return async (
    { of, fromMs, after }: Search,
    nowMs: number,
    signal: AbortSignal,
  ): Promise<SearchAnswer> => {
    const since = { propertyName: changed, operator: 'GTE', value: String(fromMs) };
    const won = { propertyName: 'hs_is_closed_won', operator: 'EQ', value: 'true' };
    const body = {
      filterGroups: [{ filters: of === 'deals' ? [since, won] : [since] }],
      sorts: [{ propertyName: changed, direction: 'ASCENDING' }],
      properties: wanted[of],
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    };
    try {
      const response = await fetchImpl(`${base}/crm/objects/${config.apiVersion}/${of}/search`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${config.accessToken}`,
          'content-type': 'application/json',
          accept: 'application/json',
        },
        body: JSON.stringify(body),
        // The token must not follow a redirection to another host.
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(config.timeoutMs)]),
      });
      if (response.status !== 200) {
        await response.body?.cancel();
        onRequest(requestKindOf(response.status));
        return refused(of, response, nowMs);
      }
      const page = Page.safeParse(await response.json());
      onRequest(page.success ? 'done' : 'odd');
      return page.success ? toAnswer(page.data) : notHubspot;
    } catch {
      onRequest('silent');
      return { kind: 'unavailable', retryAfterMs: undefined, trouble: undefined };
    }
  };
}

function toAnswer({ results, paging }: z.infer<typeof Page>): SearchAnswer {
  return {
    kind: 'done',
    results: results.map(({ id, properties }) => ({
      id,
      changedMs: properties[changed],
      properties: Text.catch({}).parse(properties),
    })),
    isFull: results.length >= pageSize,
    after: paging?.next?.after,
  };
}

const notHubspot: SearchAnswer = {
  kind: 'unavailable',
  retryAfterMs: undefined,
  trouble:
    "What answers at HUBSPOT_BASE_URL is not HubSpot's API; won deals and tickets are not heard of until the address is right.",
};

function refused(of: Search['of'], response: Response, nowMs: number): SearchAnswer {
  const { status } = response;
  if (status === 403 && of === 'tickets') {
    return { kind: 'not_allowed' };
  }
  const retryAfterMs = retryAfterMsOf(status, (name) => response.headers.get(name), nowMs);
  const waits = status === 408 || status === 423 || status === 429 || status === 477;
  if (waits || status >= 500) {
    return { kind: 'unavailable', retryAfterMs, trouble: undefined };
  }
  return {
    kind: 'unavailable',
    retryAfterMs,
    trouble:
      status === 401
        ? 'HubSpot refuses the access token (401); won deals and tickets are not heard of until HUBSPOT_ACCESS_TOKEN is a valid token of the portal.'
        : `HubSpot does not answer the search for ${of} (${status}); they are not heard of until the token may read them.`,
  };
}
