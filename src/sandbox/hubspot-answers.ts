import { randomUUID } from 'node:crypto';
import type { PortalObject } from './hubspot-portal.ts';
import type { VendorAnswer } from './script.ts';

/** Shapes of HubSpot's answers, written after what its documentation and public reports show. */

/** The body of every error. */
export function errorBody(category: string, message: string, more: object = {}) {
  return { status: 'error', message, correlationId: randomUUID(), category, ...more };
}

/** An error with its status. */
export function refuse(
  status: number,
  category: string,
  message: string,
  more: object = {},
): VendorAnswer {
  return { status, body: errorBody(category, message, more) };
}

/** The body of a 429. */
export function limitBody(policyName: 'TEN_SECONDLY_ROLLING' | 'SECONDLY' | 'DAILY') {
  return {
    status: 'error',
    message: `You have reached your ${policyName.toLowerCase()} limit.`,
    errorType: 'RATE_LIMIT',
    correlationId: randomUUID(),
    policyName,
    groupName: 'publicapi:private-apps-api-calls',
    requestId: randomUUID(),
  };
}

/** The body that belongs to a scripted status; a success has none. */
export function bodyOfStatus(status: number): unknown {
  if (status < 400) {
    return undefined;
  }
  if (status === 429) {
    return limitBody('TEN_SECONDLY_ROLLING');
  }
  if (status === 403) {
    const context = { missingScopes: ['crm.objects.companies.write'] };
    return errorBody('MISSING_SCOPES', 'This app is missing a required scope.', { context });
  }
  const [category, message] = knownErrors[status] ?? ['SERVER_ERROR', 'Internal error'];
  return errorBody(category, message);
}

const knownErrors: Readonly<Record<number, readonly [string, string]>> = {
  400: ['VALIDATION_ERROR', 'Invalid input'],
  401: ['INVALID_AUTHENTICATION', 'Authentication credentials not found.'],
  404: ['OBJECT_NOT_FOUND', 'Object not found.'],
  409: ['CONFLICT', 'A record with that unique value exists already'],
  423: ['LOCKED', 'The resource is locked'],
  477: ['MIGRATION_IN_PROGRESS', 'The account is being moved'],
};

/** A record as the API shows it, with the properties that were asked for. */
export function recordBody(object: PortalObject, wanted: readonly string[] | undefined) {
  const shown =
    wanted === undefined
      ? object.properties
      : Object.fromEntries(wanted.map((name) => [name, object.properties[name] ?? null]));
  return {
    id: object.id,
    properties: { ...shown, hs_object_id: object.id },
    createdAt: new Date(object.createdMs).toISOString(),
    updatedAt: new Date(object.updatedMs).toISOString(),
    archived: object.archived,
  };
}

/** One record's error inside a 207. */
export interface RecordError {
  readonly id: string | undefined;
  readonly traceId: string | undefined;
  readonly category: string;
  readonly message: string;
  readonly property?: { readonly name: string; readonly code: string };
}

/** The answer to a batch: 200 (201 for a creation), or 207 when some were refused. */
export function batchAnswer(
  results: readonly object[],
  errors: readonly RecordError[],
  success: number,
): VendorAnswer {
  const nowIso = new Date().toISOString();
  const base = { status: 'COMPLETE', results, startedAt: nowIso, completedAt: nowIso };
  return errors.length === 0
    ? { status: success, body: base }
    : {
        status: 207,
        body: { ...base, numErrors: errors.length, errors: errors.map(recordError) },
      };
}

function recordError({ id, traceId, category, message, property }: RecordError) {
  return {
    status: 'error',
    category,
    message,
    context: {
      ...(id === undefined ? {} : { ids: [id] }),
      ...(traceId === undefined ? {} : { objectWriteTraceId: [traceId] }),
    },
    errors:
      property === undefined
        ? []
        : [{ message, code: property.code, context: { propertyName: [property.name] } }],
  };
}
