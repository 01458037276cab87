import { secondMs } from './duration.ts';
import { utcMs } from './utc.ts';

/** No answer makes anybody wait longer, ms: a prompt expires by its own clock. */
const waitMaxMs = 3_600_000;

/** How long to wait when somebody must mend a setting first, ms; they will not be faster. */
export const operatorWaitMs = 60_000;

/**
 * The wait that a vendor's answer asks for, 0 to 1 hour in ms: Retry-After (seconds or an HTTP date), and for a 429 else
 * X-RateLimit-Reset (Unix seconds), which may stand on every answer and means nothing on the others. Undefined when there
 * is none or it cannot be read. `header` gives a header by its lower-case name.
 */
export function retryAfterMsOf(
  status: number,
  header: (name: string) => string | null | undefined,
  nowMs: number,
): number | undefined {
  const retryAfter = header('retry-after')?.trim() ?? '';
  const reset = status === 429 ? (header('x-ratelimit-reset')?.trim() ?? '') : '';
  const wait =
    (/^\d{1,9}$/u.test(retryAfter) ? Number(retryAfter) * secondMs : undefined) ??
    fromNow(httpDateMs(retryAfter), nowMs) ??
    fromNow(/^\d{1,12}$/u.test(reset) ? Number(reset) * secondMs : undefined, nowMs);
  return wait === undefined ? undefined : Math.min(Math.max(wait, 0), waitMaxMs);
}

function fromNow(timeMs: number | undefined, nowMs: number): number | undefined {
  return timeMs === undefined ? undefined : timeMs - nowMs;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `Sun, 06 Nov 1994 08:49:37 GMT` as epoch ms: the one form in which a date may be sent (RFC 9110, section 5.6.7). */
function httpDateMs(text: string): number | undefined {
  const parts = /^[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/u.exec(
    text,
  );
  const month = months.indexOf(parts?.[2] ?? '') + 1;
  if (parts === null || month === 0) {
    return undefined;
  }
  const [day = 0, , year = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map(Number);
  return utcMs({ year, month, day }) + ((hours * 60 + minutes) * 60 + seconds) * secondMs;
}
