import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { checkPlaybook } from '../../config/check.ts';
import { problemInWords } from '../../src/cli/check.ts';
import { catalogueOf } from '../../config/catalogue.ts';
import { withFieldTables } from '../../config/field-tables.ts';
import { evidenceNames } from '../../config/evidence.ts';
import { PlaybookSchema } from '../../config/schema.ts';
import { measures } from '../../config/schema/rules.ts';

const page = readFileSync(new URL('../../docs/playbook.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gmu)].map(([, text]) => text ?? '');
const [whole = '', ...parts] = examples;

function sectionsOf(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = parse(text);
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {};
}

/** The whole example with the sections of a part laid over it, entry by entry. */
function withPart(part: string): string {
  const sections = sectionsOf(whole);
  const merged = Object.entries(sectionsOf(part)).map(([name, value]) => [
    name,
    Object.assign({}, sections[name], value),
  ]);
  return stringify({ ...sections, ...Object.fromEntries(merged) });
}

function problemsOf(source: string): readonly string[] {
  const checked = checkPlaybook(source, 'docs/playbook.md');
  return checked.kind === 'invalid' ? checked.problems.map(problemInWords) : [];
}

describe('docs/playbook.md', () => {
  it('begins with a whole playbook that passes the check without a warning', () => {
    const checked = checkPlaybook(whole, 'docs/playbook.md');
    expect(
      checked.kind === 'invalid' ? checked.problems.map(problemInWords) : checked.warnings,
    ).toEqual([]);
  });

  it('holds an example for every section', () => {
    const shown = new Set(examples.flatMap((text) => Object.keys(sectionsOf(text))));
    expect([...shown].toSorted()).toEqual(Object.keys(PlaybookSchema.shape).toSorted());
  });

  it.each(parts.map((part) => [part.split('\n').slice(0, 2).join(' '), part]))(
    'shows a part that passes the check: %s',
    (_, part) => {
      expect(problemsOf(withPart(part))).toEqual([]);
    },
  );

  it.each(measures)('gives %s a section with an example and all that copy can quote', (measure) => {
    const start = page.indexOf(`\n### ${measure}\n`);
    const section = page.slice(start, page.indexOf('\n### ', start + 1));
    const [, example = ''] = /```yaml\n([^]*?)```/u.exec(section) ?? [];
    const { signals, triggers } = PlaybookSchema.parse(parse(withPart(example)));
    const trigger = Object.values(triggers).find((one) => one[measure] !== undefined);
    const signal = Object.values(signals).find(({ limit }) => limit !== undefined);
    const names =
      trigger === undefined ? expect.fail('no example') : evidenceNames(trigger, signal);
    const sentence = section.slice(section.indexOf('Copy can quote'));
    for (const name of names) {
      expect(sentence).toContain(`\`${name}\``);
    }
  });

  it('holds the tables of fields as the schema has them; node config/field-tables.ts < docs/playbook.md prints the page', () => {
    expect(withFieldTables(page)).toBe(page);
    expect(page).toContain('| `rearmBelow` |');
  });

  it('names the defaults of economics as they are', () => {
    const { economics } = PlaybookSchema.parse({ ...sectionsOf(whole) });
    const { rho, priors, education, ...numbers } = economics;
    const numbersPart = page.slice(page.indexOf('\n## economics')).split('\n');
    const row = (name: string): string =>
      numbersPart.find((line) => line.startsWith('|') && line.includes(`\`${name}`)) ?? '';
    for (const [name, value] of Object.entries(numbers)) {
      expect(row(name), name).toContain(String(value));
    }
    for (const value of Object.values(education)) {
      expect(row('education')).toContain(String(value));
    }
    for (const [kind, { prompt, hold }] of Object.entries(priors)) {
      expect(row('priors'), kind).toContain(`${kind} ${prompt}/${hold}`);
    }
    expect(row('rho')).toContain(`limit ${rho.limit}, others ${rho.power}`);
  });

  it('names the defaults of learning as they are', () => {
    const { learning } = PlaybookSchema.parse({ ...sectionsOf(whole) });
    const row = (name: string): string =>
      page.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${name}\``)) ?? '';
    expect(Object.keys(learning).length).toBeGreaterThanOrEqual(7);
    for (const [name, value] of Object.entries(learning)) {
      expect(row(name), name).toContain(String(value));
    }
  });

  it('names the sign-up events that the check refuses', () => {
    const catalogue = catalogueOf({
      events: {},
      traits: { user: [], account: [] },
    });
    for (const event of ['Signed Up', 'Account Created', 'Trial Started']) {
      expect(page).toContain(event);
      expect(catalogue.isKnown(event)).toBe(true);
      const source = withPart(
        `signals: { start: { events: ${event} } }\ntriggers: { t: { count: start, atLeast: 1, offers: [more_reports] } }`,
      );
      expect(problemsOf(source).join('\n')).toContain(`sign-up (${event})`);
    }
  });
});
