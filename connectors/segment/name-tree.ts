import { normalizeName } from '../../src/core/event/name.ts';

/**
 * How many spellings one level of a tree remembers before it starts anew: the senders choose them.
 */
const spellingsMax = 5_000;

/**
 * Dotted paths as a tree, each part compared by `normalizeName`: `report_count`, `reportCount` and
 * `Report Count` are one. Every level remembers the spellings that it has met, so that a key costs
 * one lookup.
 */
export interface NameTree {
  /**
   * The path that ends here and its rank in the list it was made of (0 first); undefined inside a
   * longer path.
   */
  leaf: { readonly path: string; readonly rank: number } | undefined;
  /** The best rank here or below. */
  bestRank: number;
  readonly children: Map<string, NameTree>;
  readonly spellings: Map<string, NameTree | undefined>;
}

/** The tree of paths that are normalized already. The same path twice keeps its first rank. */
export function toNameTree(paths: readonly (readonly string[])[]): NameTree {
  const root = emptyTree(Number.POSITIVE_INFINITY);
  for (const [rank, parts] of paths.entries()) {
    let at = root;
    at.bestRank = Math.min(at.bestRank, rank);
    for (const part of parts) {
      const next = at.children.get(part) ?? emptyTree(rank);
      at.children.set(part, next);
      at = next;
    }
    at.leaf ??= { path: parts.join('.'), rank };
  }
  return root;
}

/**
 * Where a key leads, however it is spelled; a key with dots (`company.id`) may also stand for a
 * nested one.
 */
export function childOf(tree: NameTree, key: string): NameTree | undefined {
  const known = tree.spellings.get(key);
  if (known !== undefined || tree.spellings.has(key)) {
    return known;
  }
  const found = tree.children.get(normalizeName(key)) ?? nestedChildOf(tree, key);
  if (tree.spellings.size >= spellingsMax) {
    tree.spellings.clear();
  }
  tree.spellings.set(key, found);
  return found;
}

function nestedChildOf(tree: NameTree, key: string): NameTree | undefined {
  if (!key.includes('.')) {
    return undefined;
  }
  let at: NameTree | undefined = tree;
  for (const part of key.split('.')) {
    at = at?.children.get(normalizeName(part));
  }
  return at;
}

function emptyTree(bestRank: number): NameTree {
  return { leaf: undefined, bestRank, children: new Map(), spellings: new Map() };
}
