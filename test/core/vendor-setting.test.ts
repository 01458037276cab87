import { describe, expect, it } from 'vitest';
import { isSafeForSecret, secretAddress, secretWord } from '../../src/core/vendor-setting.ts';

describe('where a secret may travel', () => {
  it.each([
    ['https://api.example.com', true],
    ['http://127.0.0.1:8090', true],
    ['http://localhost', true],
    ['http://[::1]:80', true],
    ['http://api.example.com', false],
    ['http://127.0.0.1.example.com', false],
    ['ftp://127.0.0.1', false],
    ['api.example.com', false],
    ['', false],
  ])('%j: %j', (address, isSafe) => {
    expect(isSafeForSecret(address)).toBe(isSafe);
    const parsed = secretAddress('ACME_BASE_URL', 'API key').safeParse(address);
    expect(parsed.success).toBe(isSafe);
    expect(isSafe ? '' : parsed.error?.issues[0]?.message).toMatch(
      isSafe ? '' : /^ACME_BASE_URL must be an https address, because the API key travels in /u,
    );
  });
});

it.each(['', 'two words', 'tab\t', 'ümlaut', 'line\n'])(
  'refuses %j as a key, and does not repeat it',
  (key) => {
    const message = secretWord('ACME_KEY').safeParse(key).error?.issues[0]?.message;
    expect(message).toBe('ACME_KEY must be one word of plain characters.');
  },
);
