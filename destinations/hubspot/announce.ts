import { sha256Hex } from '../../src/core/hash.ts';
import { dayMs } from '../../src/core/duration.ts';
import type { CrmAnnounced, CrmHold, CrmNews, CrmNewsKind } from '../../src/core/ports.ts';
import type { Answer, HubspotRecord } from './answer.ts';
import { associationTo, type HubspotApi, type ObjectType } from './api.ts';
import type { HubspotConfig } from './config.ts';
import { refusalInWords } from './failure.ts';
import { markerOf, noteBody, taskBody } from './map.ts';
import { opportunityKeyProperty, userIdProperty } from './properties.ts';

/** What announcing needs. */
export interface AnnounceDeps {
  readonly api: HubspotApi;
  readonly config: Pick<HubspotConfig, 'deals' | 'fallbackOwnerId'>;
  readonly holdOf: (answer: Answer<unknown>) => CrmHold | undefined;
  readonly onTrouble: (sentence: string) => void;
}

/** Association types that HubSpot defines (SDK enum `AssociationTypes`). */
const noteToCompany = 190;
const taskToCompany = 192;
const dealToCompany = 341;

/** Begins every marker: a note or task with it is one of ours. */
const anyMarker = 'motisig-';
const lookedAtMax = 100;
const nameMax = 100;

/** A step ends early when somebody must wait. */
class Held {
  readonly hold: CrmHold;
  constructor(hold: CrmHold) {
    this.hold = hold;
  }
}

/**
 * Makes the note, the task and the deal of an opportunity where they are wanted and not there. Making is not idempotent
 * at HubSpot, so each is looked for first: notes and tasks of the company by the marker in their text, deals by their key.
 */
export async function announce(
  news: CrmNews,
  deps: AnnounceDeps,
  signal: AbortSignal,
): Promise<CrmAnnounced> {
  const settled: CrmNewsKind[] = [];
  let contactId: string | undefined;
  const steps = createSteps(news, deps, signal, (id) => {
    contactId = id;
  });
  let hold: CrmHold | undefined;
  try {
    for (const kind of news.wanted) {
      await steps[kind]();
      settled.push(kind);
    }
  } catch (error) {
    if (!(error instanceof Held)) {
      throw error;
    }
    hold = error.hold;
  }
  return { settled, contactId, hold };
}

function createSteps(
  news: CrmNews,
  { api, config, holdOf, onTrouble }: AnnounceDeps,
  signal: AbortSignal,
  onContact: (id: string) => void,
): Readonly<Record<CrmNewsKind, () => Promise<void>>> {
  const marker = markerOf(news.key, (key) => sha256Hex(key).slice(0, 16));

  /** The value; undefined when it was refused for good, which is told once and never blocks the account. */
  function valueOf<T>(answer: Answer<T>, what: string): T | undefined {
    const hold = holdOf(answer);
    if (hold !== undefined) {
      throw new Held(hold);
    }
    if (answer.kind === 'done') {
      return answer.value;
    }
    onTrouble(`Cannot ${what}: ${refusalInWords(answer)}.`);
    return undefined;
  }

  /** The newest of what is associated with the company. */
  async function ofCompany(
    type: ObjectType,
    properties: readonly string[],
  ): Promise<readonly HubspotRecord[] | undefined> {
    const ids = valueOf(
      await api.associated('companies', news.recordId, type, signal),
      `look for ${type} of a company`,
    );
    const newest = [...(ids ?? [])].toSorted((left, right) => Number(right) - Number(left));
    if (newest.length === 0) {
      return ids === undefined ? undefined : [];
    }
    const inputs = newest.slice(0, lookedAtMax).map((id) => ({ id }));
    const body = { inputs, properties: [...properties] };
    return valueOf(await api.read(type, body, signal), `read ${type} of a company`)?.results;
  }

  async function ownerId(): Promise<string | undefined> {
    const body = { inputs: [{ id: news.recordId }], properties: ['hubspot_owner_id'] };
    const read = valueOf(await api.read('companies', body, signal), 'read the owner of a company');
    const owner = read?.results[0]?.properties['hubspot_owner_id'] ?? '';
    return owner === '' ? config.fallbackOwnerId : owner;
  }

  return {
    async note() {
      await linkChampion();
      const notes = await ofCompany('notes', ['hs_note_body']);
      if (notes === undefined || notes.some((note) => says(note, 'hs_note_body', marker))) {
        return;
      }
      valueOf(
        await api.createOne(
          'notes',
          {
            properties: {
              hs_timestamp: new Date(news.nowMs).toISOString(),
              hs_note_body: noteBody(news, marker),
            },
            associations: [associationTo(news.recordId, noteToCompany)],
          },
          signal,
        ),
        'write a note',
      );
    },

    async task() {
      const owner = await ownerId();
      const tasks =
        owner === undefined
          ? undefined
          : await ofCompany('tasks', ['hs_task_body', 'hs_task_status']);
      const isThere = tasks?.some(
        (task) =>
          says(task, 'hs_task_body', marker) ||
          (says(task, 'hs_task_body', anyMarker) &&
            task.properties['hs_task_status'] !== 'COMPLETED'),
      );
      if (owner === undefined || isThere !== false) {
        return;
      }
      valueOf(
        await api.createOne(
          'tasks',
          {
            properties: {
              hs_timestamp: new Date(news.nowMs + dayMs).toISOString(),
              hs_task_subject: `Expansion: ${news.offer} for ${news.accountName}`.slice(0, 200),
              hs_task_body: taskBody(news, marker),
              hs_task_status: 'NOT_STARTED',
              hs_task_priority: 'HIGH',
              hs_task_type: 'TODO',
              hubspot_owner_id: owner,
            },
            associations: [associationTo(news.recordId, taskToCompany)],
          },
          signal,
        ),
        'make a task',
      );
    },

    async deal() {
      const [pipeline, dealstage] = config.deals?.split('/') ?? [];
      if (pipeline === undefined || dealstage === undefined) {
        return;
      }
      const byKey = valueOf(
        await api.read(
          'deals',
          {
            idProperty: opportunityKeyProperty,
            properties: [opportunityKeyProperty],
            inputs: [{ id: news.key }],
          },
          signal,
        ),
        'look for a deal',
      );
      if (byKey === undefined || byKey.results.length > 0) {
        return;
      }
      const deals = await ofCompany('deals', ['dealstage', 'hs_is_closed']);
      // Sales is at it already: the note tells them, a second deal would only count money twice.
      if (deals?.some(({ properties }) => properties['hs_is_closed'] !== 'true') !== false) {
        return;
      }
      valueOf(
        await api.createOne(
          'deals',
          {
            properties: {
              dealname: `${news.accountName.slice(0, nameMax)} - ${news.offer}`,
              pipeline,
              dealstage,
              amount: String(Math.round(news.yearlyPotential * 100) / 100),
              [opportunityKeyProperty]: news.key,
              expansion_why_now: news.whyNow,
            },
            associations: [associationTo(news.recordId, dealToCompany)],
          },
          signal,
        ),
        'make a deal',
      );
    },
  };

  /** The one person to talk to. An address that HubSpot refuses, or holds for somebody else, stops nothing. */
  async function linkChampion(): Promise<void> {
    if (news.champion === undefined) {
      return;
    }
    const { email, userId } = news.champion;
    const properties = { [userIdProperty]: userId, expansion_role: 'champion' };
    const answer = await api.upsert(
      'contacts',
      { inputs: [{ idProperty: 'email', id: email, properties }] },
      signal,
    );
    const contact = valueOf(answer, 'write a contact')?.results[0];
    if (contact !== undefined) {
      onContact(contact.id);
      valueOf(
        await api.associate('contacts', contact.id, 'companies', news.recordId, signal),
        'link a contact with its company',
      );
    }
  }
}

function says(record: HubspotRecord, property: string, words: string): boolean {
  return record.properties[property]?.includes(words) === true;
}
