import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { strengthened } from '../../../src/core/model/expected-value.ts';
import { noon, playbookOf } from '../account/world.ts';
import { did, Story, yaml } from './scenario.ts';

/** The playbook of the scenarios, whose trigger on invitations is as strong as `strength` says. */
function decidedAt(strength: number) {
  const playbook = playbookOf(
    yaml.replace('atLeast: 3, kind: team', `atLeast: 3, strength: ${strength}, kind: team`),
  );
  const story = new Story({ playbook, mode: 'live' });
  story.tell(...[0, 1, 2].map((at) => did('Invite Sent', noon + at)));
  return story.decisions.at(-1);
}

describe('how strong a sign is', () => {
  it('a stronger sign of the same kind is worth more', () => {
    const worth = [0.1, 0.5, 0.9].map(
      (strength) => decidedAt(strength)?.candidates[0]?.expectedValue ?? Number.NaN,
    );
    expect(worth).toEqual(worth.toSorted((left, right) => left - right));
    expect(new Set(worth).size).toBe(3);
  });

  it('is in the chances that the decision shows, so that its sum can be done again', () => {
    const [one] = decidedAt(1)?.candidates ?? [];
    expect(one).toMatchObject({ holdProbability: 0.03 });
    // 0.03 + (0.07 - 0.03) * 1.5
    expect(one?.promptProbability).toBeCloseTo(0.09, 12);
    const { uplift = 0, saleValue = 0, churnAvoided = 0, askingCost = 0 } = one ?? {};
    expect(uplift).toBeCloseTo(0.06 * (one?.fatigueFactor ?? 0), 12);
    expect(one?.expectedValue).toBeCloseTo(uplift * (saleValue + churnAvoided) - askingCost, 12);
  });

  it('changes nothing at 0.5, keeps chances between 0 and 1, and never helps an offer that harms', () => {
    expect(strengthened({ prompt: 0.11, hold: 0.05 }, 0.5)).toEqual({ prompt: 0.11, hold: 0.05 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, share, (prompt, hold, strength) => {
        const one = strengthened({ prompt, hold }, strength);
        expect(one.hold).toBe(hold);
        expect(one.prompt).toBeGreaterThanOrEqual(0);
        expect(one.prompt).toBeLessThanOrEqual(1);
        expect(Math.sign(one.prompt - hold) * Math.sign(prompt - hold)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
