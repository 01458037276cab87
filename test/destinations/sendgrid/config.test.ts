import { describe, expect, it } from 'vitest';
import { SendgridConfig } from '../../../destinations/sendgrid/index.ts';

const least = { apiKey: 'SG.abc', from: 'growth@mail.example.com' };

describe('SendgridConfig', () => {
  it('needs key and sender only', () => {
    expect(SendgridConfig.parse(least)).toEqual({
      apiKey: 'SG.abc',
      from: { email: 'growth@mail.example.com', name: undefined },
      baseUrl: 'https://api.sendgrid.com',
      sandboxMode: false,
      timeoutMs: 10_000,
      logsSettleMs: 300_000,
    });
  });

  it('reads a sender with a name', () => {
    expect(SendgridConfig.parse({ ...least, from: 'Acme <a@example.com>' }).from).toEqual({
      email: 'a@example.com',
      name: 'Acme',
    });
  });

  it.each([
    ['plain http to another machine', { baseUrl: 'http://api.sendgrid.com' }],
    ['an address that is none', { baseUrl: 'api.sendgrid.com' }],
    ['a key with a line break, which no header can carry', { apiKey: 'SG.abc\n' }],
    ['a sender without an address', { from: 'Acme' }],
    [
      'a sender with a line break, which could add a header',
      { from: 'A <a@example.com>\r\nBcc: b@b.de' },
    ],
    ['a group that is no number', { unsubscribeGroup: '12' }],
    ['a setting it does not know', { maxRetries: 3 }],
  ])('refuses %s', (_what, differs) => {
    expect(SendgridConfig.safeParse({ ...least, ...differs }).success).toBe(false);
  });

  it('does not repeat the key in its error', () => {
    const { error } = SendgridConfig.safeParse({ ...least, apiKey: 'secret key' });
    expect(error?.message).not.toContain('secret key');
    expect(error?.message).toContain('SENDGRID_API_KEY');
  });
});
