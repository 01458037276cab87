/** The names of the sizes, least first. */
export const sizes = ['small', 'mid', 'large'] as const;

/** How much an account pays, in three steps: accounts of a size are compared with each other (dm1 section 5.2). */
export type AccountSize = (typeof sizes)[number];

/** Where the sizes begin, in units of the playbook's currency a month; the second above the first. */
export interface SizeBorders {
  readonly midFrom: number;
  readonly largeFrom: number;
}

/** The size of an account that pays `mrr` a month; undefined where sizes are not told apart. */
export function sizeOf(mrr: number, borders: SizeBorders | undefined): AccountSize | undefined {
  if (borders === undefined) {
    return undefined;
  }
  return mrr < borders.midFrom ? 'small' : mrr < borders.largeFrom ? 'mid' : 'large';
}

/** A size by its name; undefined for any other text. */
export function readSize(name: string | undefined): AccountSize | undefined {
  return sizes.find((size) => size === name);
}
