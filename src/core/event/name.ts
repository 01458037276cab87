const separators = /[\s_\-./:]+/gu;
const remembered = new Map<string, string>();
const rememberedMax = 20_000;

/**
 * The form in which names are compared: lower case, without spaces, `_`, `-`, `.`, `/`, `:`. `Report Created`,
 * `report_created` and `reportCreated` are one name. Customers mix the casings of one event (Segment partner docs,
 * "build webhook"). A name of separators only stays as it is. Remembers up to 20,000 names, because products have few.
 */
export function normalizeName(name: string): string {
  const known = remembered.get(name);
  if (known !== undefined) {
    return known;
  }
  const bare = name.normalize('NFC').replace(separators, '').toLowerCase();
  const normalized = bare === '' ? name : bare;
  if (remembered.size >= rememberedMax) {
    remembered.clear();
  }
  remembered.set(name, normalized);
  return normalized;
}

/** A dotted property path with every part normalized: `usage.Report Count` becomes `usage.reportcount`. */
export function normalizePath(path: string): string {
  return path.split('.').map(normalizeName).join('.');
}
