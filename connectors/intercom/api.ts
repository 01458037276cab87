import type { z } from 'zod';
import { retryAfterMsOf } from '../../src/core/retry-after.ts';
import type { IntercomPollConfig } from './config.ts';
import { SearchPage } from './schema.ts';

/** One page of a search, or why there is none. Never thrown. */
export type PageAnswer =
  | { readonly kind: 'done'; readonly page: z.infer<typeof SearchPage> }
  | {
      readonly kind: 'unavailable';
      readonly retryAfterMs: number | undefined;
      /** One sentence for the operator, where waiting does not mend it. */
      readonly trouble: string | undefined;
    };

/** What is searched for: updated between two seconds (Unix), from a page on. */
export interface Search {
  readonly of: 'conversations' | 'tickets';
  readonly fromS: number;
  readonly untilS: number;
  readonly after: string | undefined;
}

const apiVersion = '2.16';
/** Most that a page may hold (API description 2.16, searchConversations). */
const perPage = 150;

/**
 * `POST /conversations/search` and `POST /tickets/search`, each call asked once. Plain fetch: two calls do not need the SDK,
 * which repeats by itself and belongs to the destination.
 */
export function createSearchApi(config: IntercomPollConfig, fetchImpl: typeof fetch = fetch) {
  const base = config.baseUrl.replace(/\/+$/u, '');
  return async (search: Search, nowMs: number, signal: AbortSignal): Promise<PageAnswer> => {
    const updated = (operator: '>' | '<', value: number) => ({
      field: 'updated_at',
      operator,
      value,
    });
    const body = {
      query: {
        operator: 'AND',
        value: [updated('>', search.fromS), updated('<', search.untilS)],
      },
      pagination: {
        per_page: perPage,
        ...(search.after === undefined ? {} : { starting_after: search.after }),
      },
    };
    try {
      const response = await fetchImpl(`${base}/${search.of}/search`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${config.accessToken}`,
          'content-type': 'application/json',
          accept: 'application/json',
          'intercom-version': apiVersion,
        },
        body: JSON.stringify(body),
        signal: AbortSignal.any([signal, AbortSignal.timeout(config.timeoutMs)]),
      });
      if (response.status !== 200) {
        await response.body?.cancel();
        return refused(search.of, response, nowMs);
      }
      const page = SearchPage.safeParse(await response.json());
      return page.success ? { kind: 'done', page: page.data } : notIntercom;
    } catch {
      return { kind: 'unavailable', retryAfterMs: undefined, trouble: undefined };
    }
  };
}

const notIntercom: PageAnswer = {
  kind: 'unavailable',
  retryAfterMs: undefined,
  trouble:
    "What answers at INTERCOM_BASE_URL is not Intercom's API; missed reactions are not repaired until the address is right.",
};

function refused(of: Search['of'], response: Response, nowMs: number): PageAnswer {
  const { status } = response;
  const retryAfterMs = retryAfterMsOf(status, (name) => response.headers.get(name), nowMs);
  if (status === 401) {
    return {
      kind: 'unavailable',
      retryAfterMs,
      trouble:
        'Intercom refuses the access token (401); missed reactions are not repaired until INTERCOM_ACCESS_TOKEN is a valid token of the workspace.',
    };
  }
  return {
    kind: 'unavailable',
    retryAfterMs,
    trouble:
      status === 429 || status >= 500
        ? undefined
        : `Intercom does not answer the search for ${of} (${status}); missed support requests are not repaired until the app may read ${of}.`,
  };
}
