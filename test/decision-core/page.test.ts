import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createSession } from '../../src/decision-core/session.ts';

const page = readFileSync(new URL('../../docs/decision-core.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^```json\n(.*)\n(.*)\n```$/gmu)].map(
  ([, asked = '', told = '']) => ({ asked, told }),
);

/** Numbers to 9 digits, as the page shows them. */
function rounded(line: string): unknown {
  return JSON.parse(line, (_, value: unknown) =>
    typeof value === 'number' ? Math.round(value * 1e9) / 1e9 : value,
  );
}

describe('docs/decision-core.md', () => {
  it('shows every operation', () => {
    const shown = examples.map(({ asked }) => /"op":"([a-z]+)"/u.exec(asked)?.[1]);
    expect(new Set(shown)).toEqual(
      new Set(['fit', 'query', 'choose', 'ope', 'lift', 'guard', 'qini']),
    );
  });

  it('shows the answers as they are, asked one after the other', () => {
    const session = createSession();
    for (const { asked, told } of examples) {
      expect(rounded(session.answer(asked)), asked).toEqual(rounded(told));
    }
  });
});
