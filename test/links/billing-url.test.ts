import fc from 'fast-check';
import { expect, it } from 'vitest';
import { billingUrl } from '../../src/links/billing-url.ts';

const parameters = {
  plan: 'pro',
  offerId: 'more_reports',
  accountId: 'acme & sons/ü',
  decisionId: '3-ab',
};
const ours =
  'motisig_plan=pro&motisig_offer=more_reports&motisig_account=acme%20%26%20sons%2F%C3%BC&motisig_decision=3-ab';

it.each([
  ['https://app.example.com/billing', `https://app.example.com/billing?${ours}`],
  ['https://app.example.com', `https://app.example.com/?${ours}`],
  ['https://app.example.com/b?', `https://app.example.com/b?${ours}`],
  [
    'https://app.example.com/b?plan=pro&x=1,2&y=%20a+b&flag',
    `https://app.example.com/b?plan=pro&x=1,2&y=%20a+b&flag&${ours}`,
  ],
  [
    'https://app.example.com/b?a=1#/upgrade?x=1',
    `https://app.example.com/b?a=1&${ours}#/upgrade?x=1`,
  ],
  ['http://127.0.0.1:3000/b', `http://127.0.0.1:3000/b?${ours}`],
])('keeps what %s has and puts ours behind it', (address, expected) => {
  expect(billingUrl(address, parameters)).toBe(expected);
});

it('leaves out the plan of an offer that sells none', () => {
  expect(billingUrl('https://a.example/', { ...parameters, plan: undefined })).toBe(
    `https://a.example/?${ours.replace('motisig_plan=pro&', '')}`,
  );
});

it('leaves alone a parameter of our name that the customer has set', () => {
  const url = billingUrl('https://a.example/?motisig_account=own', parameters) ?? '';
  expect(new URL(url).searchParams.getAll('motisig_account')).toEqual(['own']);
});

it.each([
  undefined,
  '',
  'javascript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'app.example.com/billing',
  '//app.example.com',
])('leads nowhere from %s', (address) => {
  expect(billingUrl(address, parameters)).toBeUndefined();
});

it('gives every value back as it was, whatever it holds', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'grapheme' }),
      (accountId, plan) => {
        const url =
          billingUrl('https://a.example/?a=1#x', { ...parameters, accountId, plan }) ?? '';
        const read = new URL(url).searchParams;
        expect([read.get('motisig_account'), read.get('motisig_plan'), read.get('a')]).toEqual([
          accountId,
          plan,
          '1',
        ]);
      },
    ),
  );
});

it('does not fail on half a character, which an id cut by somebody may end with', () => {
  const url = billingUrl('https://a.example/', { ...parameters, accountId: 'acme\ud83d' });
  expect(new URL(url ?? '').searchParams.get('motisig_account')).toBe('acme\ufffd');
});
