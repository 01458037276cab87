import { describe, expect, it } from 'vitest';
import { mailboxOf } from '../../src/core/mailbox.ts';

describe('mailboxOf', () => {
  it.each([
    ['ann@example.com', 'ann@example.com', undefined],
    [' <ann@example.com> ', 'ann@example.com', undefined],
    ['Ann of Acme <ann@example.com>', 'ann@example.com', 'Ann of Acme'],
    ['"Acme, Inc." <ann@example.com>', 'ann@example.com', 'Acme, Inc.'],
  ])('reads %s', (text, email, name) => {
    expect(mailboxOf(text)).toEqual({ email, name });
  });

  it.each([
    '',
    'Ann',
    'Ann ann@example.com',
    'Ann <ann>',
    'a@b.de, c@d.de',
    'A <a@b.de>\nBcc: c@d.de',
  ])('refuses %j', (text) => {
    expect(mailboxOf(text)).toBeUndefined();
  });
});
