import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLinkMaker, type LinkAction, readToken, signToken } from '../../src/links/token.ts';
import { accountOf, noonMs, promptOf } from '../store/samples.ts';

const secret = 'secret-of-the-links';
const actions: readonly LinkAction[] = ['go', 'dismiss', 'unsubscribe'];
const arbitraryAction = fc.constantFrom(...actions);
const arbitraryClaim = fc.record({
  decisionId: fc
    .tuple(fc.integer({ min: 0, max: 63 }), fc.stringMatching(/^[0-9a-f]{32}$/u))
    .map(([partition, hex]) => `${partition}-${hex}`),
  expiresMs: fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000),
});

describe('a token', () => {
  it('gives back what was signed, before its end as valid and from then on as expired', () => {
    fc.assert(
      fc.property(arbitraryAction, arbitraryClaim, (action, claim) => {
        const token = signToken(action, claim, secret);
        expect(readToken(action, token, secret, claim.expiresMs - 1)).toEqual({
          kind: 'valid',
          claim,
        });
        expect(readToken(action, token, secret, claim.expiresMs)).toEqual({
          kind: 'expired',
          claim,
        });
      }),
    );
  });

  it('with any one character changed, left out or doubled is forged', () => {
    fc.assert(
      fc.property(
        arbitraryAction,
        arbitraryClaim,
        fc.nat(),
        fc.constantFrom(...'abcXYZ019-_.=%'),
        fc.constantFrom('change', 'drop', 'double'),
        (action, claim, place, letter, how) => {
          const token = signToken(action, claim, secret);
          const at = place % token.length;
          const old = token.charAt(at);
          const middle = how === 'change' ? letter : how === 'drop' ? '' : old + old;
          fc.pre(middle !== old);
          const changed = token.slice(0, at) + middle + token.slice(at + 1);
          expect(readToken(action, changed, secret, 0)).toEqual({ kind: 'forged' });
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('of one action opens no other, and of one secret none of another', () => {
    fc.assert(
      fc.property(arbitraryAction, arbitraryAction, arbitraryClaim, (made, tried, claim) => {
        const token = signToken(made, claim, secret);
        expect(readToken(tried, token, secret, 0).kind === 'forged').toBe(made !== tried);
        expect(readToken(made, token, `${secret}2`, 0)).toEqual({ kind: 'forged' });
      }),
    );
  });

  it('that is any other text is forged, and never throws', () => {
    fc.assert(
      fc.property(arbitraryAction, fc.string({ unit: 'grapheme' }), (action, text) => {
        expect(readToken(action, text, secret, 0)).toEqual({ kind: 'forged' });
      }),
    );
  });
});

describe('the links of a prompt', () => {
  const prompt = promptOf(accountOf('acme'));
  const linksOf = createLinkMaker('https://hub.example.com/below//', secret);

  it('are the same however often they are made, and lead below the public address', () => {
    expect(linksOf(prompt)).toEqual(linksOf(prompt));
    expect(linksOf(prompt).go).toMatch(/^https:\/\/hub\.example\.com\/below\/go\/[\w.-]+$/u);
  });

  it('name neither the person nor the account', () => {
    expect(Object.values(linksOf(prompt)).join(' ')).not.toMatch(/lena|acme/u);
  });

  it('open what they are for, an opt-out for longer than the 30 days that the law asks', () => {
    const day = 86_400_000;
    const kindAfter = (action: LinkAction, days: number) =>
      readToken(
        action,
        linksOf(prompt)[action].split('/').at(-1) ?? '',
        secret,
        noonMs + days * day,
      ).kind;
    expect(actions.map((action) => kindAfter(action, 29))).toEqual(['valid', 'valid', 'valid']);
    expect(actions.map((action) => kindAfter(action, 31))).toEqual(['expired', 'expired', 'valid']);
  });
});
