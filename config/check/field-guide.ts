import { z } from 'zod';
import { PlaybookSchema } from '../schema.ts';
import type { Path } from './yaml-source.ts';

type JsonSchema = z.core.JSONSchema._JSONSchema;
type JsonSchemaMap = Exclude<JsonSchema, boolean>;

const root: JsonSchemaMap = z.toJSONSchema(PlaybookSchema, { io: 'input' });

/** What belongs at a path (or, `key`, in the name of the map entry there), as the schema describes it; else what belongs around it. */
export function descriptionAt(path: Path, part: 'key' | 'value' = 'value'): string {
  let described = root.description ?? '';
  let at: readonly JsonSchemaMap[] = [root];
  path.forEach((step, index) => {
    const isLast = index === path.length - 1;
    const names = at.flatMap((schema) => maps(schema.propertyNames));
    at = isLast && part === 'key' ? names : at.flatMap((schema) => childrenOf(schema, step));
    described = at.find((schema) => schema.description !== undefined)?.description ?? described;
  });
  return described;
}

/** The fields that may stand in the map at a path; none where names are free. */
export function keysAt(path: Path): readonly string[] {
  let at: readonly JsonSchemaMap[] = branches(root);
  for (const step of path) {
    at = at.flatMap((schema) => childrenOf(schema, step));
  }
  return [
    ...new Set(at.flatMap(branches).flatMap((schema) => Object.keys(schema.properties ?? {}))),
  ];
}

function childrenOf(schema: JsonSchemaMap, step: string | number): readonly JsonSchemaMap[] {
  return branches(schema).flatMap((branch) => {
    const named =
      typeof step === 'string' &&
      branch.properties !== undefined &&
      Object.hasOwn(branch.properties, step);
    const child = named
      ? branch.properties?.[step]
      : typeof step === 'number'
        ? branch.items
        : branch.additionalProperties;
    return Array.isArray(child) ? [] : maps(child);
  });
}

/** A schema with the alternatives inside it. */
function branches(schema: JsonSchemaMap): readonly JsonSchemaMap[] {
  const inner = [...(schema.anyOf ?? []), ...(schema.allOf ?? [])].flatMap((branch) =>
    maps(branch),
  );
  return [schema, ...inner.flatMap(branches)];
}

function maps(schema: JsonSchema | undefined): readonly JsonSchemaMap[] {
  return typeof schema === 'object' ? [schema] : [];
}
