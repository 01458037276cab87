import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { z } from 'zod';
import type { WireCall } from './channel-under-test.ts';

const Schema = z.record(z.string(), z.unknown());
const Content = z.object({ 'application/json': z.object({ schema: Schema }) }).optional();
const Operation = z.object({
  parameters: z.array(z.object({ name: z.string(), in: z.string(), schema: Schema })),
  requestBody: z.object({ content: Content }).optional(),
  responses: z.record(z.string(), z.object({ content: Content })),
});
const Spec = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** Query parameters that the description names in prose only. */
const inProse = new Set(['per_page', 'before']);

/**
 * Intercom's own API description as a judge of calls. `mistakesOf` gives what is wrong with a call: its path, query and
 * body, and the answer to it. Reads 1.3 MB of YAML: open it once.
 */
export function openSpec(path: string): { mistakesOf(call: WireCall): readonly string[] } {
  const raw: unknown = parse(readFileSync(path, 'utf8'));
  correct(raw);
  const spec = Spec.parse(raw);
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    validateSchema: false,
    logger: false,
    formats: {
      'date-time': true,
      uri: true,
      email: /^[^@\s]+@[^@\s]+$/u,
      uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u,
    },
  });
  ajv.addSchema(spec, 'spec');

  /** The schema's own place is lost, so its references are pointed at the whole description. */
  function mistakes(what: string, schema: unknown, value: unknown): string[] {
    const pointed: unknown = JSON.parse(
      JSON.stringify(schema).replaceAll('"#/components', '"spec#/components'),
    );
    const check = ajv.compile(Schema.parse(pointed));
    return check(value) ? [] : [`${what}: ${ajv.errorsText(check.errors)}`];
  }

  return {
    mistakesOf(call) {
      const url = new URL(call.path, 'http://intercom.test');
      const template = templateOf(Object.keys(spec.paths), url.pathname);
      const found = Operation.safeParse(spec.paths[template ?? '']?.[call.method.toLowerCase()]);
      const where = `${call.method} ${url.pathname}`;
      if (!found.success) {
        return [`${where} is not in the description`];
      }
      const operation = found.data;
      const result: string[] = [];
      const bodySchema = operation.requestBody?.content?.['application/json'].schema;
      // A call that was made to be refused is judged by its answer only.
      if (call.status < 300 || call.status === 404) {
        if (bodySchema !== undefined) {
          result.push(...mistakes(`${where} request`, bodySchema, call.requestBody));
        }
        const filter = operation.parameters.find(({ name }) => name === 'filter');
        const named = operation.parameters.map(({ name }) => name);
        const query = [...url.searchParams].filter(
          ([name]) => !named.includes(name) && !inProse.has(name),
        );
        result.push(
          ...(filter === undefined
            ? query.map(([name]) => `${where} does not take ${name}`)
            : mistakes(`${where} query`, filter.schema, Object.fromEntries(query))),
        );
      }
      const response = operation.responses[String(call.status)];
      const answerSchema = response?.content?.['application/json'].schema;
      if (answerSchema !== undefined || call.status >= 400) {
        result.push(
          ...mistakes(
            `${where} ${call.status}`,
            answerSchema ?? { $ref: '#/components/schemas/error' },
            call.responseBody,
          ),
        );
      } else if (response === undefined || call.responseBody !== '') {
        result.push(`${where} ${call.status} is no answer of the description`);
      }
      return result;
    },
  };
}

/** The three corrections without which the description contradicts itself (vendors/intercom.md, section 5). */
function correct(doc: unknown): void {
  const schemas = ['components', 'schemas'];
  const messageTypes = valueAt(doc, [
    ...schemas,
    'create_message_request',
    'properties',
    'message_type',
    'enum',
  ]);
  const metadata = valueAt(doc, [
    ...schemas,
    'create_data_event_request',
    'properties',
    'metadata',
  ]);
  if (!Array.isArray(messageTypes) || typeof metadata !== 'object' || metadata === null) {
    throw new Error('the description has another shape than 2.16; look at its corrections again');
  }
  messageTypes.push('inapp');
  const values = [{ type: 'string' }, { type: 'number' }, { type: 'object' }];
  Object.assign(metadata, { additionalProperties: { oneOf: values } });
  walk(doc, (node) => {
    if ('nullable' in node && !('type' in node)) {
      Reflect.deleteProperty(node, 'nullable');
    }
  });
}

function valueAt(node: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    node,
  );
}

function walk(node: unknown, visit: (node: object) => void): void {
  if (typeof node === 'object' && node !== null) {
    visit(node);
    for (const child of Object.values(node)) {
      walk(child, visit);
    }
  }
}

function templateOf(templates: readonly string[], path: string): string | undefined {
  const parts = path.split('/');
  const fitting = templates.filter((template) => {
    const wanted = template.split('/');
    return (
      wanted.length === parts.length &&
      wanted.every((part, at) => part.startsWith('{') || part === parts[at])
    );
  });
  return fitting.sort((one, other) => one.split('{').length - other.split('{').length)[0];
}
