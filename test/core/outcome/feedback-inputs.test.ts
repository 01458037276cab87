import { expect, it } from 'vitest';
import { unitOf } from '../../../src/core/input.ts';
import { feedbackInputs } from '../../../src/core/outcome/feedback-inputs.ts';
import type { Feedback } from '../../../src/core/outcome/feedback.ts';

const timeMs = Date.UTC(2026, 10, 23, 23, 59);
const receivedMs = Date.UTC(2026, 10, 24, 0, 1);

function reaction(about: Partial<Feedback['about']>): Feedback {
  return {
    id: 'sendgrid.ev1',
    timeMs,
    channel: 'sendgrid',
    about: { decisionId: undefined, userId: undefined, accountId: undefined, ...about },
    body: { kind: 'clicked' },
  };
}

function unitsOf(feedback: Feedback, known?: { accountId: string; userId: string | undefined }) {
  const resolved = feedbackInputs(feedback, known, receivedMs);
  return resolved.kind === 'inputs'
    ? resolved.inputs.map((input) => [input.id, unitOf(input)])
    : resolved.reason;
}

const account = ['sendgrid.ev1.account', { kind: 'account', id: 'acme' }];
const person = ['sendgrid.ev1.person', { kind: 'person', id: 'lena' }];

it.each([
  [
    'a known decision: its account and its person',
    { decisionId: '3-ab' },
    { accountId: 'acme', userId: 'lena' },
    [account, person],
  ],
  [
    'a known decision: whoever it was about, not whom the vendor names beside it',
    { decisionId: '3-ab', userId: 'vendor-7', accountId: 'vendor-8' },
    { accountId: 'acme', userId: 'lena' },
    [account, person],
  ],
  [
    'a known decision about nobody in particular: its account',
    { decisionId: '3-ab' },
    { accountId: 'acme', userId: undefined },
    [account],
  ],
  [
    'an unknown decision with a user: the person',
    { decisionId: '3-ab', userId: 'lena' },
    undefined,
    [person],
  ],
  ['a user: the person, who tells its accounts', { userId: 'lena' }, undefined, [person]],
  ['an account: the account', { accountId: 'acme' }, undefined, [account]],
  ['both: both', { userId: 'lena', accountId: 'acme' }, undefined, [account, person]],
  ['empty ids: nobody', { userId: '', accountId: '' }, undefined, 'feedback_of_nobody'],
  ['nothing: nobody', {}, undefined, 'feedback_of_nobody'],
  [
    'an unknown decision alone: nobody',
    { decisionId: '3-ab' },
    undefined,
    'feedback_of_unknown_decision',
  ],
] as const)('a reaction goes to whom it concerns. %s', (_, about, known, expected) => {
  expect(unitsOf(reaction(about), known)).toEqual(expected);
});

it('is the same input in every copy, whenever the copy arrives', () => {
  const known = { accountId: 'acme', userId: 'lena' };
  const of = (atMs: number) => {
    const resolved = feedbackInputs(reaction({ decisionId: '3-ab' }), known, atMs);
    return resolved.kind === 'inputs'
      ? resolved.inputs.map(({ id, dedupeDay }) => ({ id, dedupeDay }))
      : [];
  };
  expect(of(receivedMs)).toEqual(of(receivedMs + 5 * 86_400_000));
  expect(of(receivedMs)[0]?.dedupeDay).toBe(Date.UTC(2026, 10, 23) / 86_400_000);
});

it('carries everything that account and person need', () => {
  const resolved = feedbackInputs(
    reaction({ decisionId: '3-ab' }),
    { accountId: 'acme', userId: 'lena' },
    receivedMs,
  );
  expect(resolved.kind === 'inputs' ? resolved.inputs[0] : resolved).toEqual({
    kind: 'feedback',
    id: 'sendgrid.ev1.account',
    dedupeDay: Date.UTC(2026, 10, 23) / 86_400_000,
    receivedMs,
    to: 'account',
    accountId: 'acme',
    userId: 'lena',
    decisionId: '3-ab',
    channel: 'sendgrid',
    timeMs,
    body: { kind: 'clicked' },
  });
});
