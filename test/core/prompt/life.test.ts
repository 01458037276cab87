import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeedbackBody } from '../../../src/core/outcome/feedback.ts';
import {
  allowedChanges,
  isOut,
  isWaiting,
  type LifeState,
  lifeStates,
  mayBecome,
} from '../../../src/core/prompt/life.ts';
import { afterReaction } from '../../../src/core/prompt/react.ts';
import { enter, type Touch } from '../../../src/core/prompt/touch.ts';
import { touchOf } from './touch-of.ts';

const anyState = fc.constantFrom(...lifeStates);
const reactions: readonly FeedbackBody[] = [
  { kind: 'accepted' },
  { kind: 'seen' },
  { kind: 'clicked' },
  { kind: 'replied' },
  { kind: 'dropped' },
  { kind: 'bounced' },
  { kind: 'spam_reported' },
  { kind: 'dismissed', until: 'cooldown' },
  { kind: 'dismissed', until: 'next_period' },
  { kind: 'dismissed', until: 'never' },
  { kind: 'unsubscribed', of: 'all' },
  { kind: 'ticket_opened', ticketId: 't', isPriority: false },
];
const anyReaction = fc.record({
  body: fc.constantFrom(...reactions),
  timeMs: fc.integer({ min: 1, max: 1_000_000 }),
});

describe('the life of a prompt', () => {
  it('has an entry for every state, and leads to known states only', () => {
    expect(Object.keys(allowedChanges).toSorted()).toEqual([...lifeStates].toSorted());
    for (const to of Object.values(allowedChanges).flat()) {
      expect(lifeStates).toContain(to);
    }
  });

  it('ends where nobody got it and where it was bought', () => {
    const ends = lifeStates.filter((state) => allowedChanges[state].length === 0);
    expect(ends).toEqual(['refused', 'expired', 'converted']);
  });

  it('never leads back from the person to the queue', () => {
    for (const from of lifeStates.filter(isOut)) {
      const reached = new Set<LifeState>([from]);
      for (const state of reached) {
        for (const next of allowedChanges[state]) {
          reached.add(next);
        }
      }
      expect([...reached].filter(isWaiting)).toEqual([]);
      expect([...reached].filter((state) => state === 'refused' || state === 'expired')).toEqual(
        [],
      );
    }
  });

  it('changes only as the table allows, whatever reactions come in whatever order and however often', () => {
    fc.assert(
      fc.property(anyState, fc.array(anyReaction, { maxLength: 30 }), (state, told) => {
        let touch: Touch = touchOf({ state });
        for (const { body, timeMs } of told) {
          const next = afterReaction(touch, body, timeMs);
          expect(next.state === touch.state || mayBecome(touch.state, next.state)).toBe(true);
          touch = next;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses every change that is not in the table', () => {
    for (const from of lifeStates) {
      for (const to of lifeStates) {
        const touch = touchOf({ state: from });
        expect(enter(touch, to, 1).state).toBe(allowedChanges[from].includes(to) ? to : from);
      }
    }
  });

  it('ends in the same state in any order of what the person did, told once or many times', () => {
    const did = fc.shuffledSubarray(
      reactions.filter((one) => ['seen', 'clicked', 'dismissed', 'replied'].includes(one.kind)),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(did, fc.nat(), (told, seed) => {
        const end = (order: readonly FeedbackBody[]): Touch =>
          order.reduce((touch, body) => afterReaction(touch, body, 5), touchOf({ state: 'sent' }));
        const cut = seed % told.length;
        const turned = [...told.slice(cut), ...told.slice(0, cut)];
        expect(end([...turned, ...told]).state).toBe(end(told).state);
        expect(end([...turned, ...told]).dismissedUntil).toBe(
          end([...told, ...told]).dismissedUntil,
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('takes a reaction that overtakes the answer of the channel', () => {
    const clicked = afterReaction(touchOf({ state: 'queued' }), { kind: 'clicked' }, 7);
    expect(clicked).toMatchObject({ state: 'clicked', at: { clicked: 7 } });
    expect(enter(clicked, 'sent', 9)).toBe(clicked);
  });

  it('hears "never" in every state in which somebody has the prompt', () => {
    for (const state of lifeStates.filter(isOut)) {
      const after = afterReaction(touchOf({ state }), { kind: 'dismissed', until: 'never' }, 7);
      expect(after.dismissedUntil).toBe('never');
    }
  });

  it('keeps a receipt over a presumption', () => {
    const presumed = touchOf({ state: 'seen', seenBy: 'activity', at: { seen: 3 } });
    expect(afterReaction(presumed, { kind: 'seen' }, 9)).toMatchObject({
      seenBy: 'receipt',
      at: { seen: 3 },
    });
  });
});
