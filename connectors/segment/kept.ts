import type { Scalar } from '../../src/core/event/event.ts';
import { normalizeName } from '../../src/core/event/name.ts';
import { eventKey } from '../../src/core/playbook.ts';
import type { Fields } from './call.ts';
import { isFields } from './call.ts';
import { childOf, type NameTree, toNameTree } from './name-tree.ts';

const textCharsMax = 500;
/** Names come from the senders: remembered up to this many, then anew. */
const namesMax = 20_000;

/** What is kept of a call of which nothing is kept; one frozen object for all of them. */
export const nothingKept: Readonly<Record<string, Scalar>> = Object.freeze({});

/**
 * For each kind of call and name as sent: the tree of properties that the playbook reads, or
 * undefined for none.
 */
export type KeptOf = (call: string, name: string) => NameTree | undefined;

/** Compiles `playbook.keptProperties`. An event costs one lookup by its name as sent. */
export function createKeptOf(keptProperties: ReadonlyMap<string, readonly string[]>): KeptOf {
  const trees = new Map(
    [...keptProperties].map(([key, paths]) => [
      key,
      toNameTree(paths.map((path) => path.split('.'))),
    ]),
  );
  const byCall = new Map<string, Map<string, NameTree | undefined>>();
  return (call, name) => {
    let byName = byCall.get(call);
    if (byName === undefined || byName.size >= namesMax) {
      byName = new Map();
      byCall.set(call, byName);
    }
    const known = byName.get(name);
    if (known !== undefined || byName.has(name)) {
      return known;
    }
    const tree = trees.get(eventKey(call, normalizeName(name)));
    byName.set(name, tree);
    return tree;
  };
}

/**
 * The kept part of properties or traits, by normalized path: scalars only, strings cut at 500
 * characters. Null, lists, and numbers that are not finite are left out, so that they read as
 * missing. When two spellings name one path, the first as sent wins.
 */
export function pick(
  tree: NameTree | undefined,
  fields: unknown,
): Readonly<Record<string, Scalar>> {
  if (tree === undefined || !isFields(fields)) {
    return nothingKept;
  }
  const kept: Record<string, Scalar> = {};
  collect(tree, fields, kept);
  return kept;
}

function collect(tree: NameTree, fields: Fields, kept: Record<string, Scalar>): void {
  for (const key in fields) {
    const found = childOf(tree, key);
    if (found === undefined) {
      continue;
    }
    const value = fields[key];
    if (isFields(value)) {
      collect(found, value, kept);
      continue;
    }
    const scalar = toScalar(value);
    if (scalar !== undefined && found.leaf !== undefined && !Object.hasOwn(kept, found.leaf.path)) {
      kept[found.leaf.path] = scalar;
    }
  }
}

function toScalar(value: unknown): Scalar | undefined {
  switch (typeof value) {
    case 'string':
      return cutText(value);
    case 'number':
      return Number.isFinite(value) ? value : undefined; // 1e999 is valid JSON
    case 'boolean':
      return value;
    default:
      return undefined;
  }
}

/** At most 500 characters, never half of a surrogate pair at the end. */
export function cutText(text: string): string {
  if (text.length <= textCharsMax) {
    return text;
  }
  const last = text.charCodeAt(textCharsMax - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? textCharsMax - 1 : textCharsMax);
}
