import type { ExpansionName } from '../../src/core/expansion/values.ts';
import type { CrmBatch, CrmHold, CrmWrite, CrmWritten } from '../../src/core/ports.ts';
import type { Answer, BatchAnswer, BatchError, HubspotRecord } from './answer.ts';
import type { HubspotApi } from './api.ts';
import { failureOfItem, type Item, itemOf, itemsOf, withoutProperties } from './batch-item.ts';
import { type Failure, refusalInWords, type WrongProperty } from './failure.ts';
import { nameOfProperty, toProperties, traceIdOf } from './map.ts';
import type { Missing } from './missing.ts';
import { accountIdProperty } from './properties.ts';

/** What a run of writes needs. */
export interface CompanyDeps {
  readonly api: HubspotApi;
  /** Properties that the portal does not have now. */
  readonly missing: Missing;
  /** The hold that a failure asks for; keeps count of failures in a row. */
  readonly holdOf: (answer: Answer<unknown>) => CrmHold | undefined;
  readonly onTrouble: (sentence: string) => void;
}

const searchedMax = 100;

/**
 * Writes companies. Known ones are changed by their record id, so that one that a person deleted is never made again; new
 * ones are looked for by our own id and by domain where that could find something, and made where they may be made.
 */
export async function writeCompanies(
  writes: readonly CrmWrite[],
  deps: CompanyDeps,
  signal: AbortSignal,
): Promise<CrmBatch> {
  const run = new Run(deps, signal);
  await run.writeAll(writes);
  return {
    results: writes.map(({ accountId }) => run.results.get(accountId) ?? { kind: 'later' }),
    hold: run.hold,
  };
}

class Run {
  readonly results = new Map<string, CrmWritten>();
  hold: CrmHold | undefined;
  private readonly deps: CompanyDeps;
  private readonly signal: AbortSignal;

  constructor(deps: CompanyDeps, signal: AbortSignal) {
    this.deps = deps;
    this.signal = signal;
  }

  async writeAll(writes: readonly CrmWrite[]): Promise<void> {
    const known = writes.filter(({ recordId }) => recordId !== undefined);
    const unknown = writes.filter(({ recordId }) => recordId === undefined);
    // An account without a domain that may be made: making it finds out by itself whether it is there.
    const toFind = unknown.filter(({ domain, mayCreate }) => domain !== undefined || !mayCreate);
    const toMake = unknown.filter((write) => !toFind.includes(write));
    const found = await this.findByOwnId(toFind);
    const byDomain = await this.findByDomain(toFind.filter((write) => !found.has(write)));
    await this.update([
      ...known.map((write) => this.item(write, write.recordId)),
      ...[...found].map(([write, recordId]) => this.item(write, recordId)),
      ...byDomain.adopted.map(({ write, recordId }) => this.item(write, recordId, true)),
    ]);
    await this.create([...toMake, ...byDomain.toMake].map((write) => this.item(write, undefined)));
  }

  /** Which of these are there under our own id. */
  private async findByOwnId(writes: readonly CrmWrite[]): Promise<ReadonlyMap<CrmWrite, string>> {
    const found = new Map<CrmWrite, string>();
    if (writes.length === 0 || this.hold !== undefined) {
      return found;
    }
    const answer = await this.deps.api.read(
      'companies',
      {
        idProperty: accountIdProperty,
        properties: [accountIdProperty],
        inputs: writes.map(({ accountId }) => ({ id: accountId })),
      },
      this.signal,
    );
    if (this.isDone(answer)) {
      for (const record of answer.value.results) {
        const owner = writes.find(
          ({ accountId }) => accountId === record.properties[accountIdProperty],
        );
        if (owner !== undefined) {
          found.set(owner, record.id);
        }
      }
    } else {
      this.giveUp(writes, answer);
    }
    return found;
  }

  /** The one company of each domain; of several, or of one that is another account's, a person must say. */
  private async findByDomain(writes: readonly CrmWrite[]): Promise<{
    readonly adopted: readonly { readonly write: CrmWrite; readonly recordId: string }[];
    readonly toMake: readonly CrmWrite[];
  }> {
    const open = writes.filter(({ accountId }) => !this.results.has(accountId));
    const withDomain = open.filter(({ domain }) => domain !== undefined);
    const toMake: CrmWrite[] = [];
    const adopted: { write: CrmWrite; recordId: string }[] = [];
    const absent = (write: CrmWrite): void => {
      if (write.mayCreate) {
        toMake.push(write);
      } else {
        this.results.set(write.accountId, { kind: 'absent' });
      }
    };
    if (this.hold === undefined) {
      open.filter(({ domain }) => domain === undefined).forEach(absent);
    }
    for (let from = 0; from < withDomain.length; from += searchedMax) {
      const page = withDomain.slice(from, from + searchedMax);
      const hits = await this.search(page);
      for (const write of hits === undefined ? [] : page) {
        const ofDomain = hits?.get(write.domain ?? '') ?? [];
        const [only] = ofDomain;
        const holder = only?.properties[accountIdProperty] ?? '';
        if (only === undefined) {
          absent(write);
        } else if (ofDomain.length === 1 && holder === '') {
          adopted.push({ write, recordId: only.id });
        } else {
          this.results.set(write.accountId, {
            kind: 'ambiguous',
            why:
              ofDomain.length > 1
                ? `${ofDomain.length} companies have the domain of this account; merge them, or write its id into ${accountIdProperty} of the right one.`
                : `The company of this account's domain belongs to another account by its ${accountIdProperty}; say there which one is meant.`,
          });
        }
      }
    }
    return { adopted, toMake };
  }

  /** Companies by domain, all pages; undefined when they could not be asked for. */
  private async search(
    writes: readonly CrmWrite[],
  ): Promise<ReadonlyMap<string, readonly HubspotRecord[]> | undefined> {
    if (this.hold !== undefined) {
      return undefined;
    }
    const domains = writes.flatMap(({ domain }) => domain ?? []);
    const records: HubspotRecord[] = [];
    let after: string | undefined;
    do {
      const answer = await this.deps.api.searchDomains(
        domains,
        ['domain', accountIdProperty],
        after,
        this.signal,
      );
      if (!this.isDone(answer)) {
        this.giveUp(writes, answer);
        return undefined;
      }
      records.push(...answer.value.results);
      after = answer.value.paging?.next?.after;
    } while (after !== undefined);
    return Map.groupBy(records, ({ properties }) => (properties['domain'] ?? '').toLowerCase());
  }

  private item(write: CrmWrite, recordId: string | undefined, isAdopted = false): Item {
    const ours = this.withoutMissing(toProperties(write.values));
    const identity = {
      [accountIdProperty]: write.accountId,
      ...(write.name === undefined ? {} : { name: write.name }),
      ...(write.domain === undefined ? {} : { domain: write.domain }),
    };
    const isNew = recordId === undefined;
    return {
      write,
      recordId,
      properties: {
        ...ours.properties,
        ...(isNew ? identity : isAdopted ? { [accountIdProperty]: write.accountId } : {}),
      },
      leftOut: ours.leftOut,
      isSecond: false,
      isFoundAgain: false,
    };
  }

  private withoutMissing(properties: Readonly<Record<string, string>>) {
    const kept: Record<string, string> = {};
    const leftOut: ExpansionName[] = [];
    for (const [property, value] of Object.entries(properties)) {
      const name = nameOfProperty(property);
      if (name !== undefined && this.deps.missing.has(property)) {
        leftOut.push(name);
      } else {
        kept[property] = value;
      }
    }
    return { properties: kept, leftOut };
  }

  private async update(items: readonly Item[]): Promise<void> {
    // Two accounts of one record in one batch would be refused; the first is written, the other is for a person.
    const byRecord = new Map<string, Item>();
    for (const item of items) {
      const other = byRecord.get(item.recordId ?? '');
      if (other === undefined) {
        byRecord.set(item.recordId ?? '', item);
      } else {
        this.results.set(item.write.accountId, {
          kind: 'ambiguous',
          why: `Account ${other.write.accountId} stands for the same company; say there by ${accountIdProperty} which one is meant.`,
        });
      }
    }
    await this.send([...byRecord.values()], (batch) =>
      this.deps.api.update(
        'companies',
        {
          inputs: batch.map(({ write, recordId, properties }) => ({
            id: recordId ?? '',
            objectWriteTraceId: traceIdOf(write),
            properties,
          })),
        },
        this.signal,
      ),
    );
  }

  private async create(items: readonly Item[]): Promise<void> {
    await this.send(items, (batch) =>
      this.deps.api.create(
        'companies',
        {
          inputs: batch.map(({ write, properties }) => ({
            associations: [],
            objectWriteTraceId: traceIdOf(write),
            properties,
          })),
        },
        this.signal,
      ),
    );
  }

  /** Sends items together; what is refused as a whole is halved until the guilty one is alone. */
  private async send(
    items: readonly Item[],
    ask: (items: readonly Item[]) => Promise<Answer<BatchAnswer>>,
  ): Promise<void> {
    if (items.length === 0 || this.hold !== undefined) {
      return;
    }
    const answer = await ask(items);
    if (this.isDone(answer)) {
      await this.take(items, answer.value, ask);
    } else if (this.hold === undefined) {
      await this.refusedWhole(items, answer, ask);
    }
  }

  /** A batch that was taken, wholly or in part. */
  private async take(
    items: readonly Item[],
    answer: BatchAnswer,
    ask: (items: readonly Item[]) => Promise<Answer<BatchAnswer>>,
  ): Promise<void> {
    const open = new Set(items);
    for (const record of answer.results) {
      const item = itemOf(record, items);
      if (item !== undefined) {
        open.delete(item);
        this.written(item, record.id);
      }
    }
    const failed: { readonly item: Item; readonly error: BatchError }[] = [];
    for (const error of answer.errors ?? []) {
      for (const item of itemsOf(error, [...open])) {
        open.delete(item);
        failed.push({ item, error });
      }
    }
    await this.refusedSome(
      failed.map(({ item, error }) => ({ item, failure: failureOfItem(error) })),
      ask,
    );
    // Neither confirmed nor named in an error: sent again in halves, at last alone.
    const [only] = open;
    if (items.length === 1 && only !== undefined) {
      this.results.set(only.write.accountId, { kind: 'later' });
      return;
    }
    await this.halves([...open], ask);
  }

  private async refusedWhole(
    items: readonly Item[],
    failure: Failure,
    ask: (items: readonly Item[]) => Promise<Answer<BatchAnswer>>,
  ): Promise<void> {
    const wrong = failure.kind === 'answered' ? failure.wrong : [];
    const gone = wrong.filter(({ code }) => code === 'PROPERTY_DOESNT_EXIST');
    const known = gone.filter(({ name }) => !this.deps.missing.has(name));
    if (known.length > 0) {
      // Guilty is a property that somebody deleted, not a record: all go again without it.
      this.deps.missing.add(known.map(({ name }) => name));
      await this.send(
        items.map((item) => withoutProperties(item, known)),
        ask,
      );
      return;
    }
    const [only] = items;
    if (items.length === 1 && only !== undefined) {
      await this.refusedSome([{ item: only, failure }], ask);
      return;
    }
    // Made before by an earlier run whose memory was lost: one look tells for all, where halving would take many calls.
    const isConflict = failure.kind === 'answered' && failure.status === 409;
    const made = items.filter(({ recordId }) => recordId === undefined);
    if (isConflict && made.length === items.length) {
      const found = await this.findByOwnId(items.map(({ write }) => write));
      if (found.size > 0) {
        await this.update([...found].map(([write, recordId]) => this.item(write, recordId)));
        await this.send(
          items.filter(({ write }) => !found.has(write)),
          ask,
        );
        return;
      }
    }
    await this.halves(items, ask);
  }

  private async halves(
    items: readonly Item[],
    ask: (items: readonly Item[]) => Promise<Answer<BatchAnswer>>,
  ): Promise<void> {
    const middle = Math.ceil(items.length / 2);
    await this.send(items.slice(0, middle), ask);
    await this.send(items.slice(middle), ask);
  }

  /** Single records that were refused. Those that are gone, or there already, are looked for together. */
  private async refusedSome(
    refused: readonly { readonly item: Item; readonly failure: Failure }[],
    ask: (items: readonly Item[]) => Promise<Answer<BatchAnswer>>,
  ): Promise<void> {
    const gone: Item[] = [];
    const there: Item[] = [];
    for (const { item, failure } of refused) {
      const status = failure.kind === 'answered' ? failure.status : 0;
      const wrong = failure.kind === 'answered' ? failure.wrong : [];
      const ours = wrong.filter(({ name }) => nameOfProperty(name) !== undefined);
      this.noteMissing(ours);
      if (status === 404 && item.recordId !== undefined) {
        gone.push(item);
      } else if (status === 409 && item.recordId === undefined) {
        there.push(item);
      } else if (ours.length > 0 && !item.isSecond) {
        await this.send([{ ...withoutProperties(item, ours), isSecond: true }], ask);
      } else {
        this.results.set(item.write.accountId, { kind: 'refused', why: refusalInWords(failure) });
      }
    }
    await this.findAgain(gone);
    await this.foundInstead(there);
  }

  private noteMissing(wrong: readonly WrongProperty[]): void {
    this.deps.missing.add(
      wrong.filter(({ code }) => code === 'PROPERTY_DOESNT_EXIST').map(({ name }) => name),
    );
  }

  /** Record ids that lead nowhere: merged into another that has our id, or deleted by a person. */
  private async findAgain(gone: readonly Item[]): Promise<void> {
    const first = gone.filter(({ isFoundAgain }) => !isFoundAgain);
    const found = await this.findByOwnId(first.map(({ write }) => write));
    const moved: Item[] = [];
    for (const item of gone) {
      const recordId = found.get(item.write);
      if (recordId !== undefined && recordId !== item.recordId) {
        moved.push({ ...item, recordId, isFoundAgain: true });
      } else if (this.hold === undefined && !this.results.has(item.write.accountId)) {
        this.results.set(item.write.accountId, { kind: 'removed' });
      }
    }
    await this.update(moved);
  }

  /** Companies with our ids are there already: an earlier run made them and died before it could say so. */
  private async foundInstead(there: readonly Item[]): Promise<void> {
    const found = await this.findByOwnId(there.map(({ write }) => write));
    for (const { write } of there) {
      if (!found.has(write) && this.hold === undefined && !this.results.has(write.accountId)) {
        this.results.set(write.accountId, {
          kind: 'refused',
          why: 'HubSpot refuses it (409): another company has one of its unique values.',
        });
      }
    }
    await this.update(
      [...found].map(([write, recordId]) => ({
        ...this.item(write, recordId),
        isFoundAgain: true,
      })),
    );
  }

  private written(item: Item, recordId: string): void {
    const { accountId } = item.write;
    if (item.isSecond) {
      this.deps.onTrouble(
        `HubSpot refuses a value of ${item.leftOut.join(', ')}; the rest was written. Run \`motisig hubspot provision\`, which adds missing options.`,
      );
    }
    this.results.set(accountId, { kind: 'written', recordId, leftOut: item.leftOut });
  }

  private isDone<T>(answer: Answer<T>): answer is Extract<Answer<T>, { kind: 'done' }> {
    this.hold ??= this.deps.holdOf(answer);
    return answer.kind === 'done';
  }

  private giveUp(writes: readonly CrmWrite[], failure: Answer<unknown>): void {
    if (this.hold === undefined && failure.kind !== 'done') {
      const why = refusalInWords(failure);
      for (const { accountId } of writes) {
        this.results.set(accountId, { kind: 'refused', why });
      }
    }
  }
}
