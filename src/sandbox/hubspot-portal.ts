import { z } from 'zod';
import { openJournal } from './journal.ts';
import { standardProperties } from './hubspot-standard.ts';

export const hubspotTypes = [
  'companies',
  'contacts',
  'deals',
  'notes',
  'tasks',
  'tickets',
] as const;
export type HubspotType = (typeof hubspotTypes)[number];

const Type = z.enum(hubspotTypes);
const ObjectLine = z.object({
  kind: z.literal('object'),
  type: Type,
  id: z.string(),
  properties: z.record(z.string(), z.string()),
  createdMs: z.number(),
  updatedMs: z.number(),
  /** Removed by a person; still there for those who ask for archived ones. */
  archived: z.boolean(),
});
const PropertyLine = z.object({
  kind: z.literal('property'),
  type: Type,
  archived: z.boolean(),
  definition: z.looseObject({
    name: z.string(),
    type: z.string(),
    fieldType: z.string(),
    hasUniqueValue: z.boolean().optional(),
    options: z.array(z.looseObject({ value: z.string(), label: z.string() })).optional(),
  }),
});
const GroupLine = z.object({
  kind: z.literal('group'),
  type: Type,
  name: z.string(),
  label: z.string(),
});
const ListLine = z.object({
  kind: z.literal('list'),
  id: z.string(),
  name: z.string(),
  filterBranch: z.unknown(),
});
const LinkLine = z.object({ kind: z.literal('link'), from: z.string(), to: z.string() });
const Line = z.discriminatedUnion('kind', [
  ObjectLine,
  PropertyLine,
  GroupLine,
  ListLine,
  LinkLine,
]);
type Line = z.infer<typeof Line>;

/** A record of the stand-in portal. */
export type PortalObject = Readonly<z.infer<typeof ObjectLine>>;
export type PortalProperty = Readonly<z.infer<typeof PropertyLine>>;
export type PortalList = Readonly<z.infer<typeof ListLine>>;

/** The stand-in portal: records, their properties, lists and links, in memory and in a journal. */
export function openHubspotPortal(path: string | undefined) {
  const journal = openJournal(path, (value) => Line.safeParse(value).data);
  const objects = new Map<string, PortalObject>();
  const properties = new Map<string, PortalProperty>();
  const groups = new Map<string, z.infer<typeof GroupLine>>();
  const lists = new Map<string, PortalList>();
  const links = new Map<string, Set<string>>();
  /** `type.property.value` of properties that no two records share. */
  const uniques = new Map<string, string>();
  let lastId = 1000;
  let lines = 0;

  for (const line of [...standardProperties, ...journal.start]) {
    keep(line);
  }
  // What somebody edited in the journal is put in order once, at the start.
  journal.rewrite(all());

  function keep(line: Line): void {
    switch (line.kind) {
      case 'object': {
        const old = objects.get(keyOf(line.type, line.id));
        forgetUniques(old);
        objects.set(keyOf(line.type, line.id), line);
        if (!line.archived) {
          for (const [name, value] of Object.entries(line.properties)) {
            if (value !== '' && properties.get(`${line.type}.${name}`)?.definition.hasUniqueValue) {
              uniques.set(`${line.type}.${name}.${value}`, line.id);
            }
          }
        }
        lastId = Math.max(lastId, Number(line.id));
        return;
      }
      case 'property':
        properties.set(`${line.type}.${line.definition.name}`, line);
        return;
      case 'group':
        groups.set(`${line.type}.${line.name}`, line);
        return;
      case 'list':
        lists.set(line.name, line);
        lastId = Math.max(lastId, Number(line.id));
        return;
      case 'link':
        linked(line.from).add(line.to);
        linked(line.to).add(line.from);
        return;
      default:
        line satisfies never;
    }
  }

  function forgetUniques(old: PortalObject | undefined): void {
    for (const [name, value] of Object.entries(old?.properties ?? {})) {
      const key = `${old?.type}.${name}.${value}`;
      if (uniques.get(key) === old?.id) {
        uniques.delete(key);
      }
    }
  }

  function linked(key: string): Set<string> {
    const found = links.get(key) ?? new Set();
    links.set(key, found);
    return found;
  }

  function all(): readonly Line[] {
    const linkLines: Line[] = [...links].flatMap(([from, tos]) =>
      [...tos].filter((to) => from < to).map((to) => ({ kind: 'link' as const, from, to })),
    );
    return [
      ...properties.values(),
      ...groups.values(),
      ...lists.values(),
      ...objects.values(),
      ...linkLines,
    ];
  }

  function write(line: Line): void {
    keep(line);
    journal.append(line);
    lines += 1;
    if (lines > 50_000) {
      journal.rewrite(all());
      lines = 0;
    }
  }

  const portal = {
    object: (type: HubspotType, id: string): PortalObject | undefined => {
      const found = objects.get(keyOf(type, id));
      return found?.archived === true ? undefined : found;
    },
    objects: (type: HubspotType): readonly PortalObject[] =>
      [...objects.values()].filter((object) => object.type === type && !object.archived),
    /** The record with this value of a property that no two share. */
    byUnique: (type: HubspotType, property: string, value: string): PortalObject | undefined =>
      portal.object(type, uniques.get(`${type}.${property}.${value}`) ?? ''),
    property: (type: HubspotType, name: string): PortalProperty | undefined =>
      properties.get(`${type}.${name}`),
    properties: (type: HubspotType): readonly PortalProperty[] =>
      [...properties.values()].filter((property) => property.type === type),
    groups: (type: HubspotType) => [...groups.values()].filter((group) => group.type === type),
    lists: (): readonly PortalList[] => [...lists.values()],
    list: (name: string): PortalList | undefined => lists.get(name),
    linkedTo: (type: HubspotType, id: string, to: HubspotType): readonly string[] =>
      [...(links.get(keyOf(type, id)) ?? [])]
        .filter((key) => key.startsWith(`${to}.`))
        .map((key) => key.slice(to.length + 1)),

    /** Makes a record, or changes one. */
    put(
      type: HubspotType,
      id: string | undefined,
      changes: Readonly<Record<string, string>>,
      nowMs: number,
    ): PortalObject {
      const old = id === undefined ? undefined : objects.get(keyOf(type, id));
      const line: PortalObject = {
        kind: 'object',
        type,
        id: id ?? String(lastId + 1),
        properties: { ...old?.properties, ...changes },
        createdMs: old?.createdMs ?? nowMs,
        updatedMs: nowMs,
        archived: false,
      };
      write(line);
      return line;
    },
    archive(type: HubspotType, id: string): void {
      const old = objects.get(keyOf(type, id));
      if (old !== undefined) {
        write({ ...old, archived: true });
      }
    },
    putProperty(
      type: HubspotType,
      definition: PortalProperty['definition'],
      archived = false,
    ): void {
      write({ kind: 'property', type, archived, definition });
    },
    putGroup: (type: HubspotType, name: string, label: string): void =>
      write({ kind: 'group', type, name, label }),
    putList(name: string, filterBranch: unknown): PortalList {
      const line = { kind: 'list' as const, id: String(lastId + 1), name, filterBranch };
      write(line);
      return line;
    },
    link: (fromType: HubspotType, from: string, toType: HubspotType, to: string): void =>
      write({ kind: 'link', from: keyOf(fromType, from), to: keyOf(toType, to) }),
    close: () => journal.close(),
  };
  return portal;
}

export type HubspotPortal = ReturnType<typeof openHubspotPortal>;

function keyOf(type: HubspotType, id: string): string {
  return `${type}.${id}`;
}
