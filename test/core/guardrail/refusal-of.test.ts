import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../../src/core/duration.ts';
import {
  openPromptRefusal,
  pacingRefusal,
  signupRefusal,
} from '../../../src/core/guardrail/refusal-of.ts';
import { type Touch, withTouch } from '../../../src/core/prompt/touch.ts';
import { guardrailsOf } from '../guardrails.ts';
import { touchOf } from '../prompt/touch-of.ts';

const guardrails = guardrailsOf({
  caps: [
    { per: 'user', max: 2, withinMs: 7 * dayMs },
    { per: 'account', max: 3, withinMs: 30 * dayMs },
  ],
  cooldownMs: { user: 2 * dayMs, account: dayMs },
});
const now = 1_800_000_000_000;

function touch(timeMs: number, decisionId = `d${timeMs}`): Touch {
  return touchOf({ decisionId, timeMs, state: 'sent' });
}

describe('pacing', () => {
  it('lets the first prompt through', () => {
    expect(pacingRefusal({ per: 'user', touches: [] }, guardrails, now)).toBeUndefined();
  });

  it('holds a prompt until the cooldown is over, to the millisecond', () => {
    const touches = [touch(now - 2 * dayMs + 1)];
    expect(pacingRefusal({ per: 'user', touches }, guardrails, now)).toEqual({
      reason: 'cooldown',
      per: 'user',
      untilMs: now + 1,
    });
    expect(pacingRefusal({ per: 'user', touches }, guardrails, now + 1)).toBeUndefined();
  });

  it('holds the third prompt of a week when the cap is two, until the older of them leaves the window', () => {
    const touches = [touch(now - 6 * dayMs), touch(now - 3 * dayMs)];
    expect(pacingRefusal({ per: 'user', touches }, guardrails, now)).toMatchObject({
      reason: 'frequency_cap',
      max: 2,
      untilMs: now + dayMs,
    });
    expect(pacingRefusal({ per: 'user', touches }, guardrails, now + dayMs)).toBeUndefined();
  });

  it('keeps silent when the clock went back behind a touch', () => {
    expect(
      pacingRefusal({ per: 'user', touches: [touch(now + dayMs)] }, guardrails, now),
    ).toBeDefined();
  });

  it('never allows more than the caps, whatever the moments at which it is asked', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 * dayMs }), { maxLength: 60 }), (gaps) => {
        let touches: readonly Touch[] = [];
        let at = now;
        for (const gap of gaps) {
          at += gap;
          if (pacingRefusal({ per: 'user', touches }, guardrails, at) === undefined) {
            touches = withTouch(touches, touch(at));
          }
        }
        for (const { timeMs } of touches) {
          const within = touches.filter(
            (one) => one.timeMs > timeMs - 7 * dayMs && one.timeMs <= timeMs,
          );
          expect(within.length).toBeLessThanOrEqual(2);
        }
      }),
    );
  });
});

describe('one prompt at a time', () => {
  it('names the open prompt, and lets go of it when it is no longer open', () => {
    const touches = [touch(now - hourMs + 1, 'open')];
    expect(openPromptRefusal(touches, hourMs, now)).toEqual({
      reason: 'prompt_open',
      decisionId: 'open',
    });
    expect(openPromptRefusal(touches, hourMs, now + 1)).toBeUndefined();
  });
});

describe('after a sign-up', () => {
  it('counts from the newest sign-up of user and account', () => {
    expect(signupRefusal([now - 2 * hourMs, now - hourMs + 1], hourMs, now)).toMatchObject({
      reason: 'just_signed_up',
    });
    expect(signupRefusal([now - 2 * hourMs, undefined], hourMs, now)).toBeUndefined();
    expect(signupRefusal([undefined, undefined], hourMs, now)).toBeUndefined();
  });
});
