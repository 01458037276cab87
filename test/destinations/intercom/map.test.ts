import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BannerViewId,
  bannersOf,
  canonicalContact,
  conflictingContact,
  lookOn,
  toEvent,
  toMessageBody,
} from '../../../destinations/intercom/map.ts';
import { messagePrompt, promptOf } from '../prompt-fixture.ts';

describe('toEvent', () => {
  const address = { user_id: 'u_lena' };

  it('carries at most 10 string keys, always led by the ids, whatever the copy holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string()), (words) => {
        const { metadata } = toEvent(promptOf({ words }), address);
        const keys = Object.keys(metadata);
        expect(keys.length).toBeLessThanOrEqual(10);
        expect(keys).toEqual(expect.arrayContaining(['decision_id', 'offer_id', 'account_id']));
        expect(metadata).toMatchObject({
          cta_url: promptOf().links.go,
          not_now_url: promptOf().links.dismiss,
        });
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
      'not_now_url',
      'extra_0',
      'extra_1',
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

describe('toMessageBody', () => {
  it('has no markup but its own, whatever the copy holds, and both links', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', 'a', '\n', '/') }),
        fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', 'b', ' ') }),
        (body, cta_label) => {
          const html = toMessageBody(
            promptOf({ ...messagePrompt, words: { headline: 'Hello', body, cta_label } }),
          );
          const tags = html.match(/<[^>]*>/gu) ?? [];
          expect(new Set(tags)).toEqual(
            new Set([
              '<p>',
              '</p>',
              '<b>',
              '</b>',
              `<a href="${messagePrompt.links.go}">`,
              `<a href="${messagePrompt.links.dismiss}">`,
              '</a>',
            ]),
          );
          expect(html.replaceAll(/<[^>]*>/gu, '')).not.toMatch(/[<>"']/u);
        },
      ),
    );
  });
});

describe('bannersOf', () => {
  const banner = (view: string, parts: { title?: string; body?: string; target?: string }) => ({
    view_id: BannerViewId.parse(view),
    title: parts.title,
    body: parts.body,
    action: parts.target === undefined ? null : { target: parts.target },
  });

  it('finds the banner by the link of its button or by the headline in its words, and no other', () => {
    const prompt = promptOf(messagePrompt);
    const data = [
      banner('1', { title: 'Something else', body: '<p>News</p>' }),
      banner('2', { target: `${messagePrompt.links.go}?utm=intercom` }),
      banner('3', { body: `<p>${prompt.words['headline']}</p>` }),
    ];
    expect(bannersOf({ data }, prompt)).toEqual(['2', '3']);
    expect(bannersOf({ data }, promptOf({ ...messagePrompt, words: {} }))).toEqual(['2']);
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
