import { z } from 'zod';
import { PlaybookSchema } from './schema.ts';

/**
 * The JSON Schema of a playbook as people write it, as text, for editors. `config/playbook.schema.json` holds it:
 * `node config/json-schema.ts > config/playbook.schema.json` writes it anew, and a test compares.
 */
export function playbookJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(PlaybookSchema, { io: 'input' }), undefined, 2)}\n`;
}

if (import.meta.main) {
  process.stdout.write(playbookJsonSchema());
}
