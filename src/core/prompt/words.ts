import type { CopyTemplate } from '../playbook.ts';

/** The words of a prompt, or the names of the values that are missing: a message that lacks one is never sent. */
export type Words =
  | { readonly kind: 'words'; readonly words: Readonly<Record<string, string>> }
  | { readonly kind: 'incomplete'; readonly missing: readonly string[] };

/** Renders every part of an offer's copy. Pure: the same values give the same words. */
export function wordsOf(
  copy: ReadonlyMap<string, CopyTemplate>,
  values: Readonly<Record<string, unknown>>,
): Words {
  const words: Record<string, string> = {};
  const missing = new Set<string>();
  for (const [part, template] of copy) {
    const rendered = template.render(values);
    if (rendered.kind === 'words') {
      words[part] = rendered.text;
    } else {
      for (const name of rendered.missing) {
        missing.add(name);
      }
    }
  }
  return missing.size === 0
    ? { kind: 'words', words }
    : { kind: 'incomplete', missing: [...missing].toSorted() };
}
