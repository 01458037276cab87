import { newTouch, type Touch } from '../../../src/core/prompt/touch.ts';

/** A prompt of lena for the offer pro, with what differs. */
export function touchOf(differs: Partial<Touch> = {}): Touch {
  return {
    ...newTouch({
      decisionId: 'd1',
      offerId: 'pro',
      family: 'upgrade',
      userId: 'lena',
      channel: 'intercom',
      timeMs: 0,
      followsId: undefined,
      moment: undefined,
    }),
    ...differs,
  };
}
