import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { World } from '../../src/simulate/world.ts';

const page = readFileSync(new URL('../../docs/simulate.md', import.meta.url), 'utf8');

it('docs/simulate.md shows worlds that can be run', () => {
  const [, example = ''] = /^```json\n([\s\S]*?)^```$/mu.exec(page) ?? [];
  expect(z.array(World).parse(JSON.parse(example))).toHaveLength(1);
});

it('docs/simulate.md names every field of a world and its default', () => {
  for (const [name, byDefault] of Object.entries(World.parse({ name: 'base' }))) {
    expect(page).toMatch(new RegExp(`"${name}"|\`${name}[\`.]`, 'u'));
    if (typeof byDefault === 'number') {
      const row = page
        .split('\n')
        .find((line) => line.startsWith('|') && line.includes(`\`${name}\``));
      expect(row, name).toContain(String(byDefault));
    }
  }
});
