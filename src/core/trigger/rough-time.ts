import { dayMs, hourMs, minuteMs, secondMs } from '../duration.ts';

/** A measured length as people say it, rounded: `48 seconds`, `5 minutes`, `3 hours`, `2 days`. */
export function roughTime(lengthMs: number): string {
  if (lengthMs < secondMs) {
    return 'less than a second';
  }
  if (lengthMs < 90 * secondMs) {
    return counted(lengthMs / secondMs, 'second');
  }
  if (lengthMs < 90 * minuteMs) {
    return counted(lengthMs / minuteMs, 'minute');
  }
  return lengthMs < 36 * hourMs
    ? counted(lengthMs / hourMs, 'hour')
    : counted(lengthMs / dayMs, 'day');
}

function counted(amount: number, unit: string): string {
  const whole = Math.round(amount);
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}
