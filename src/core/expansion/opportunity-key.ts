import { civilDate } from '../utc.ts';

/**
 * Names what may be sold to an account in a quarter, `<account>:<offer>:<quarter>`: the same however often it is worked
 * out. The CRM's deal carries it, and gives it back when it is won.
 */
export function opportunityKey(accountId: string, offerId: string, timeMs: number): string {
  const { year, month } = civilDate(timeMs);
  return `${accountId}:${offerId}:${year}q${Math.ceil(month / 3)}`;
}

/** The offer that a key names; undefined for a text that is none. Account ids may have colons of their own, offers never. */
export function offerOfKey(key: string): string | undefined {
  return /:(?<offerId>[a-z][a-z0-9_-]{0,63}):\d+q[1-4]$/u.exec(key)?.groups?.['offerId'];
}
