import type { CrmRequestKind } from '../../src/core/crm-request.ts';
import type { Clock, CrmCompared, CrmHold, CrmWrite, ExpansionCrm } from '../../src/core/ports.ts';
import { expansionNames } from '../../src/core/expansion/values.ts';
import { announce } from './announce.ts';
import type { Answer } from './answer.ts';
import { createHubspotApi } from './api.ts';
import { writeCompanies } from './companies.ts';
import type { HubspotConfig } from './config.ts';
import { holdOf } from './failure.ts';
import { saysTheSame, toProperties } from './map.ts';
import { createMissing } from './missing.ts';
import { ownersOf } from './owners.ts';
import { companyProperties } from './properties.ts';

export { HubspotConfig } from './config.ts';
export { provisionHubspot } from './provision.ts';

/** What a caller may give besides the settings. */
export interface HubspotDeps {
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Told one sentence, without keys or people, when only a person can mend what is wrong. */
  readonly onTrouble?: (sentence: string) => void;
  /** Told of each request that went out, and what became of it. */
  readonly onRequest?: (kind: CrmRequestKind) => void;
  /** Stands for the platform's fetch, so that a test can record what is sent. */
  readonly fetch?: typeof fetch;
}

/** HubSpot takes so many records in one batch (common practice; its API description names no number). */
const batchMax = 100;

/**
 * Shows accounts as companies of HubSpot: the hub's own properties, a note and a task when there is something to do, deals
 * where they are switched on. Writes only what properties.ts lists, and never what sales owns.
 */
export function createHubspotCrm(config: HubspotConfig, deps: HubspotDeps = {}): ExpansionCrm {
  const clock = deps.clock ?? { nowMs: () => Date.now() };
  const onTrouble = deps.onTrouble ?? (() => {});
  const api = createHubspotApi(config, deps.fetch, deps.onRequest);
  const missing = createMissing(() => clock.nowMs(), onTrouble);
  let troubles = 0;

  /** Counts trouble in a row, so that waits grow while HubSpot is away and are short when it is not. */
  function holdOfAnswer(answer: Answer<unknown>): CrmHold | undefined {
    if (answer.kind === 'done') {
      troubles = 0;
      return undefined;
    }
    const hold = holdOf(answer, troubles + 1);
    troubles = hold === undefined ? 0 : troubles + 1;
    return hold;
  }

  return {
    name: 'hubspot',
    batchMax,
    write: (writes, signal) =>
      writeCompanies(writes, { api, missing, holdOf: holdOfAnswer, onTrouble }, signal),
    announce: (news, signal) =>
      announce(news, { api, config, holdOf: holdOfAnswer, onTrouble }, signal),
    owners: (things, signal) => ownersOf(things, { api, holdOf: holdOfAnswer }, signal),
    async compare(writes, signal) {
      const answer = await api.read(
        'companies',
        {
          properties: expansionNames.map((name) => companyProperties[name].name),
          inputs: writes.map(({ recordId }) => ({ id: recordId ?? '' })),
        },
        signal,
      );
      if (answer.kind !== 'done') {
        const why = 'HubSpot refuses to show companies; nothing was compared.';
        const hold = holdOfAnswer(answer) ?? { kind: 'stopped', forMs: 0, why };
        return { kind: 'held', hold };
      }
      const byId = new Map(answer.value.results.map((record) => [record.id, record]));
      return {
        kind: 'compared',
        results: writes.map((write) => compared(write, byId.get(write.recordId ?? '')?.properties)),
      };
    },
  };
}

function compared(
  write: CrmWrite,
  there: Readonly<Record<string, string | null | undefined>> | undefined,
): CrmCompared {
  if (there === undefined) {
    return { kind: 'absent' };
  }
  const wanted = toProperties(write.values);
  const names = expansionNames.filter((name) => {
    const property = companyProperties[name].name;
    const value = wanted[property];
    return value !== undefined && !saysTheSame(name, value, there[property]);
  });
  return names.length === 0
    ? { kind: 'same' }
    : { kind: 'differs', recordId: write.recordId ?? '', names };
}
