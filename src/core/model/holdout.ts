import { sha256Hex } from '../hash.ts';

/** Accounts below which a fifth is left alone instead of a tenth: fewer would never tell anything (dm1 section 2). */
const fewAccounts = 1_000;

/**
 * The place of an account between 0 and 1, the same for ever under one salt: the first 53 bits of
 * SHA-256(salt, 0x1F, account) (dm1 section 10).
 */
export function bucketOf(salt: string, accountId: string): number {
  const hex = sha256Hex(salt, accountId);
  const high = Number.parseInt(hex.slice(0, 8), 16);
  const low = Number.parseInt(hex.slice(8, 16), 16) >>> 11;
  return (high * 2_097_152 + low) / 9_007_199_254_740_992;
}

/** Whether the account is deliberately left alone. A larger share only adds accounts. */
export function isHoldout(salt: string, accountId: string, share: number): boolean {
  return bucketOf(salt, accountId) < share;
}

/** The share to leave alone: the playbook's, or by the number of accounts. */
export function holdoutShareOf(configured: number | undefined, accounts: number): number {
  return configured ?? (accounts < fewAccounts ? 0.2 : 0.1);
}
