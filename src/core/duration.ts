/** Lengths of time in milliseconds. A day is 86,400 s: windows never look at calendars. */
export const secondMs = 1_000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** The UTC day of a time: `floor(ms / 86,400,000)`. */
export function dayOf(timeMs: number): number {
  return Math.floor(timeMs / dayMs);
}

/** A length as people say it: `7 days`, `48 hours`, `30 minutes`, `1 day`. The largest unit that divides it. */
export function inWords(lengthMs: number): string {
  const units = [
    [dayMs, 'day'],
    [hourMs, 'hour'],
    [minuteMs, 'minute'],
    [secondMs, 'second'],
  ] as const;
  for (const [unitMs, name] of units) {
    if (lengthMs >= unitMs && lengthMs % unitMs === 0) {
      // Hours up to two days stay hours: a playbook that says `48h` reads "48 hours" in its own words.
      if (unitMs === dayMs && lengthMs === 2 * dayMs) {
        continue;
      }
      const count = lengthMs / unitMs;
      return `${count} ${name}${count === 1 ? '' : 's'}`;
    }
  }
  return `${Math.round(lengthMs / secondMs)} seconds`;
}
