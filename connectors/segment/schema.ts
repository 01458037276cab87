import { type Call, type Fields, isCall, isFields } from './call.ts';

/**
 * The shape a body may have: `webhook` is what Segment posts; the others are the Tracking API's
 * paths.
 */
export type BodyShape = 'webhook' | 'batch' | CallType;

/** The calls of Segment's Tracking API. */
export type CallType = 'track' | 'identify' | 'group' | 'page' | 'screen' | 'alias';

/** The calls inside a body, not yet looked at; an element may be anything. */
export type Calls =
  | { readonly kind: 'calls'; readonly calls: readonly unknown[]; readonly batch: Batch }
  | { readonly kind: 'wrong'; readonly reason: 'not_an_object' | 'batch_missing' };

/** What a batch says for all of its calls. */
export interface Batch {
  readonly context?: unknown;
  readonly integrations?: unknown;
  readonly sentAt?: unknown;
}

const noBatch: Batch = {};

/**
 * Takes the calls out of a body. Webhook: one event, an array, an array of `{"json": event}`
 * (Extensible Webhook). Tracking API: one call whose type is the path's, or `{"batch": [...]}`; an
 * array alone is taken as a batch too.
 */
export function callsOf(body: unknown, shape: BodyShape): Calls {
  if (Array.isArray(body)) {
    return { kind: 'calls', calls: body, batch: noBatch };
  }
  if (!isFields(body)) {
    return { kind: 'wrong', reason: 'not_an_object' };
  }
  if (shape === 'webhook') {
    return { kind: 'calls', calls: [body], batch: noBatch };
  }
  if (shape !== 'batch') {
    return { kind: 'calls', calls: [{ ...body, type: shape }], batch: noBatch };
  }
  const calls = body['batch'];
  return Array.isArray(calls)
    ? { kind: 'calls', calls, batch: body }
    : { kind: 'wrong', reason: 'batch_missing' };
}

/**
 * One element as a call, out of its `json` wrapper and with the batch's context and integrations
 * beneath its own.
 */
export function toCall(element: unknown, batch: Batch): Call | undefined {
  const call = unwrap(element);
  if (!isCall(call)) {
    return undefined;
  }
  return batch.context === undefined && batch.integrations === undefined
    ? call
    : {
        ...call,
        context: merged(batch.context, call.context),
        integrations: merged(batch.integrations, call.integrations),
      };
}

function unwrap(element: unknown): unknown {
  if (!isFields(element) || !('json' in element)) {
    return element;
  }
  return Object.keys(element).length === 1 ? element['json'] : element;
}

function merged(ofBatch: unknown, own: unknown): Fields {
  return { ...fieldsOf(ofBatch), ...fieldsOf(own) };
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}
