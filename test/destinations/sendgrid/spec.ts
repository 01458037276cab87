import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { z } from 'zod';

/** One call as it went over the wire. */
export interface WireCall {
  readonly method: string;
  readonly path: string;
  readonly requestBody: unknown;
  readonly status: number;
  readonly responseBody: unknown;
}

const Node = z.record(z.string(), z.unknown());
type Node = z.infer<typeof Node>;

/**
 * SendGrid's own API descriptions as a judge of calls: `mistakesOf` gives what is wrong with a request and the answer to
 * it. Corrected as the vendor notes say: custom arguments are objects of strings, and a message needs content or template.
 */
export function openSpec(paths: readonly string[]): { mistakesOf(call: WireCall): string[] } {
  const documents = paths.map((path) => {
    const document: Node = Node.parse(parse(readFileSync(path, 'utf8')));
    const ajv = new Ajv({
      strict: false,
      allErrors: true,
      validateSchema: false,
      logger: false,
      formats: { email: /^[^@\s]+@[^@\s]+$/u, string: true },
    });
    correct(document);
    ajv.addSchema(document, 'spec');
    return { document, ajv };
  });

  return {
    mistakesOf({ method, path, requestBody, status, responseBody }) {
      const found = documents.flatMap(({ document, ajv }) => {
        const item = Object.entries(Node.parse(document['paths'])).find(([template]) =>
          fits(template, path),
        );
        const operation = Node.safeParse(at(item?.[1], [method.toLowerCase()]));
        return operation.success ? [{ document, ajv, operation: operation.data }] : [];
      })[0];
      if (found === undefined) {
        return [`${method} ${path} is not in the descriptions`];
      }
      const { document, ajv, operation } = found;
      const schemaOf = (holder: unknown): unknown =>
        at(resolved(document, holder), ['content', 'application/json', 'schema']);
      const judge = (what: string, schema: unknown, value: unknown): string[] => {
        const pointed = Node.parse(
          JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"spec#/components')),
        );
        const check = ajv.compile(pointed);
        return check(value) ? [] : [`${what}: ${ajv.errorsText(check.errors)}`];
      };
      const mistakes: string[] = [];
      const wanted = schemaOf(operation['requestBody']);
      if (status < 300 && wanted !== undefined) {
        mistakes.push(...judge(`${method} ${path} request`, wanted, requestBody));
        if (path === '/v3/mail/send') {
          const fields = Node.parse(requestBody);
          if (fields['content'] === undefined && fields['template_id'] === undefined) {
            mistakes.push('a message has neither content nor template');
          }
        }
      }
      const responses = Node.parse(operation['responses']);
      const answer = responses[String(status)] ?? responses['default'];
      const told =
        schemaOf(answer) ??
        (status >= 400 ? { $ref: '#/components/schemas/ErrorResponse' } : undefined);
      if (told !== undefined) {
        mistakes.push(...judge(`${method} ${path} ${status}`, told, responseBody));
      } else if (responseBody !== undefined) {
        mistakes.push(`${method} ${path} ${status} has a body that is not in the description`);
      }
      return mistakes;
    },
  };
}

const propertiesAt = [
  'components',
  'requestBodies',
  'PostMailSend',
  'content',
  'application/json',
  'schema',
  'properties',
];

/** Custom arguments of the whole message are typed as one string, and those of a personalization say nothing of values. */
function correct(document: Node): void {
  if (at(document, propertiesAt) === undefined) {
    return;
  }
  for (const [path, type] of [
    [['custom_args'], 'string'],
    [['personalizations', 'items', 'properties', 'custom_args'], 'object'],
  ] as const) {
    const node = at(document, [...propertiesAt, ...path]);
    if (typeof node !== 'object' || node === null || at(node, ['type']) !== type) {
      throw new Error('the description has changed; look at its corrections again');
    }
    Object.assign(node, { type: 'object', additionalProperties: { type: 'string' } });
  }
}

function at(node: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
    node,
  );
}

function resolved(document: Node, node: unknown): unknown {
  const ref = at(node, ['$ref']);
  return typeof ref === 'string' ? at(document, ref.replace(/^#\//u, '').split('/')) : node;
}

function fits(template: string, path: string): boolean {
  const wanted = template.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part.startsWith('{') || part === given[index])
  );
}
