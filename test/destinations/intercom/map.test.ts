import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalContact,
  conflictingContact,
  lookOn,
  toEvent,
} from '../../../destinations/intercom/map.ts';
import { promptOf } from '../prompt-fixture.ts';

describe('toEvent', () => {
  const address = { user_id: 'u_lena' };

  it('carries at most 10 string keys, always led by the ids, whatever the copy holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string()), (words) => {
        const { metadata } = toEvent(promptOf({ words }), address);
        const keys = Object.keys(metadata);
        expect(keys.length).toBeLessThanOrEqual(10);
        expect(keys).toEqual(expect.arrayContaining(['decision_id', 'offer_id', 'account_id']));
        expect(Object.values(metadata).every((value) => typeof value === 'string')).toBe(true);
        expect(metadata).toMatchObject({
          decision_id: promptOf().decisionId,
          offer_id: 'pro_plan',
        });
      }),
    );
  });

  it('keeps the words every prompt needs when a long copy has more than fit', () => {
    const extras = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`extra_${n}`, 'x']));
    const { metadata } = toEvent(promptOf({ words: { ...extras, ...promptOf().words } }), address);
    expect(Object.keys(metadata)).toEqual([
      'decision_id',
      'offer_id',
      'account_id',
      'headline',
      'body',
      'cta_label',
      'cta_url',
      'extra_0',
      'extra_1',
      'extra_2',
    ]);
  });

  it('lets no word of the copy stand in for the decision', () => {
    const words = { decision_id: 'forged', headline: 'Hello' };
    expect(toEvent(promptOf({ words }), address).metadata['decision_id']).toBe(
      promptOf().decisionId,
    );
  });

  it('takes the second of the decision, cut and not rounded', () => {
    expect(toEvent(promptOf({ decidedMs: 1_793_966_400_999 }), address).created_at).toBe(
      1_793_966_400,
    );
  });
});

describe('lookOn', () => {
  const ours = { event_name: 'upsell-offer-ready', created_at: 1_793_966_400 };
  const next = {
    pages: { next: 'https://api.intercom.io/events?per_page=50&before=17939&type=user' },
  };

  it('takes the same name and second for ours when the metadata are not shown', () => {
    expect(lookOn({ events: [ours] }, promptOf())).toBe('present');
  });

  it('looks further while all events are newer, and no further once one is older', () => {
    expect(lookOn({ events: [{ ...ours, created_at: 1_793_966_401 }], ...next }, promptOf())).toBe(
      'older',
    );
    expect(lookOn({ events: [{ ...ours, created_at: 1_793_966_399 }], ...next }, promptOf())).toBe(
      'absent',
    );
  });
});

describe('ids in what Intercom says', () => {
  it('are read from the conflict and from the Link header, and from nothing else', () => {
    expect(
      conflictingContact(
        'A contact matching those details already exists with id=6762f0df1bb69f9f2193bb84',
      ),
    ).toBe('6762f0df1bb69f9f2193bb84');
    expect(conflictingContact('Conflict')).toBeUndefined();
    expect(canonicalContact('</contacts/6762f0df1bb69f9f2193bb84>; rel="canonical"')).toBe(
      '6762f0df1bb69f9f2193bb84',
    );
    expect(canonicalContact('</contacts/../admins>; rel="canonical"')).toBeUndefined();
  });
});
