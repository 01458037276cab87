import { Liquid, type Template } from 'liquidjs';
import { normalizePath } from '../src/core/event/name.ts';
import type { CopyTemplate } from '../src/core/playbook.ts';
import { didYouMean } from './check/nearest.ts';
import { missingNames } from './template-failure.ts';

/** What became of a piece of copy. */
export type CompiledCopy =
  | {
      readonly kind: 'compiled';
      readonly template: CopyTemplate;
      /** The values it reads, as written (`user.first_name`), each once. */
      readonly reads: readonly string[];
    }
  | {
      readonly kind: 'broken';
      readonly message: string;
      readonly mend: string;
    };

/** `url`: every value is percent-encoded, so that no value can leave its place in the address. */
export type CopyForm = 'text' | 'url';

/** Same words for the same values on any machine: nothing that reads a clock, draws, hashes or opens a file. */
const filters = [
  ...[
    'abs',
    'at_least',
    'at_most',
    'ceil',
    'divided_by',
    'floor',
    'minus',
    'modulo',
    'plus',
    'round',
    'times',
  ],
  ...[
    'append',
    'capitalize',
    'default',
    'downcase',
    'lstrip',
    'prepend',
    'remove',
    'remove_first',
    'replace',
  ],
  ...['replace_first', 'rstrip', 'slice', 'squish', 'strip', 'truncate', 'truncatewords', 'upcase'],
];

/** No `assign` or `capture`: they would turn a missing value into a blank one unseen. No loops: all values are single. */
const tags = ['#', 'case', 'comment', 'if', 'raw', 'unless'];

const engines = {
  text: engine(textOf),
  url: engine((value) => encodeURIComponent(textOf(value))),
};

/**
 * Compiles Liquid copy. Names are found as event properties are: `{{ user.firstName }}` reads the trait `first_name`.
 * The template's `render` is pure; a value that is missing, null or blank makes it `incomplete`, unless it stands under
 * a `default` filter or in an `if` that is not taken. Never throws.
 */
export function compileTemplate(source: string, form: CopyForm): CompiledCopy {
  const liquid = engines[form];
  let parsed: Template[];
  try {
    parsed = liquid.parse(source);
  } catch (error) {
    return broken(error);
  }
  const paths = liquid
    .globalVariableSegmentsSync(parsed)
    .map((segments) =>
      segments.map((segment) => (Array.isArray(segment) ? undefined : String(segment))),
    );
  const computed = paths.some((path) => path.includes(undefined));
  if (computed) {
    return {
      kind: 'broken',
      message: 'is not Liquid that can be checked: it computes the name of a value',
      mend: 'Name the value itself, such as {{ user.name }}',
    };
  }
  const reads = [...new Set(paths.map((path) => path.join('.')))].toSorted();
  return {
    kind: 'compiled',
    template: { source, render: rendererOf(liquid, parsed, reads) },
    reads,
  };
}

function rendererOf(
  liquid: Liquid,
  parsed: Template[],
  reads: readonly string[],
): CopyTemplate['render'] {
  return (values) => {
    const known = knownValues(values);
    try {
      const rendered: unknown = liquid.renderSync(parsed, scopeOf(reads, known));
      const text = typeof rendered === 'string' ? rendered.trim() : '';
      return text === '' ? { kind: 'incomplete', missing: ['text'] } : { kind: 'words', text };
    } catch (error) {
      return { kind: 'incomplete', missing: missingNames(error, reads) };
    }
  };
}

/** All values by normalized name (`user.firstname`), without those that are missing, null or blank. */
function knownValues(values: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> {
  const known = new Map<string, unknown>();
  for (const [name, value] of Object.entries(values)) {
    const parts =
      typeof value === 'object' && value !== null ? Object.entries(value) : [['', value]];
    for (const [part, single] of parts) {
      if (isSaid(single)) {
        known.set(normalizePath(part === '' ? name : `${name}.${String(part)}`), single);
      }
    }
  }
  return known;
}

function isSaid(value: unknown): boolean {
  return (
    (typeof value === 'string' && value.trim() !== '') ||
    (typeof value === 'number' && Number.isFinite(value)) ||
    typeof value === 'boolean'
  );
}

/** The values under the very names that the template uses. A name without a value is left out, which the engine reports. */
function scopeOf(reads: readonly string[], known: ReadonlyMap<string, unknown>): object {
  const root: Scope = new Map();
  for (const read of reads) {
    const parts = read.split('.');
    const last = parts.pop() ?? '';
    const inner = parts.reduce<Scope>((scope, part) => childOf(scope, part), root);
    const value = known.get(normalizePath(read));
    if (value !== undefined && !inner.has(last)) {
      inner.set(last, value);
    }
  }
  return toObject(root);
}

type Scope = Map<string, unknown>;

function childOf(scope: Scope, part: string): Scope {
  const held = scope.get(part);
  if (held instanceof Map) {
    return held;
  }
  const child: Scope = new Map();
  scope.set(part, child);
  return child;
}

function toObject(scope: Scope): object {
  // `fromEntries` defines own properties, so a name such as `__proto__` is only a name.
  return Object.fromEntries(
    [...scope].map(([name, value]) => [name, value instanceof Map ? toObject(value) : value]),
  );
}

function engine(outputEscape: (value: unknown) => string): Liquid {
  const liquid = new Liquid({
    strictFilters: true,
    strictVariables: true,
    // A condition or a `default` may ask for a value that is not there; everything else may not.
    lenientIf: true,
    catchAllErrors: true,
    ownPropertyOnly: true,
    // Without templates of its own the engine would look for files.
    templates: {},
    outputEscape,
    parseLimit: 10_000,
    memoryLimit: 1_000_000,
  });
  for (const name of Object.keys(liquid.filters)) {
    if (!filters.includes(name)) {
      liquid.unregisterFilter(name);
    }
  }
  for (const name of Object.keys(liquid.tags)) {
    if (!tags.includes(name)) {
      Reflect.deleteProperty(liquid.tags, name);
    }
  }
  return liquid;
}

/** What may be printed: text, a truth, a finite number. `used / 0` is none. */
function textOf(value: unknown): string {
  if (
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value))
  ) {
    return String(value);
  }
  throw new Error('not a printable value');
}

function broken(error: unknown): CompiledCopy {
  const [first]: readonly unknown[] =
    error instanceof Error && 'errors' in error && Array.isArray(error.errors)
      ? error.errors
      : [error];
  const said =
    first instanceof Error
      ? first.message.replace(/, line:\d+, col:\d+[\s\S]*$/u, '')
      : 'unreadable';
  const [, filter] = /undefined filter: (\S+)/u.exec(said) ?? [];
  const [, tag] = /tag "(\S+)" not found/u.exec(said) ?? [];
  if (filter !== undefined) {
    return {
      kind: 'broken',
      message: `uses the filter ${filter}, which copy does not have`,
      mend: didYouMean(filter, filters, `Use one of ${filters.toSorted().join(', ')}`),
    };
  }
  if (tag !== undefined) {
    return {
      kind: 'broken',
      message: `uses the tag ${tag}, which copy does not have`,
      mend: `Use one of ${tags.slice(1).join(', ')}`,
    };
  }
  return {
    kind: 'broken',
    message: `is not Liquid: ${said}`,
    mend: 'Close every {{ with }} and every {% if %} with {% endif %}',
  };
}
