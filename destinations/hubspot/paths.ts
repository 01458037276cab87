/*
 * The one table of paths. HubSpot's SDK builds the numbered paths, which end in 2027; what is sent are the date paths.
 * Families differ, so a blind replacement of the version would be wrong (HubSpot's API descriptions of 2026-03).
 */

const table: readonly (readonly [pattern: RegExp, dated: string])[] = [
  [/^\/crm\/v3\/objects\//u, '/crm/objects/{version}/'],
  [/^\/crm\/v4\/objects\//u, '/crm/objects/{version}/'],
  [/^\/crm\/v4\/associations\//u, '/crm/associations/{version}/'],
  [/^\/crm\/v3\/properties\//u, '/crm/properties/{version}/'],
  [/^\/crm\/v3\/lists(?=\/|$)/u, '/crm/lists/{version}'],
  [/^\/crm\/v3\/pipelines\//u, '/crm/pipelines/{version}/'],
  [/^\/crm\/v3\/owners(?=\/|$)/u, '/crm/owners/{version}'],
  [/^\/crm\/v3\/limits\//u, '/crm/limits/{version}/'],
];

/** The date path of a numbered one. Throws for a family that is not in the table: a numbered path must never go out. */
export function datedPath(path: string, version: string): string {
  for (const [pattern, dated] of table) {
    if (pattern.test(path)) {
      return path.replace(pattern, dated.replace('{version}', version));
    }
  }
  throw new Error(`The path ${path} is in no family of destinations/hubspot/paths.ts.`);
}
