import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSendgridChannel, SendgridConfig } from '../../../destinations/sendgrid/index.ts';
import { promptOf } from '../prompt-fixture.ts';

/** The exact requests, so that an update of the SDK that changes one is seen. */
const never = new AbortController().signal;
const headers = { authorization: 'Bearer SG.abc', 'content-type': 'application/json' };
const config = { apiKey: 'SG.abc', from: 'Acme <growth@mail.example.com>' };

beforeEach(() => nock.disableNetConnect());

afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe('what goes to SendGrid', () => {
  it('is one message with one personalization, as agreed', async () => {
    let body: Record<string, unknown> = {};
    const send = nock('https://api.sendgrid.com', { reqheaders: headers })
      .post('/v3/mail/send', (sent: Record<string, unknown>) => {
        body = sent;
        return true;
      })
      .reply(202, '', { 'X-Message-Id': 'Xet6bZ7W' });
    const channel = createSendgridChannel(
      SendgridConfig.parse({ ...config, replyTo: 'success@example.com', unsubscribeGroup: 1234 }),
    );
    expect(await channel.deliver(promptOf(), never)).toEqual({
      kind: 'accepted',
      vendorId: 'Xet6bZ7W',
    });
    expect(send.isDone()).toBe(true);
    const { content, ...rest } = body;
    expect(rest).toEqual({
      from: { email: 'growth@mail.example.com', name: 'Acme' },
      reply_to: { email: 'success@example.com' },
      subject: 'You have used 10 of 10 reports',
      personalizations: [
        {
          to: [{ email: 'lena@example.com', name: 'Lena Ortiz' }],
          custom_args: {
            decision_id: '07-0123456789abcdef0123456789abcdef',
            offer_id: 'pro_plan',
          },
        },
      ],
      categories: ['motisig', 'offer:pro_plan'],
      headers: {
        'List-Unsubscribe': '<https://hub.example.com/unsubscribe/token-unsubscribe>',
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      },
      asm: { group_id: 1234, groups_to_display: [1234] },
      mail_settings: { sandbox_mode: { enable: false } },
      tracking_settings: {
        click_tracking: { enable: false, enable_text: false },
        open_tracking: { enable: true },
        subscription_tracking: { enable: false },
      },
    });
    expect(content).toEqual([
      {
        type: 'text/plain',
        value: expect.stringContaining('See Pro: https://hub.example.com/go/'),
      },
      { type: 'text/html', value: expect.stringMatching(/^<!DOCTYPE html/u) },
    ]);
  });

  it('is a search and a look to reconcile, at the region that is set', async () => {
    nock('https://api.eu.sendgrid.com', { reqheaders: headers })
      .post('/v3/logs', {
        query: `to_email = 'lena@example.com' AND sg_message_id_created_at > TIMESTAMP "2026-11-06T11:50:00Z"`,
        limit: 20,
      })
      .reply(200, { messages: [{ sg_message_id: 'Xet6bZ7W.recvd-1' }] });
    nock('https://api.eu.sendgrid.com', { reqheaders: headers })
      .get('/v3/logs/Xet6bZ7W.recvd-1')
      .reply(200, { custom_args: { decision_id: promptOf().decisionId } });
    const channel = createSendgridChannel(
      SendgridConfig.parse({ ...config, baseUrl: 'https://api.eu.sendgrid.com/' }),
    );
    expect(await channel.reconcile(promptOf(), never)).toBe('present');
  });
});
