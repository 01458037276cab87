import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createIntercomChannel, IntercomConfig } from '../../../destinations/intercom/index.ts';
import { promptOf } from '../prompt-fixture.ts';
import { type IntercomUnderTest, startIntercom, token } from './channel-under-test.ts';

const never = new AbortController().signal;
const prompt = promptOf();
let under: IntercomUnderTest;

beforeEach(async () => {
  under = await startIntercom();
});

afterEach(() => under.sandbox.close());

function callsMade(): string[] {
  return under.calls.map(({ method, path, status }) => `${method} ${path} ${status}`);
}

async function contactId(externalId: string): Promise<string> {
  const answer = await under.ask('GET', `/contacts/find_by_external_id/${externalId}`);
  const body: unknown = await answer.json();
  return typeof body === 'object' && body !== null && 'id' in body ? String(body.id) : '';
}

describe('the contact', () => {
  it('is created with what is known of the person when Intercom has none', async () => {
    expect(await under.channel.deliver(prompt, never)).toEqual({
      kind: 'accepted',
      vendorId: 'u_lena/upsell-offer-ready/1793966400',
    });
    expect(callsMade()).toEqual([
      'GET /contacts/find_by_external_id/u_lena 404',
      'POST /contacts 200',
      'POST /events 202',
    ]);
    expect(under.calls[1]?.requestBody).toEqual({
      role: 'user',
      external_id: 'u_lena',
      email: 'lena@example.com',
      name: 'Lena Ortiz',
    });
  });

  it('is looked up once, then remembered', async () => {
    await under.channel.deliver(prompt, never);
    under.calls.length = 0;
    await under.channel.deliver(
      promptOf({ decisionId: '07-next', decidedMs: 1_794_000_000_000 }),
      never,
    );
    expect(callsMade()).toEqual(['POST /events 202']);
  });

  it('is found under a user id that needs encoding and is longer than 100 characters', async () => {
    const userId = `org/7 ?#%é@${'x'.repeat(200)}`;
    expect(await under.channel.deliver(promptOf({ userId }), never)).toMatchObject({
      kind: 'accepted',
    });
    expect(under.sandbox.prompts()[0]?.externalId).toBe(userId);
    expect(await under.channel.reconcile(promptOf({ userId }), never)).toBe('present');
  });

  it('is addressed by the id of the contact it was merged into', async () => {
    await under.ask('POST', '/contacts', { external_id: 'u_new' });
    const id = await contactId('u_new');
    under.sandbox.script('find_contact', [
      { status: 410, headers: { link: `</contacts/${id}>; rel="canonical"` } },
    ]);
    expect(await under.channel.deliver(prompt, never)).toMatchObject({ kind: 'accepted' });
    expect(under.sandbox.prompts()[0]?.externalId).toBe('u_new');
    expect(await under.channel.reconcile(prompt, never)).toBe('present');
  });

  it('that another worker makes meanwhile is taken from the conflict', async () => {
    await under.ask('POST', '/contacts', { external_id: 'u_lena', email: 'lena@example.com' });
    under.sandbox.script('find_contact', [{ status: 404 }]);
    expect(await under.channel.deliver(prompt, never)).toMatchObject({ kind: 'accepted' });
    expect(under.sandbox.prompts()[0]?.externalId).toBe('u_lena');
  });

  it('is searched for when the conflict names no contact', async () => {
    await under.ask('POST', '/contacts', { external_id: 'u_lena' });
    under.sandbox.script('find_contact', [{ status: 404 }]);
    under.sandbox.script('create_contact', [{ status: 409 }, { status: 409 }]);
    expect(await under.channel.deliver(prompt, never)).toMatchObject({ kind: 'accepted' });
    expect(callsMade()).toContain('POST /contacts/search 200');
  });

  it('of somebody else with the same e-mail address never gets the prompt', async () => {
    await under.ask('POST', '/contacts', { external_id: 'u_boss', email: 'lena@example.com' });
    expect(await under.channel.deliver(prompt, never)).toMatchObject({ kind: 'accepted' });
    expect(under.sandbox.prompts().map(({ externalId }) => externalId)).toEqual(['u_lena']);
  });

  it('is made without an e-mail address that Intercom does not take', async () => {
    const broken = promptOf({ contact: { email: 'not an address', name: undefined } });
    expect(await under.channel.deliver(broken, never)).toMatchObject({ kind: 'accepted' });
  });

  it('that was deleted since is made again, and the event keeps its second', async () => {
    await under.channel.deliver(
      promptOf({ decisionId: '07-before', decidedMs: 1_793_000_000_000 }),
      never,
    );
    under.sandbox.script('create_event', [{ status: 404 }]);
    under.sandbox.script('find_contact', [{ status: 404 }]);
    under.calls.length = 0;
    expect(await under.channel.deliver(prompt, never)).toMatchObject({ kind: 'accepted' });
    expect(callsMade()).toEqual([
      'POST /events 404',
      'GET /contacts/find_by_external_id/u_lena 404',
      'POST /contacts 409',
      'POST /contacts 409',
      'POST /events 202',
    ]);
    const seconds = under.calls
      .filter(({ path }) => path === '/events')
      .map(({ requestBody }) => requestBody);
    expect(seconds).toHaveLength(2);
    expect(seconds[0]).toMatchObject({ created_at: 1_793_966_400 });
    expect(seconds[1]).toMatchObject({ created_at: 1_793_966_400 });
  });

  it('that takes no events yet makes the prompt wait, because a new contact needs a moment', async () => {
    under.sandbox.script('create_event', [{ status: 404 }, { status: 404 }]);
    expect(await under.channel.deliver(prompt, never)).toEqual({
      kind: 'unavailable',
      retryAfterMs: 15_000,
      scope: 'prompt',
    });
    expect(await under.channel.deliver(prompt, never)).toMatchObject({ kind: 'accepted' });
  });

  it.each(['find_contact', 'create_contact'] as const)(
    'calls that fail at %s leave the prompt unsent and unavailable',
    async (call) => {
      for (const answer of [{ status: 500 }, { status: 503 }, { status: 408 }, 'reset'] as const) {
        under.sandbox.script(call, [answer]);
        expect(await under.channel.deliver(prompt, never)).toEqual({
          kind: 'unavailable',
          retryAfterMs: undefined,
          scope: 'prompt',
        });
      }
      expect(under.sandbox.requestsOf(prompt.decisionId)).toBe(0);
    },
  );
});

describe('reconcile', () => {
  it('finds the event behind many newer ones, page by page', async () => {
    await under.channel.deliver(prompt, never);
    for (let n = 1; n <= 120; n += 1) {
      await under.ask('POST', '/events', {
        user_id: 'u_lena',
        event_name: 'opened',
        created_at: 1_793_966_400 + n,
      });
    }
    expect(await under.channel.reconcile(prompt, never)).toBe('present');
    expect(callsMade().filter((call) => call.startsWith('GET /events'))).toHaveLength(3);
    expect(await under.channel.reconcile(promptOf({ surface: 'education-tip-ready' }), never)).toBe(
      'absent',
    );
  });

  it('does not take another decision of the same second for this one', async () => {
    await under.channel.deliver(prompt, never);
    expect(await under.channel.reconcile(promptOf({ decisionId: '07-another' }), never)).toBe(
      'absent',
    );
  });

  it.each([401, 404, 429, 500])('says unavailable when the list answers %i', async (status) => {
    await under.channel.deliver(prompt, never);
    under.sandbox.script('list_events', [{ status }]);
    expect(await under.channel.reconcile(prompt, never)).toBe('unavailable');
  });

  it('says absent for a person Intercom does not know, and creates nobody', async () => {
    expect(await under.channel.reconcile(prompt, never)).toBe('absent');
    expect(callsMade()).toEqual(['GET /contacts/find_by_external_id/u_lena 404']);
  });

  it('says unavailable when the list has another shape', async () => {
    await under.channel.deliver(prompt, never);
    under.sandbox.script('list_events', [
      { status: 200, body: { events: [{ name: 'opened', count: 3 }] } },
    ]);
    expect(await under.channel.reconcile(prompt, never)).toBe('unavailable');
  });
});

describe('an address that is not Intercom', () => {
  it('makes prompts wait and names INTERCOM_BASE_URL to the operator', async () => {
    const troubles: string[] = [];
    const channel = createIntercomChannel(
      IntercomConfig.parse({ accessToken: token, baseUrl: `${under.sandbox.url}/elsewhere` }),
      { onTrouble: (sentence) => troubles.push(sentence) },
    );
    expect(await channel.deliver(prompt, never)).toMatchObject({
      kind: 'unavailable',
      scope: 'channel',
    });
    expect(troubles.join()).toContain('INTERCOM_BASE_URL');
  });

  it('that answers with a web page is not taken for a contact', async () => {
    under.sandbox.script('find_contact', [{ status: 200, body: '<h1>Welcome</h1>' }]);
    expect(await under.channel.deliver(prompt, never)).toMatchObject({
      kind: 'unavailable',
      scope: 'channel',
    });
    expect(under.troubles.join()).toContain('INTERCOM_BASE_URL');
  });

  it('that answers 200 to an event leaves it unknown', async () => {
    under.sandbox.script('create_event', [{ status: 200, body: { ok: true } }]);
    expect(await under.channel.deliver(prompt, never)).toEqual({ kind: 'unknown' });
  });
});
