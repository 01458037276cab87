import { createHash } from 'node:crypto';

/**
 * 53-bit hash of a string (cyrb53 by bryc, public domain), a safe integer. Fingerprint of message ids: two different
 * ids of one dedupe set of 512 collide with probability about 1e-11, and an integer set keeps 8 bytes for each.
 */
export function hash53(text: string, seed = 0): number {
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ seed;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0);
}

/** 32-bit hash of a string, 0 to 2^32-1: member of distinct sets, name of a counter, dimension of a counter. */
export function hash32(text: string): number {
  return hash53(text) % 4294967296;
}

/**
 * Hex SHA-256 of the parts, joined by the unit separator (0x1F, which no id holds after parsing). The only import of
 * the core from the platform: a pure function, the same on every machine.
 */
export function sha256Hex(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\u001f')).digest('hex');
}
