import type { ActiveMember } from '../account/state.ts';
import { dayMs, minuteMs } from '../duration.ts';
import type { QuietHours } from '../playbook.ts';

const minutesOfDay = 1440;

/** The person's time zone as their trait says, or the playbook's where it is missing or no zone. */
export function zoneOf(member: ActiveMember | undefined, quiet: QuietHours): string {
  const said = member?.traits.get(quiet.trait)?.value;
  return typeof said === 'string' && isZone(said) ? said : quiet.fallback;
}

/**
 * The first moment from `timeMs` on at which an e-mail may leave: `timeMs` itself, or the end of the quiet hours and days
 * where the person is. Looks minute by minute of the local clock, so a change of summer time cannot shift it.
 */
export function quietUntilMs(timeMs: number, zone: string, quiet: QuietHours): number {
  let atMs = timeMs;
  // Two quiet days and a night are the longest wait; more looks would mean that nothing is ever allowed.
  while (atMs - timeMs <= 4 * dayMs) {
    const local = localTime(atMs, zone);
    const waitMinutes = minutesQuiet(local, quiet);
    if (waitMinutes === 0) {
      return atMs;
    }
    atMs = Math.floor(atMs / minuteMs) * minuteMs + waitMinutes * minuteMs;
  }
  return atMs;
}

interface LocalTime {
  /** Minutes after midnight. */
  readonly minute: number;
  readonly isWeekend: boolean;
}

/** Minutes until the next moment that may not be quiet; 0 when this one is not. */
function minutesQuiet({ minute, isWeekend }: LocalTime, quiet: QuietHours): number {
  if (quiet.weekends && isWeekend) {
    return minutesOfDay - minute;
  }
  const { fromMinute, untilMinute } = quiet;
  const isQuiet =
    fromMinute < untilMinute
      ? minute >= fromMinute && minute < untilMinute
      : fromMinute > untilMinute && (minute >= fromMinute || minute < untilMinute);
  if (!isQuiet) {
    return 0;
  }
  return minute < untilMinute ? untilMinute - minute : minutesOfDay - minute;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The wall clock in a zone, by the platform's zone table. */
export function localTime(timeMs: number, zone: string): LocalTime & { readonly day: string } {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(timeMs).map(({ type, value }) => [type, value]));
  const weekday = parts.get('weekday') ?? '';
  return {
    minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
    isWeekend: weekday.startsWith('Sat') || weekday.startsWith('Sun'),
    day: `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`,
  };
}

const knownZones = new Map<string, boolean>();

function isZone(name: string): boolean {
  let known = knownZones.get(name);
  if (known === undefined) {
    try {
      known = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
    } catch {
      known = false;
    }
    if (knownZones.size < 1000) {
      knownZones.set(name, known);
    }
  }
  return known;
}
