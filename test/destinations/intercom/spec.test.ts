import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messagePrompt, promptOf } from '../prompt-fixture.ts';
import { type IntercomUnderTest, startIntercom } from './channel-under-test.ts';
import { openSpec } from './spec.ts';

const path = resolve(
  import.meta.dirname,
  '../../../../shared/vendors/specs/intercom-api-2.16.yaml',
);
const never = new AbortController().signal;

describe.skipIf(!existsSync(path))(
  "against Intercom's API description 2.16 (skipped where the shared vendor specs are not beside the project)",
  () => {
    let spec: ReturnType<typeof openSpec>;
    let under: IntercomUnderTest;

    beforeAll(async () => {
      spec = openSpec(path);
      under = await startIntercom();
    }, 120_000);

    afterAll(() => under.sandbox.close());

    function mistakes(): readonly string[] {
      return under.calls.flatMap((call) => spec.mistakesOf(call));
    }

    it('every request of the channel and every answer of the sandbox is as described', async () => {
      await under.ask('POST', '/contacts', { external_id: 'u_max', email: 'max@example.com' });
      await under.ask('GET', '/contacts/find_by_external_id/u_max');
      await under.channel.deliver(promptOf(), never);
      await under.channel.deliver(
        promptOf({ userId: 'u_ann', contact: { email: 'max@example.com', name: undefined } }),
        never,
      );
      under.sandbox.script('find_contact', [{ status: 404 }]);
      under.sandbox.script('create_contact', [{ status: 409 }]);
      await under.channel.deliver(
        promptOf({ userId: 'u_max', contact: { email: undefined, name: undefined } }),
        never,
      );
      for (let n = 0; n < 60; n += 1) {
        await under.ask('POST', '/events', {
          user_id: 'u_lena',
          event_name: 'opened',
          created_at: 1_793_970_000 + n,
        });
      }
      await under.channel.reconcile(promptOf(), never);
      const statuses = new Set(
        under.calls.map(
          (call) => `${call.method} ${call.path.split('/')[1]?.split('?')[0]} ${call.status}`,
        ),
      );
      expect([...statuses].sort()).toEqual([
        'GET contacts 200',
        'GET contacts 404',
        'GET events 200',
        'POST contacts 200',
        'POST contacts 409',
        'POST events 202',
      ]);
      expect(under.calls.some((call) => call.path === '/contacts/search')).toBe(true);
      expect(mistakes()).toEqual([]);
    });

    it('every refusal of the sandbox is an error list as described', async () => {
      under.calls.length = 0;
      const found = await under.ask('GET', '/contacts/find_by_external_id/u_lena');
      const contact: unknown = await found.json();
      const id =
        typeof contact === 'object' && contact !== null && 'id' in contact
          ? String(contact.id)
          : '';
      await under.ask('PUT', `/contacts/${id}`, {
        name: 'Lena O.',
        custom_attributes: { seats_used: 9 },
      });
      await under.ask('PUT', '/contacts/unknown', { name: 'Nobody' });
      await under.ask('POST', '/contacts', {});
      await under.ask('POST', '/contacts/search', {
        query: { field: 'external_id', operator: '~', value: 'u' },
      });
      await under.ask('POST', '/events', { event_name: 'opened' });
      await under.ask('POST', '/events', {
        event_name: 'opened',
        created_at: 1,
        user_id: 'nobody',
      });
      await under.ask('GET', '/events?type=user&user_id=nobody');
      await under.ask('GET', '/events?type=lead&user_id=u_lena');
      for (const status of [401, 403, 410, 429, 500, 503]) {
        under.sandbox.script('create_event', [{ status }]);
        await under.ask('POST', '/events', {
          event_name: 'opened',
          created_at: 1,
          user_id: 'u_lena',
        });
      }
      expect(under.calls.map(({ status }) => status)).toEqual([
        200, 200, 404, 400, 400, 422, 404, 404, 422, 401, 403, 410, 429, 500, 503,
      ]);
      expect(mistakes()).toEqual([]);
    });

    it('messages, banners, conversations and tickets go and come as described', async () => {
      under.calls.length = 0;
      const does = (act: string) =>
        fetch(`${under.sandbox.url}/users/u_lena/do`, {
          method: 'POST',
          redirect: 'manual',
          body: new URLSearchParams({ act }),
        });
      await under.channel.deliver(promptOf(messagePrompt), never);
      for (const act of ['reply', 'write_to_support', 'open_ticket', 'close_ticket']) {
        await does(act);
      }
      await under.channel.reconcile(promptOf(messagePrompt), never);
      await under.channel.takeAway(promptOf({ form: 'banner' }), never);
      await under.channel.takeAway(promptOf({ form: 'banner' }), never);
      const updated = { field: 'updated_at', operator: '>', value: 1_700_000_000 };
      for (const path of ['/conversations/search', '/tickets/search']) {
        await under.ask('POST', path, { query: updated, pagination: { per_page: 1 } });
        await under.ask('POST', path, { query: { field: 'updated_at', operator: '~' } });
      }
      await under.ask('POST', '/messages', { message_type: 'inapp' });
      await under.ask('GET', '/contacts/nobody/banners');
      await under.ask('POST', '/contacts/nobody/banners/1/dismiss', {});
      expect(
        under.calls.map(({ method, path, status }) => `${method} ${path.split('/')[1]} ${status}`),
      ).toEqual([
        'GET me 200',
        'POST messages 200',
        'POST conversations 200',
        'GET contacts 200',
        'POST contacts 200',
        'GET contacts 200',
        'POST conversations 200',
        'POST conversations 400',
        'POST tickets 200',
        'POST tickets 400',
        'POST messages 400',
        'GET contacts 404',
        'POST contacts 404',
      ]);
      expect(mistakes()).toEqual([]);
    });

    it('the judge sees a wrong request and a wrong answer', () => {
      const call = { method: 'POST', path: '/events', status: 202, responseBody: '' };
      const event = { event_name: 'opened', created_at: 1, user_id: 'u_lena' };
      expect(spec.mistakesOf({ ...call, requestBody: event })).toEqual([]);
      expect(spec.mistakesOf({ ...call, requestBody: { ...event, created_at: '1' } })).toHaveLength(
        1,
      );
      expect(
        spec.mistakesOf({ ...call, requestBody: { ...event, user_id: undefined } }),
      ).toHaveLength(1);
      expect(
        spec.mistakesOf({ ...call, requestBody: event, responseBody: { ok: true } }),
      ).toHaveLength(1);
      expect(spec.mistakesOf({ ...call, path: '/event', requestBody: event })).toHaveLength(1);
      expect(
        spec.mistakesOf({
          ...call,
          status: 401,
          requestBody: event,
          responseBody: { type: 'error.list' },
        }),
      ).toHaveLength(1);
    });
  },
);
