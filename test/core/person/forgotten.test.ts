import { describe, expect, it } from 'vitest';
import type { Input, InputBody } from '../../../src/core/input.ts';
import { isHeardOfForgotten, personsOf, tombstoneOf } from '../../../src/core/person/forgotten.ts';
import { event, noon } from '../account/world.ts';

const input = (body: InputBody): Input => ({
  id: 'i',
  dedupeDay: undefined,
  receivedMs: noon,
  ...body,
});
const about = { userId: 'lena', accountId: 'acme' };
const timer = { kind: 'timer', decisionId: '7-a', ...about } as const;
const feedback = {
  kind: 'feedback',
  decisionId: '7-a',
  channel: 'intercom',
  timeMs: noon,
  body: { kind: 'seen' },
  ...about,
} as const;

describe('what is heard of a forgotten person', () => {
  it.each([
    ['an event', event({ id: 'e', userId: 'lena' }), false],
    ['being seen in an account', input({ kind: 'member_seen', timeMs: noon, ...about }), false],
    [
      'an alias',
      input({ kind: 'identity_linked', previousId: 'a', userId: 'lena', timeMs: noon }),
      false,
    ],
    ['the time for an e-mail', input({ ...timer, what: 'follow_up' }), false],
    ['the end of a prompt', input({ ...timer, what: 'closes' }), true],
    ['a reaction, to the person', input({ ...feedback, to: 'person' }), false],
    ['a reaction, to the account', input({ ...feedback, to: 'account' }), true],
    ['the wish to be forgotten', input({ kind: 'erasure', userId: 'lena' }), true],
    ['an account that forgets', input({ kind: 'member_erased', ...about }), true],
  ] as const)('%s', (_what, one, isHeard) => {
    expect(personsOf(one)).toContain('lena');
    expect(isHeardOfForgotten(one)).toBe(isHeard);
  });

  it('does not depend on the browser of somebody else', () => {
    expect(personsOf(event({ id: 'e', userId: 'ana', anonymousId: 'shared' }))).toEqual(['ana']);
    expect(personsOf(event({ id: 'e', userId: undefined, anonymousId: 'shared' }))).toEqual([
      'shared',
    ]);
  });

  it('is known by a hash that holds nothing of the id', () => {
    expect(tombstoneOf('lena@example.com')).toMatch(/^[0-9a-f]{32}$/u);
    expect(tombstoneOf('lena')).not.toBe(tombstoneOf('Lena'));
  });
});
