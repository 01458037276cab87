import type { LinkedPrompt } from '../../src/core/prompt/prompt.ts';

/** A prompt to Lena about her tenth report, with what differs. */
export function promptOf(differs: Partial<LinkedPrompt> = {}): LinkedPrompt {
  return {
    decisionId: '07-0123456789abcdef0123456789abcdef',
    accountId: 'acme',
    userId: 'u_lena',
    offerId: 'pro_plan',
    family: 'upgrade',
    channel: 'intercom',
    form: 'event',
    followsId: undefined,
    reopens: false,
    surface: 'upsell-offer-ready',
    decidedMs: 1_793_966_400_789,
    notBeforeMs: 1_793_966_400_789,
    expiresMs: 1_793_970_000_000,
    words: {
      headline: 'You have used 10 of 10 reports',
      body: 'Pro gives Acme 100 reports a month for 49 dollars.',
      cta_label: 'See Pro',
      cta_url: 'https://app.example.com/upgrade?plan=pro',
    },
    contact: { email: 'lena@example.com', name: 'Lena Ortiz' },
    links: {
      go: 'https://hub.example.com/go/token-go',
      dismiss: 'https://hub.example.com/dismiss/token-dismiss',
      unsubscribe: 'https://hub.example.com/unsubscribe/token-unsubscribe',
    },
    ...differs,
  };
}
