import { expect, it } from 'vitest';
import {
  ledgerKey,
  memberKey,
  partitionOfDecision,
  partitionTags,
  stateKey,
} from '../../src/store/keys.ts';

/** CRC16 (XMODEM) as Redis Cluster computes slots with it (Redis Cluster specification, appendix A). */
function slotOf(tag: string): number {
  let crc = 0;
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc & 0x8000) === 0 ? (crc << 1) & 0xffff : ((crc << 1) ^ 0x1021) & 0xffff;
    }
  }
  return crc % 16_384;
}

const characters = 'abcdefghijklmnopqrstuvwxyz0123456789'.split('');
const candidates = characters
  .flatMap((first) => characters.map((second) => first + second))
  .toSorted();

it('computes the slot of the specification', () => {
  expect(slotOf('123456789')).toBe(0x31c3);
});

it('has for each partition the tag of two characters whose slot is nearest to its even share', () => {
  const computed = Array.from({ length: 64 }, (_, partition) =>
    candidates.reduce((best, tag) =>
      Math.abs(slotOf(tag) - partition * 256) < Math.abs(slotOf(best) - partition * 256)
        ? tag
        : best,
    ),
  );
  expect(partitionTags).toEqual(computed);
  expect(new Set(partitionTags).size).toBe(64);
});

it('gives every master of a cluster of up to 16 at least an even share less one partition', () => {
  for (let masters = 1; masters <= 16; masters += 1) {
    const shares = Array.from({ length: masters }, () => 0);
    for (const tag of partitionTags) {
      const master = Math.min(masters - 1, Math.floor((slotOf(tag) * masters) / 16_384));
      shares[master] = (shares[master] ?? 0) + 1;
    }
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(Math.floor(64 / masters) - 1);
  }
});

it('gives members of different units different keys, whatever the ids hold', () => {
  const first = memberKey(3, { kind: 'account', id: 'x' }, 'y:z');
  const second = memberKey(3, { kind: 'account', id: 'x:y' }, 'z');
  expect(first).not.toBe(second);
});

it('keeps the tag the first pair of braces, whatever the ids hold', () => {
  expect(stateKey(0, { kind: 'person', id: '{other}' })).toMatch(/^\{ru\}:/u);
});

it('reads the partition of a decision from its id and refuses what is none', () => {
  expect(partitionOfDecision('63-0a1b')).toBe(63);
  for (const id of ['64-0a', '-1-0a', '1-', '1-xyz', 'a', '', '1-0a ', '100-0a']) {
    expect(partitionOfDecision(id), id).toBeUndefined();
    expect(ledgerKey(id), id).toBeUndefined();
  }
});
