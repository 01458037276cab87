import { describe, expect, it } from 'vitest';
import { IntercomConfig } from '../../../destinations/intercom/index.ts';

describe('IntercomConfig', () => {
  it('needs the token only', () => {
    expect(IntercomConfig.parse({ accessToken: 'abc' })).toEqual({
      accessToken: 'abc',
      baseUrl: 'https://api.intercom.io',
      timeoutMs: 10_000,
    });
  });

  it.each([
    [
      'plain http to another machine, which would show the token to the network',
      { baseUrl: 'http://api.intercom.io' },
    ],
    ['an address that is none', { baseUrl: 'api.intercom.io' }],
    ['another protocol', { baseUrl: 'ftp://api.intercom.io' }],
    ['a token with a line break, which no header can carry', { accessToken: 'abc\n' }],
    ['an empty token', { accessToken: '' }],
    ['a setting it does not know', { maxRetries: 3 }],
  ])('refuses %s', (_what, differs) => {
    expect(IntercomConfig.safeParse({ accessToken: 'abc', ...differs }).success).toBe(false);
  });

  it('does not repeat the token in its error', () => {
    const { error } = IntercomConfig.safeParse({ accessToken: 'secret token' });
    expect(error?.message).not.toContain('secret token');
    expect(error?.message).toContain('INTERCOM_ACCESS_TOKEN');
  });
});
