import { z } from 'zod';
import { PlaybookSchema } from './schema.ts';

/*
 * The tables of fields in docs/playbook.md, made of the descriptions in the schema, and compared by a test.
 * `node config/field-tables.ts < docs/playbook.md` prints the page with them as they must be. A table stands between `<!-- fields of triggers -->` and `<!-- end of fields -->`.
 */

type JsonSchema = z.core.JSONSchema._JSONSchema;

const root = z.toJSONSchema(PlaybookSchema, { io: 'input' });
const table =
  /(?<open><!-- fields of (?<section>\w+) -->\n)[^]*?(?<close><!-- end of fields -->)/gu;

/** The page with every table of fields as the schema has it. Throws when a table names a section without fields. */
export function withFieldTables(page: string): string {
  return page.replace(table, (_, open: string, section: string, close: string) => {
    const rows = Object.entries(fieldsOf(section)).map(
      ([field, schema]) => `| \`${field}\` | ${descriptionOf(schema)} |`,
    );
    return `${open}\n| field | |\n|---|---|\n${rows.join('\n')}\n\n${close}`;
  });
}

/** The fields of a section, or of each entry where the section is a map of entries. */
function fieldsOf(section: string): Readonly<Record<string, JsonSchema>> {
  const schema = root.properties?.[section];
  const entry = typeof schema === 'object' ? schema.additionalProperties : undefined;
  const holder = typeof entry === 'object' ? entry : schema;
  const fields = typeof holder === 'object' ? holder.properties : undefined;
  if (fields === undefined) {
    throw new Error(
      `The section ${section} of the playbook has no fields; correct docs/playbook.md.`,
    );
  }
  return fields;
}

function descriptionOf(schema: JsonSchema): string {
  const description = typeof schema === 'object' ? schema.description : undefined;
  return (description ?? '').replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

if (import.meta.main) {
  let page = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    page += String(chunk);
  }
  process.stdout.write(withFieldTables(page));
}
