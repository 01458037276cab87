import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createIntercomChannel, IntercomConfig } from '../../../destinations/intercom/index.ts';
import { messagePrompt, promptOf } from '../prompt-fixture.ts';

/** The exact requests, so that an update of the SDK that changes one is seen. */
const never = new AbortController().signal;
const vendor = 'https://api.intercom.io';
const headers = { authorization: 'Bearer abc', 'intercom-version': '2.16' };

beforeEach(() => nock.disableNetConnect());

afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe('what goes to Intercom', () => {
  it('is a look-up, a contact and one event, byte for byte as agreed', async () => {
    const find = nock(vendor, { reqheaders: headers })
      .get('/contacts/find_by_external_id/u_lena')
      .reply(404, {
        type: 'error.list',
        errors: [{ code: 'not_found', message: 'User Not Found' }],
      });
    const create = nock(vendor, { reqheaders: headers })
      .post('/contacts', {
        role: 'user',
        external_id: 'u_lena',
        email: 'lena@example.com',
        name: 'Lena Ortiz',
      })
      .reply(200, { type: 'contact', id: '6762f0dd1bb69f9f2193bb83', external_id: 'u_lena' });
    const event = nock(vendor, { reqheaders: { ...headers, 'content-type': 'application/json' } })
      .post('/events', {
        user_id: 'u_lena',
        event_name: 'upsell-offer-ready',
        created_at: 1_793_966_400,
        metadata: {
          decision_id: '07-0123456789abcdef0123456789abcdef',
          offer_id: 'pro_plan',
          account_id: 'acme',
          headline: 'You have used 10 of 10 reports',
          body: 'Pro gives Acme 100 reports a month for 49 dollars.',
          cta_label: 'See Pro',
          cta_url: 'https://hub.example.com/go/token-go',
          not_now_url: 'https://hub.example.com/dismiss/token-dismiss',
        },
      })
      .reply(202);
    const channel = createIntercomChannel(IntercomConfig.parse({ accessToken: 'abc' }));
    expect(await channel.deliver(promptOf(), never)).toMatchObject({ kind: 'accepted' });
    expect([find.isDone(), create.isDone(), event.isDone()]).toEqual([true, true, true]);
  });

  it('is a message from the teammate of the token, with escaped words and both links', async () => {
    nock(vendor)
      .get('/contacts/find_by_external_id/u_lena')
      .reply(200, { type: 'contact', id: '6762f0dd1bb69f9f2193bb83' });
    const me = nock(vendor, { reqheaders: headers })
      .get('/me')
      .reply(200, { type: 'admin', id: '394051' });
    const send = nock(vendor, { reqheaders: { ...headers, 'content-type': 'application/json' } })
      .post('/messages', {
        message_type: 'inapp',
        body:
          '<p><b>10 &lt; 11 &amp; &quot;more&quot;</b></p><p>One line.</p><p>Another.</p>' +
          `<p><a href="${messagePrompt.links.go}">See Pro</a></p>` +
          `<p><a href="${messagePrompt.links.dismiss}">Not now</a></p>`,
        from: { type: 'admin', id: 394_051 },
        to: { type: 'user', id: '6762f0dd1bb69f9f2193bb83' },
      })
      .reply(200, {
        type: 'admin_message',
        id: '19',
        created_at: 1_793_966_401,
        body: 'heyy',
        message_type: 'inapp',
      });
    const channel = createIntercomChannel(IntercomConfig.parse({ accessToken: 'abc' }));
    const words = {
      headline: '10 < 11 & "more"',
      body: 'One line.\n\nAnother.',
      cta_label: 'See Pro',
    };
    expect(await channel.deliver(promptOf({ ...messagePrompt, words }), never)).toEqual({
      kind: 'accepted',
      vendorId: 'message/19',
    });
    expect([me.isDone(), send.isDone()]).toEqual([true, true]);
  });

  it('is one list and one dismissal to take a banner away, and no other banner is touched', async () => {
    nock(vendor)
      .get('/contacts/find_by_external_id/u_lena')
      .reply(200, { type: 'contact', id: '6762f0dd1bb69f9f2193bb83' });
    nock(vendor, { reqheaders: headers })
      .get('/contacts/6762f0dd1bb69f9f2193bb83/banners')
      .reply(200, {
        type: 'list',
        data: [
          { type: 'banner', id: '1', view_id: '645719311', title: 'We are hiring', body: null },
          {
            type: 'banner',
            id: '2',
            view_id: '645719312',
            title: null,
            body: '<p>You have used 10 of 10 reports</p>',
            action: null,
          },
        ],
      });
    const dismiss = nock(vendor, { reqheaders: headers })
      .post('/contacts/6762f0dd1bb69f9f2193bb83/banners/645719312/dismiss')
      .reply(200, { type: 'banner_dismiss', view_id: '645719312', dismissed: true });
    const channel = createIntercomChannel(IntercomConfig.parse({ accessToken: 'abc' }));
    expect(await channel.takeAway(promptOf({ form: 'banner' }), never)).toBe('taken_away');
    expect(dismiss.isDone()).toBe(true);
  });

  it('is one list call to reconcile, that follows the cursor and never the address of the next page', async () => {
    nock(vendor)
      .get('/contacts/find_by_external_id/u_lena')
      .reply(200, { type: 'contact', id: '6762f0dd1bb69f9f2193bb83' });
    nock(vendor, { reqheaders: headers })
      .get('/events')
      .query({ user_id: 'u_lena', type: 'user', per_page: '50' })
      .reply(200, {
        type: 'event.list',
        events: [{ type: 'event', event_name: 'opened', created_at: 1_793_966_500 }],
        pages: {
          next: 'https://elsewhere.example/events?per_page=50&before=1793966500000&type=user',
        },
      });
    nock(vendor, { reqheaders: headers })
      .get('/events')
      .query({ user_id: 'u_lena', type: 'user', per_page: '50', before: '1793966500000' })
      .reply(200, {
        type: 'event.list',
        events: [{ type: 'event', event_name: 'upsell-offer-ready', created_at: 1_793_966_400 }],
      });
    const channel = createIntercomChannel(IntercomConfig.parse({ accessToken: 'abc' }));
    expect(await channel.reconcile(promptOf(), never)).toBe('present');
  });
});
