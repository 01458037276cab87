import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { playbookJsonSchema } from '../../config/json-schema.ts';

const configUrl = new URL('../../config/', import.meta.url);
const committed = readFileSync(new URL('playbook.schema.json', configUrl), 'utf8');

function objectsOf(schema: unknown): readonly object[] {
  if (typeof schema !== 'object' || schema === null) {
    return [];
  }
  return [schema, ...Object.values(schema).flatMap(objectsOf)];
}

describe('the JSON Schema for editors', () => {
  it('is the one that the playbook schema generates; node config/json-schema.ts > config/playbook.schema.json writes it', () => {
    expect(JSON.parse(committed)).toEqual(JSON.parse(playbookJsonSchema()));
  });

  it('describes every field', () => {
    const fields = objectsOf(JSON.parse(committed)).flatMap((schema) =>
      'properties' in schema && typeof schema.properties === 'object'
        ? Object.entries(schema.properties ?? {})
        : [],
    );
    expect(fields.length).toBeGreaterThan(80);
    expect(fields.filter(([, field]) => !('description' in field)).map(([name]) => name)).toEqual(
      [],
    );
  });

  it('accepts the playbook that ships and refuses one with an unknown field, in an editor as in the check', () => {
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(committed));
    const playbook: unknown = parse(
      readFileSync(new URL('playbooks/default.yaml', configUrl), 'utf8'),
    );
    expect([validate(playbook), validate.errors]).toEqual([true, null]);
    expect(validate({ ...Object(playbook), acount: {} })).toBe(false);
  });
});
