import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messagePrompt, promptOf } from '../prompt-fixture.ts';
import { type IntercomUnderTest, startIntercom } from './channel-under-test.ts';

const never = new AbortController().signal;
let under: IntercomUnderTest;

beforeEach(async () => {
  under = await startIntercom();
});

afterEach(() => under.sandbox.close());

/** The person presses a button of the sandbox. */
async function does(act: string): Promise<void> {
  const answer = await fetch(`${under.sandbox.url}/users/u_lena/do`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ act }),
  });
  expect(answer.status).toBe(303);
}

function callsTo(path: string): number {
  return under.calls.filter((call) => call.path === path).length;
}

describe('the form message', () => {
  const prompt = promptOf(messagePrompt);

  it('is one message and no event, and the teammate is asked for once', async () => {
    expect(await under.channel.deliver(prompt, never)).toMatchObject({ kind: 'accepted' });
    await under.channel.deliver(promptOf({ ...messagePrompt, userId: 'u_max' }), never);
    expect(under.sandbox.messages().map(({ externalId }) => externalId)).toEqual([
      'u_lena',
      'u_max',
    ]);
    expect([callsTo('/me'), callsTo('/events'), callsTo('/messages')]).toEqual([1, 0, 2]);
  });

  it('whose answer was lost is found once the person has answered it', async () => {
    under.sandbox.script('create_message', ['done_then_reset']);
    expect(await under.channel.deliver(prompt, never)).toEqual({ kind: 'unknown' });
    expect(await under.channel.reconcile(prompt, never)).toBe('unavailable');
    await does('reply');
    expect(await under.channel.reconcile(prompt, never)).toBe('present');
    expect(under.sandbox.requestsOf(prompt.decisionId)).toBe(1);
  });

  it('is not found in a conversation about something else', async () => {
    await under.channel.deliver(promptOf(), never);
    await does('write_to_support');
    expect(await under.channel.reconcile(prompt, never)).toBe('unavailable');
  });

  it('is surely absent where Intercom has no such person', async () => {
    expect(await under.channel.reconcile(prompt, never)).toBe('absent');
  });

  it('waits for a contact that was just made, and asks again because a 404 sent nothing', async () => {
    under.sandbox.script('create_message', [{ status: 404 }, { status: 404 }]);
    expect(await under.channel.deliver(prompt, never)).toEqual({
      kind: 'unavailable',
      retryAfterMs: 15_000,
      scope: 'prompt',
    });
    expect(await under.channel.deliver(prompt, never)).toMatchObject({ kind: 'accepted' });
    expect(under.sandbox.messages()).toHaveLength(1);
  });

  it('that the plan does not cover leaves the other forms going', async () => {
    under.sandbox.script('create_message', [{ status: 403 }]);
    expect(await under.channel.deliver(prompt, never)).toMatchObject({ scope: 'prompt' });
    expect(under.troubles.join()).toContain('api_plan_restricted');
    expect(await under.channel.deliver(promptOf(), never)).toMatchObject({ kind: 'accepted' });
  });

  it.each([{ status: 500 }, 'reset', { status: 200, body: { type: 'admin', id: 'me' } }] as const)(
    'sends nothing while it is not known whose token it is: %j',
    async (play) => {
      under.sandbox.script('find_admin', [play]);
      expect(await under.channel.deliver(prompt, never)).toMatchObject({ kind: 'unavailable' });
      expect(callsTo('/messages')).toBe(0);
    },
  );
});

describe('taking a banner away', () => {
  const prompt = promptOf({ form: 'banner' });

  it('removes the banner of the dismissed prompt and leaves the others', async () => {
    await under.channel.deliver(prompt, never);
    await under.ask('POST', '/events', {
      user_id: 'u_lena',
      event_name: 'release-note',
      created_at: 1_793_966_900,
      metadata: { headline: 'We have a new look' },
    });
    expect(await under.channel.takeAway(prompt, never)).toBe('taken_away');
    expect(await under.channel.takeAway(prompt, never)).toBe('not_there');
    const contact = under.calls.find(({ path }) => path.endsWith('/banners'));
    const left = await (await under.ask('GET', contact?.path ?? '')).json();
    expect(left).toMatchObject({ data: [{ title: 'We have a new look' }] });
  });

  it('says not_there for a person or a banner that Intercom does not have', async () => {
    expect(await under.channel.takeAway(prompt, never)).toBe('not_there');
    await under.channel.deliver(promptOf(), never);
    const another = promptOf({ ...messagePrompt, form: 'banner', words: { headline: 'Another' } });
    expect(await under.channel.takeAway(another, never)).toBe('not_there');
  });

  it.each([{ status: 429 }, { status: 500 }, 'reset'] as const)(
    'says unavailable, without a throw, when a call answers %j',
    async (play) => {
      await under.channel.deliver(prompt, never);
      for (const call of ['list_banners', 'dismiss_banner'] as const) {
        under.sandbox.script(call, [play]);
        expect(await under.channel.takeAway(prompt, never)).toBe('unavailable');
      }
      expect(await under.channel.takeAway(prompt, never)).toBe('taken_away');
    },
  );
});
