import type { ExpansionName } from '../../src/core/expansion/values.ts';
import type { CrmWrite } from '../../src/core/ports.ts';
import type { BatchError, HubspotRecord } from './answer.ts';
import { type Failure, type WrongProperty, wrongProperties } from './failure.ts';
import { nameOfProperty, traceIdOf } from './map.ts';
import { accountIdProperty } from './properties.ts';

/** A write on its way: what is sent for it now. */
export interface Item {
  readonly write: CrmWrite;
  readonly recordId: string | undefined;
  readonly properties: Readonly<Record<string, string>>;
  readonly leftOut: readonly ExpansionName[];
  /** Sent once more without the properties that were refused; only once. */
  readonly isSecond: boolean;
  /** A record of ours was looked for after it was said to be gone. */
  readonly isFoundAgain: boolean;
}

/** The item that a result confirms: by its trace id, else by record id, else by our own id. Never by its place. */
export function itemOf(record: HubspotRecord, items: readonly Item[]): Item | undefined {
  const { objectWriteTraceId, id, properties } = record;
  return (
    items.find(({ write }) => traceIdOf(write) === objectWriteTraceId) ??
    items.find(({ recordId }) => recordId === id) ??
    items.find(({ write }) => write.accountId === properties[accountIdProperty])
  );
}

/** The items that an error names; of a batch of one it is that one. */
export function itemsOf(error: BatchError, items: readonly Item[]): readonly Item[] {
  const said = [
    error.context?.['objectWriteTraceId'],
    error.context?.['ids'],
    error.context?.['id'],
  ]
    .flat()
    .filter((one) => typeof one === 'string');
  const named = items.filter(
    ({ write, recordId }) =>
      said.includes(traceIdOf(write)) ||
      said.includes(write.accountId) ||
      (recordId !== undefined && said.includes(recordId)),
  );
  return named.length === 0 && items.length === 1 ? items : named;
}

/** An error of one record inside a 207, as if it had come alone. */
export function failureOfItem(error: BatchError): Failure {
  const category = error.category ?? '';
  const status = /NOT_FOUND/u.test(category) ? 404 : /CONFLICT/u.test(category) ? 409 : 400;
  return {
    kind: 'answered',
    status,
    retryAfterMs: undefined,
    policy: undefined,
    category: /^[A-Za-z_]{1,80}$/u.test(category) ? category : undefined,
    message: error.message,
    wrong: wrongProperties({ message: error.message, errors: error.errors }),
    missingScopes: [],
    correlationId: undefined,
  };
}

/** The item without the properties of ours that were refused; they are remembered as left out. */
export function withoutProperties(item: Item, wrong: readonly WrongProperty[]): Item {
  const properties = { ...item.properties };
  const leftOut = [...item.leftOut];
  for (const { name: property } of wrong) {
    const name = nameOfProperty(property);
    if (name !== undefined && property in properties) {
      delete properties[property];
      leftOut.push(name);
    }
  }
  return { ...item, properties, leftOut };
}
