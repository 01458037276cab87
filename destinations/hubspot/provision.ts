import { z } from 'zod';
import type { Answer } from './answer.ts';
import { createHubspotApi, type HubspotApi } from './api.ts';
import type { HubspotConfig } from './config.ts';
import { holdOf, refusalInWords } from './failure.ts';
import {
  allCompanyProperties,
  allContactProperties,
  allDealProperties,
  listsOfStages,
  type PropertyDefinition,
  propertyGroup,
} from './properties.ts';

/** What provisioning found and did. */
export interface Provisioned {
  /** What is there, what is missing, what was made: sentences for people, in order. */
  readonly lines: readonly string[];
  /** Why nothing, or not all, could be made; each names the mend. Empty: all is well. */
  readonly problems: readonly string[];
}

type ProvisionedType = 'companies' | 'contacts' | 'deals';

const typeIds: Readonly<Record<ProvisionedType, string>> = {
  companies: '0-2',
  contacts: '0-1',
  deals: '0-3',
};

const Option = z.object({
  label: z.string(),
  value: z.string(),
  displayOrder: z.number().default(-1),
  hidden: z.boolean().default(false),
});
const There = z.object({
  name: z.string(),
  type: z.string(),
  fieldType: z.string(),
  hasUniqueValue: z.boolean().optional(),
  options: z.array(Option).optional(),
});
type There = z.infer<typeof There>;
const AllThere = z.object({ results: z.array(There) });
const Groups = z.object({ results: z.array(z.object({ name: z.string() })) });
const Limits = z.object({
  byObjectType: z.array(
    z.object({ objectTypeId: z.string(), limit: z.number(), usage: z.number() }),
  ),
});
const FoundList = z.object({
  list: z.object({ listId: z.coerce.string(), filterBranch: z.unknown().optional() }),
});
const Pipelines = z.object({
  results: z.array(
    z.object({ id: z.string(), stages: z.array(z.object({ id: z.string() })).default([]) }),
  ),
});

/** One thing to make or to change. */
interface Step {
  readonly plan: string;
  run(): Promise<Answer<unknown>>;
  /** What it is when somebody else made it meanwhile (409). */
  readonly isFineWhenThere: boolean;
}

/**
 * Looks what the portal has, and makes what is missing: a group, properties, options of choices, a list per stage. Changes
 * nothing that is there, but for options that are added. With `dryRun` it only says what it would do. Safe to run again.
 */
export async function provisionHubspot(
  config: HubspotConfig,
  wanted: { readonly dryRun: boolean; readonly fetch?: typeof fetch },
  signal: AbortSignal,
): Promise<Provisioned> {
  const api = createHubspotApi(config, wanted.fetch);
  const lines: string[] = [];
  const problems: string[] = [];
  const types: readonly ProvisionedType[] =
    config.deals === undefined ? ['companies', 'contacts'] : ['companies', 'contacts', 'deals'];
  const steps: Step[] = [];
  for (const type of types) {
    steps.push(...(await stepsOfType(type, { api, lines, problems, signal })));
  }
  steps.push(...(await stepsOfLists({ api, lines, problems, signal })));
  if (config.deals !== undefined) {
    await checkPipeline(config.deals, { api, lines, problems, signal });
  }
  if (steps.length === 0 && problems.length === 0) {
    lines.push('Everything is there; nothing is to be made.');
  }
  // Half of it would be worse than nothing: properties without their list, or lists without their property.
  if (wanted.dryRun || problems.length > 0) {
    lines.push(...steps.map(({ plan }) => `would make ${plan}`));
    return { lines, problems: [...new Set(problems)] };
  }
  for (const step of steps) {
    const answer = await step.run();
    const isThere = answer.kind === 'answered' && answer.status === 409 && step.isFineWhenThere;
    if (answer.kind !== 'done' && !isThere) {
      problems.push(problemOf(`make ${step.plan}`, answer));
      break;
    }
    lines.push(isThere ? `there meanwhile: ${step.plan}` : `made ${step.plan}`);
  }
  return { lines, problems };
}

interface Looking {
  readonly api: HubspotApi;
  readonly lines: string[];
  readonly problems: string[];
  readonly signal: AbortSignal;
}

async function stepsOfType(type: ProvisionedType, looking: Looking): Promise<readonly Step[]> {
  const { api, lines, problems, signal } = looking;
  const path = `/crm/v3/properties/${type}`;
  const present = await get(path, AllThere, `read the properties of ${type}`, looking);
  const archived = await get(
    `${path}?archived=true`,
    AllThere,
    `read the archived properties of ${type}`,
    looking,
  );
  const groups = await get(`${path}/groups`, Groups, `read the groups of ${type}`, looking);
  if (present === undefined || archived === undefined || groups === undefined) {
    return [];
  }
  const missing: PropertyDefinition[] = [];
  const steps: Step[] = [];
  for (const wanted of definitionsOf(type)) {
    const there = present.results.find(({ name }) => name === wanted.name);
    if (there !== undefined) {
      const problem = mismatch(type, wanted, there);
      const step = problem === undefined ? optionsStep(type, wanted, there, looking) : undefined;
      problems.push(...(problem ?? []));
      steps.push(...(step ?? []));
    } else if (archived.results.some(({ name }) => name === wanted.name)) {
      problems.push(
        `The property ${wanted.name} of ${type} is archived; restore it in HubSpot under Settings, Properties, Archived, then run this again.`,
      );
    } else {
      missing.push(wanted);
    }
  }
  const count = definitionsOf(type).length - missing.length;
  lines.push(`${type}: ${count} of ${definitionsOf(type).length} properties are there`);
  if (missing.length === 0) {
    return steps;
  }
  await checkRoom(type, missing.length, looking);
  if (!groups.results.some(({ name }) => name === propertyGroup.name)) {
    steps.push({
      plan: `the group ${propertyGroup.name} of ${type}`,
      isFineWhenThere: true,
      run: () =>
        api.call(
          { method: 'POST', path: `${path}/groups`, body: propertyGroup },
          z.unknown(),
          signal,
        ),
    });
  }
  steps.push({
    plan: `${missing.length} properties of ${type}: ${missing.map(({ name }) => name).join(', ')}`,
    isFineWhenThere: false,
    run: () => createProperties(type, missing, looking),
  });
  return steps;
}

/** All at once; where one of them is there meanwhile, one by one, so that the others are made. */
async function createProperties(
  type: ProvisionedType,
  missing: readonly PropertyDefinition[],
  { api, signal }: Looking,
): Promise<Answer<unknown>> {
  const path = `/crm/v3/properties/${type}`;
  const inputs = missing.map((definition) => ({ ...definition, groupName: propertyGroup.name }));
  const answer = await api.call(
    { method: 'POST', path: `${path}/batch/create`, body: { inputs } },
    z.object({ errors: z.array(z.unknown()).optional() }),
    signal,
  );
  const isPartial =
    (answer.kind === 'done' && (answer.value.errors ?? []).length > 0) ||
    (answer.kind === 'answered' && answer.status === 409);
  if (!isPartial) {
    return answer;
  }
  for (const body of inputs) {
    const one = await api.call({ method: 'POST', path, body }, z.unknown(), signal);
    if (one.kind !== 'done' && !(one.kind === 'answered' && one.status === 409)) {
      return one;
    }
  }
  return { kind: 'done', status: 200, value: undefined };
}

function definitionsOf(type: ProvisionedType): readonly PropertyDefinition[] {
  switch (type) {
    case 'companies':
      return allCompanyProperties;
    case 'contacts':
      return allContactProperties;
    case 'deals':
      return allDealProperties;
    default:
      return type satisfies never;
  }
}

/** What is there under our name and is not ours to change. */
function mismatch(
  type: string,
  wanted: PropertyDefinition,
  there: There,
): readonly string[] | undefined {
  if (wanted.type !== there.type) {
    return [
      `The property ${wanted.name} of ${type} is there with type ${there.type} instead of ${wanted.type}, which is never changed; rename or delete it in HubSpot, then run this again.`,
    ];
  }
  if (wanted.hasUniqueValue === true && there.hasUniqueValue !== true) {
    return [
      `The property ${wanted.name} of ${type} is there and not unique, which cannot be changed; delete it in HubSpot, then run this again.`,
    ];
  }
  return undefined;
}

/** Adds options that are missing, and keeps those that people added: the change replaces the whole list. */
function optionsStep(
  type: ProvisionedType,
  wanted: PropertyDefinition,
  there: There,
  { api, signal }: Looking,
): readonly Step[] {
  const held = there.options ?? [];
  const missing = (wanted.options ?? []).filter(
    ({ value }) => !held.some((option) => option.value === value),
  );
  return missing.length === 0
    ? []
    : [
        {
          plan: `the options ${missing.map(({ value }) => value).join(', ')} of ${wanted.name}`,
          isFineWhenThere: false,
          run: () =>
            api.call(
              {
                method: 'PATCH',
                path: `/crm/v3/properties/${type}/${wanted.name}`,
                body: { options: [...held, ...missing] },
              },
              z.unknown(),
              signal,
            ),
        },
      ];
}

/** Free portals allow few properties of one's own: said before half of them are made. */
async function checkRoom(
  type: ProvisionedType,
  needed: number,
  { api, lines, problems, signal }: Looking,
): Promise<void> {
  const answer = await api.call(
    { method: 'GET', path: '/crm/v3/limits/custom-properties' },
    Limits,
    signal,
  );
  if (answer.kind !== 'done') {
    lines.push(`${type}: how many properties the portal allows could not be read`);
    return;
  }
  const limit = answer.value.byObjectType.find(
    ({ objectTypeId }) => objectTypeId === typeIds[type],
  );
  const left = limit === undefined ? needed : limit.limit - limit.usage;
  if (left < needed) {
    problems.push(
      `The portal allows ${Math.max(0, left)} more properties of ${type} and ${needed} are needed; delete some that nobody uses, or take a larger plan.`,
    );
  }
}

async function stepsOfLists(looking: Looking): Promise<readonly Step[]> {
  const { api, lines, problems, signal } = looking;
  const steps: Step[] = [];
  let there = 0;
  for (const wanted of listsOfStages()) {
    const path = `/crm/v3/lists/object-type-id/${wanted.objectTypeId}/name/${encodeURIComponent(wanted.name)}?includeFilters=true`;
    const answer = await api.call({ method: 'GET', path }, FoundList, signal);
    if (answer.kind === 'done') {
      there += 1;
      if (!hasOurFilter(answer.value.list.filterBranch, wanted.filterBranch)) {
        lines.push(
          `the list "${wanted.name}" has another filter than ours; it is left as it is, for somebody may want it so`,
        );
      }
    } else if (answer.kind === 'answered' && answer.status === 404) {
      steps.push({
        plan: `the list "${wanted.name}"`,
        isFineWhenThere: true,
        run: () =>
          api.call({ method: 'POST', path: '/crm/v3/lists', body: wanted }, z.unknown(), signal),
      });
    } else {
      problems.push(problemOf('read the lists of companies', answer));
      return [];
    }
  }
  lines.push(`lists: ${there} of ${listsOfStages().length} are there`);
  return steps;
}

/** Whether every setting of our filter is in the one that is there; what HubSpot adds of its own does not matter. */
function hasOurFilter(there: unknown, ours: unknown): boolean {
  if (Array.isArray(ours)) {
    return (
      Array.isArray(there) &&
      there.length === ours.length &&
      ours.every((one: unknown, at) => hasOurFilter(there[at], one))
    );
  }
  if (typeof ours === 'object' && ours !== null) {
    return (
      typeof there === 'object' &&
      there !== null &&
      Object.entries(ours).every(([key, value]) => hasOurFilter(Reflect.get(there, key), value))
    );
  }
  return ours === there;
}

async function checkPipeline(deals: string, looking: Looking): Promise<void> {
  const [pipelineId, stageId] = deals.split('/');
  const found = await get(
    '/crm/v3/pipelines/deals',
    Pipelines,
    'read the pipelines of deals',
    looking,
  );
  if (found === undefined) {
    return;
  }
  const pipeline = found.results.find(({ id }) => id === pipelineId);
  if (pipeline === undefined) {
    looking.problems.push(
      `HUBSPOT_DEALS names the pipeline ${pipelineId}, which is not there; there are ${found.results.map(({ id }) => id).join(', ')}.`,
    );
  } else if (!pipeline.stages.some(({ id }) => id === stageId)) {
    looking.problems.push(
      `HUBSPOT_DEALS names the stage ${stageId}, which the pipeline ${pipelineId} does not have; it has ${pipeline.stages.map(({ id }) => id).join(', ')}.`,
    );
  } else {
    looking.lines.push(`deals begin in the pipeline ${pipelineId} at stage ${stageId}`);
  }
}

async function get<T>(
  path: string,
  shape: z.ZodType<T>,
  what: string,
  { api, problems, signal }: Looking,
): Promise<T | undefined> {
  const answer = await api.call({ method: 'GET', path }, shape, signal);
  if (answer.kind === 'done') {
    return answer.value;
  }
  problems.push(problemOf(what, answer));
  return undefined;
}

/** The same for every call, so that it is said once. */
const unreachable =
  'HubSpot cannot be reached; look at the network and at HUBSPOT_BASE_URL, then run this again.';

function problemOf(what: string, answer: Exclude<Answer<unknown>, { kind: 'done' }>): string {
  const isAway = answer.kind === 'not_sent' || answer.kind === 'no_answer';
  return isAway ? unreachable : `Cannot ${what}: ${inWords(answer)}`;
}

function inWords(answer: Exclude<Answer<unknown>, { kind: 'done' }>): string {
  return holdOf(answer, 1)?.why ?? `${refusalInWords(answer)}.`;
}
