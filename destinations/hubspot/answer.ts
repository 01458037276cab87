import { z } from 'zod';
import { type CrmRequestKind, requestKindOf } from '../../src/core/crm-request.ts';
import { retryAfterMsOf } from '../../src/core/retry-after.ts';
import { type Failure, failureOf } from './failure.ts';

/* What HubSpot answers: the shapes that are read of it, and what an answer, or none, comes to. */

/** An answer of HubSpot that was understood, or why there is none. Never thrown. */
export type Answer<T> =
  | { readonly kind: 'done'; readonly status: number; readonly value: T }
  | Failure;

const Properties = z.record(z.string(), z.string().nullish());
/** The shape of one object of the CRM. */
export const OneRecord = z.object({
  id: z.string(),
  properties: Properties.default({}),
  objectWriteTraceId: z.string().optional(),
});
/** One object of the CRM, with the properties that were asked for. */
export type HubspotRecord = z.infer<typeof OneRecord>;

const BatchError = z.object({
  status: z.string().optional().catch(undefined),
  category: z.string().optional().catch(undefined),
  message: z.string().catch(''),
  context: z.record(z.string(), z.unknown()).optional().catch(undefined),
  errors: z
    .array(
      z.object({
        message: z.string().catch(''),
        code: z.string().optional().catch(undefined),
        context: z.record(z.string(), z.unknown()).optional().catch(undefined),
      }),
    )
    .optional()
    .catch(undefined),
});
export type BatchError = z.infer<typeof BatchError>;

/** A batch: what was done, and what was not. */
export const Batch = z.object({
  results: z.array(OneRecord),
  errors: z.array(BatchError).optional().catch(undefined),
});
export type BatchAnswer = z.infer<typeof Batch>;

/** A page of a search. */
export const Found = z.object({
  total: z.number().optional(),
  results: z.array(OneRecord),
  paging: z.object({ next: z.object({ after: z.string() }).optional() }).optional(),
});

/** What many records are linked with. */
export const Linked = z.object({
  results: z.array(
    z.object({
      from: z.object({ id: z.coerce.string() }),
      to: z.array(
        z.object({
          toObjectId: z.coerce.string(),
          associationTypes: z.array(z.object({ typeId: z.number().optional() })).catch([]),
        }),
      ),
    }),
  ),
});

/** What a record is linked with, and by which kinds of link. */
export interface Link {
  readonly from: string;
  readonly to: readonly { readonly id: string; readonly typeIds: readonly number[] }[];
}

/** What one record is linked with. */
export const Associated = z.object({
  results: z.array(z.object({ toObjectId: z.coerce.string() })),
});

/** A record's links, as a batch tells them. */
export function toLink({ from, to }: z.infer<typeof Linked>['results'][number]): Link {
  return {
    from: from.id,
    to: to.map(({ toObjectId, associationTypes }) => ({
      id: toObjectId,
      typeIds: associationTypes.flatMap(({ typeId }) => typeId ?? []),
    })),
  };
}

/** What a request came to, as it is counted. */
export function kindOf(answer: Answer<unknown>): CrmRequestKind {
  switch (answer.kind) {
    case 'done':
      return 'done';
    case 'answered':
      return requestKindOf(answer.status);
    case 'not_understood':
      return 'odd';
    case 'not_sent':
    case 'no_answer':
      return 'silent';
    default:
      return answer satisfies never;
  }
}

/** Reads an answer in the shape that is expected. Any 2xx is a success: versions differ in which one. */
export function understood<T>(response: Response, shape: z.ZodType<T>, text: string): Answer<T> {
  const { status, headers } = response;
  const body = jsonOf(text);
  if (status >= 200 && status < 300) {
    const value = shape.safeParse(body);
    return value.success
      ? { kind: 'done', status, value: value.data }
      : { kind: 'not_understood', status };
  }
  const retryAfterMs = retryAfterMsOf(status, (name) => headers.get(name), Date.now());
  return failureOf(status, retryAfterMs, body);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Codes of Node's network errors that say that no request left: nobody listens, no such name, no route, no trust. */
const neverConnected =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_\w+|CERT_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+)$/u;

/** What an error of fetch says: surely never sent, or nobody knows. */
export function networkFailure(error: unknown): Failure {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = z.object({ code: z.string() }).safeParse(cause).data?.code ?? '';
  return { kind: neverConnected.test(code) ? 'not_sent' : 'no_answer' };
}
