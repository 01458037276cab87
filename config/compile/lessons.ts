import type { PlaybookSource } from '../schema.ts';

/** The family of the lessons on a topic. */
export function lessonFamily(topic: string): string {
  return `education:${topic}`;
}

/** The families of lessons whose feature is used at the events of each signal, by the signal's name; each family once. */
export function compileLessons({
  offers,
}: Pick<PlaybookSource, 'offers'>): ReadonlyMap<string, readonly string[]> {
  const families = new Map<string, ReadonlySet<string>>();
  for (const { adoptedBy, teaches } of Object.values(offers)) {
    if (adoptedBy !== undefined && teaches !== undefined) {
      const held = families.get(adoptedBy) ?? [];
      families.set(adoptedBy, new Set([...held, lessonFamily(teaches)]));
    }
  }
  return new Map([...families].map(([signal, held]) => [signal, [...held]]));
}
