import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { variableNames } from '../src/environment.ts';

/* What the pages name exists, and what exists stands on a page: commands, options, metrics, variables, addresses, files. */

const root = join(import.meta.dirname, '..');
const pageNames = [
  'README.md',
  ...globSync(['docs/**/*.md', 'connectors/*/README.md', 'destinations/*/README.md'], {
    cwd: root,
  }),
];
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');
const pages = new Map(pageNames.map((name) => [name, textOf(name)]));
const allPages = [...pages.values()].join('\n');
const code = (under: string): string =>
  globSync(`${under}/**/*.ts`, { cwd: root }).map(textOf).join('\n');

/** Every match of the pattern's first group, each once, sorted. */
function all(text: string, pattern: RegExp): readonly string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, found = '']) => found))].toSorted();
}

describe('the pages', () => {
  it('name every metric, and none that does not exist', () => {
    const known = all(code('src'), /name: '(motisig_\w+)'/gu);
    expect(known.length).toBeGreaterThan(15);
    const told = new Set(all(allPages, /\b(motisig_\w+)\b/gu));
    expect(known.filter((name) => !told.has(name))).toEqual([]);
    const metrics = [...told].filter((name) => /_(?:total|seconds)$/u.test(name));
    expect(metrics.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('name every command and its options, and none that does not exist', () => {
    const main = textOf('src/main.ts');
    const commands = all(main, /\.command\('([\w-]+)'\)/gu);
    const named = all(allPages, /\bmotisig(?: --)? ([a-z][\w-]*)(?=[` ]|$)/gmu);
    expect(commands.filter((command) => !named.includes(command) && !isUnder(command))).toEqual([]);
    const run = all(allPages, /npm run(?: -s)? motisig -- ([a-z][\w-]*)/gu);
    expect(run.filter((command) => !commands.includes(command))).toEqual([]);
    const options = all(main, /(?:\.option|\.requiredOption|new Option)\(\s*'(--[\w-]+)/gu);
    const toldOptions = all(allPages, /motisig(?: --)? [a-z][^\n]*? (--[a-z][\w-]*)/gu);
    expect(toldOptions.filter((option) => !options.includes(option))).toEqual([]);
    expect(options.filter((option) => !allPages.includes(option))).toEqual([]);
  });

  it('name no variable that nobody reads', () => {
    const ours =
      /\b((?:SEGMENT|INTERCOM|SENDGRID|HUBSPOT)_[A-Z_0-9]+|(?:LINK|UPGRADE_WEBHOOK)_SECRET|PUBLIC_URL)\b/gu;
    expect(all(allPages, ours).filter((name) => !variableNames.includes(name))).toEqual([]);
  });

  it('link only to files and headings that exist', () => {
    const broken = [...pages].flatMap(([page, text]) =>
      all(text, /\]\((?!https?:|#)([^)\s#]+)/gu)
        .filter((target) => globSync(join(dirname(page), target), { cwd: root }).length === 0)
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('name every address that an operator may ask', () => {
    const served = all(
      code('src/http'),
      /\.(?:get|post|delete)\('(\/(?:api\/[\w-]+|\w+z|metrics))/gu,
    );
    expect(served.length).toBeGreaterThan(4);
    expect(served.filter((address) => !allPages.includes(address))).toEqual([]);
  });
});

/** Whether a command stands under another one, such as `hubspot provision`. */
function isUnder(command: string): boolean {
  return allPages.includes(`motisig -- hubspot ${command}`);
}
