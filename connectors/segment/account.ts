import type { AccountRules } from '../../src/core/playbook.ts';
import { type Call, type Fields, isFields } from './call.ts';
import { idOrNone } from './id.ts';
import { childOf, type NameTree, toNameTree } from './name-tree.ts';

/**
 * The account that a call names, by the playbook's list of places; undefined when none of them
 * holds a usable id.
 */
export type AccountOf = (call: Call) => string | undefined;

/**
 * Compiles the list of paths: the first in the list that holds a usable id wins, wherever it stands
 * in the call. One walk over the call for all paths, which leaves out every branch that cannot beat
 * what was found.
 */
export function createAccountOf(rules: AccountRules): AccountOf {
  const tree = toNameTree(rules.paths);
  return (call) => {
    const best: Best = { rank: Number.POSITIVE_INFINITY, id: undefined };
    if (isFields(call)) {
      seek(tree, call, best);
    }
    return best.id;
  };
}

interface Best {
  rank: number;
  id: string | undefined;
}

function seek(tree: NameTree, fields: Fields, best: Best): void {
  for (const key in fields) {
    const found = childOf(tree, key);
    if (found === undefined || found.bestRank >= best.rank) {
      continue;
    }
    const value = fields[key];
    if (isFields(value)) {
      seek(found, value, best);
      continue;
    }
    if (found.leaf !== undefined && found.leaf.rank < best.rank) {
      const id = idOrNone(value);
      if (id !== undefined) {
        best.rank = found.leaf.rank;
        best.id = id;
      }
    }
  }
}
