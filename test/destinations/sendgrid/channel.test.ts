import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { promptOf } from '../prompt-fixture.ts';
import { apiKey, type SendgridUnderTest, startSendgrid } from './channel-under-test.ts';

const never = new AbortController().signal;
const prompt = promptOf({ channel: 'sendgrid' });
let under: SendgridUnderTest;
let nowMs: number;

beforeEach(async () => {
  nowMs = prompt.decidedMs + 1000;
  under = await startSendgrid({ unsubscribeGroup: 1234 }, { nowMs: () => nowMs });
});

afterEach(() => under.sandbox.close());

describe('one prompt', () => {
  it('is one e-mail with both forms, ids only beside it, and the vendor id of SendGrid', async () => {
    const delivery = await under.channel.deliver(prompt, never);
    const [email, ...more] = under.sandbox.emails();
    expect(more).toEqual([]);
    expect(delivery).toEqual({ kind: 'accepted', vendorId: email?.messageId });
    expect(email).toMatchObject({
      from: { email: 'growth@mail.example.com', name: 'Acme' },
      to: { email: 'lena@example.com', name: 'Lena Ortiz' },
      subject: 'You have used 10 of 10 reports',
      customArgs: { decision_id: prompt.decisionId, offer_id: 'pro_plan' },
      categories: ['motisig', 'offer:pro_plan'],
      unsubscribeGroup: 1234,
      headers: {
        'List-Unsubscribe': `<${prompt.links.unsubscribe}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      },
    });
    for (const form of [email?.text, email?.html]) {
      for (const link of Object.values(prompt.links)) {
        expect(form).toContain(link);
      }
      expect(form).not.toContain(prompt.words['cta_url']);
    }
  });

  it('keeps personal data out of what SendGrid stores as not personal', async () => {
    await under.channel.deliver(prompt, never);
    const { customArgs, categories } = under.sandbox.emails()[0] ?? {};
    expect(JSON.stringify([customArgs, categories])).not.toMatch(/lena|acme|@/iu);
  });

  it('takes its subject from the copy, on one line', async () => {
    const words = { ...prompt.words, subject: 'Yesterday you tried\r\nto connect  Salesforce' };
    await under.channel.deliver(promptOf({ words }), never);
    expect(under.sandbox.emails()[0]?.subject).toBe('Yesterday you tried to connect Salesforce');
  });

  it('without an address is refused before SendGrid is asked', async () => {
    const contact = { email: undefined, name: 'Lena' };
    expect(await under.channel.deliver(promptOf({ contact }), never)).toEqual({
      kind: 'refused',
      reason: 'unknown_recipient',
    });
    expect(await under.channel.reconcile(promptOf({ contact }), never)).toBe('absent');
    expect(under.sandbox.requestsOf(prompt.decisionId)).toBe(0);
  });

  it('with words missing is refused, and the operator is told which', async () => {
    const words = { headline: 'Hello', body: ' ' };
    expect(await under.channel.deliver(promptOf({ words }), never)).toEqual({
      kind: 'refused',
      reason: 'invalid_prompt',
    });
    expect(under.troubles).toEqual([
      "An e-mail of offer pro_plan has no body and no cta_label and is not sent; give the offer's copy these parts in the playbook.",
    ]);
    expect(under.sandbox.requestsOf(prompt.decisionId)).toBe(0);
  });
});

describe('settings', () => {
  it('in sandbox mode SendGrid checks the message and delivers none', async () => {
    const other = await startSendgrid({ sandboxMode: true });
    expect(await other.channel.deliver(prompt, never)).toEqual({
      kind: 'accepted',
      vendorId: prompt.decisionId,
    });
    expect(other.sandbox.requestsOf(prompt.decisionId)).toBe(1);
    expect(other.sandbox.emails()).toEqual([]);
    await other.sandbox.close();
  });

  it('an address for unsubscribing by e-mail comes second in List-Unsubscribe', async () => {
    const other = await startSendgrid({ unsubscribeMailto: 'unsub@example.com' });
    await other.channel.deliver(prompt, never);
    expect(other.sandbox.emails()[0]?.headers['List-Unsubscribe']).toBe(
      `<${prompt.links.unsubscribe}>, <mailto:unsub@example.com?subject=unsubscribe>`,
    );
    expect(other.sandbox.emails()[0]?.unsubscribeGroup).toBeUndefined();
    await other.sandbox.close();
  });
});

describe('an answer', () => {
  it('429 with the end of the window makes the whole channel wait until then', async () => {
    const reset = String(Math.floor(nowMs / 1000) + 9);
    under.sandbox.script('send_mail', [{ status: 429, headers: { 'x-ratelimit-reset': reset } }]);
    const delivery = await under.channel.deliver(prompt, never);
    expect(delivery).toEqual({
      kind: 'unavailable',
      retryAfterMs: Number(reset) * 1000 - nowMs,
      scope: 'channel',
    });
  });

  it.each([301, 302, 307])('%i is not followed: key and address stay here', async (status) => {
    under.sandbox.script('send_mail', [
      { status, headers: { location: `${under.sandbox.url}/v3/mail/send` } },
    ]);
    expect(await under.channel.deliver(prompt, never)).toMatchObject({ kind: 'unavailable' });
    expect(under.sandbox.requestsOf(prompt.decisionId)).toBe(1);
    expect(under.troubles).toHaveLength(1);
  });

  it('a page of somebody else is no acceptance', async () => {
    under.sandbox.script('send_mail', [{ status: 200, body: '<h1>Welcome to the hotel</h1>' }]);
    expect(await under.channel.deliver(prompt, never)).toEqual({ kind: 'unknown' });
    expect(under.troubles[0]).toContain("is not SendGrid's API");
  });

  it('413 is refused for ever', async () => {
    under.sandbox.script('send_mail', [{ status: 413 }]);
    expect(await under.channel.deliver(prompt, never)).toMatchObject({ kind: 'refused' });
  });

  it('leaves no key, address or word of the e-mail in a result or message, however deep one looks', async () => {
    const said: unknown[] = [];
    for (const play of [
      {
        status: 400,
        body: { errors: [{ field: 'lena@example.com', message: 'lena@example.com' }] },
      },
      { status: 401, body: { errors: [{ field: apiKey, message: apiKey }] } },
      { status: 500, body: `<p>${apiKey}</p>` },
      'reset',
      'done_then_reset',
    ] as const) {
      under.sandbox.script('send_mail', [play]);
      said.push(await under.channel.deliver(prompt, never));
    }
    await under.sandbox.close();
    said.push(await under.channel.deliver(prompt, never), under.troubles);
    const text = inspect(said, { depth: 20, showHidden: true });
    for (const secret of [apiKey, 'lena@example.com', 'Lena Ortiz', prompt.words['body'] ?? '']) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('reconcile', () => {
  /** So many looks as a delivery job makes them, 5 s apart. */
  async function looks(count: number): Promise<string[]> {
    const said: string[] = [];
    for (let n = 0; n < count; n += 1) {
      said.push(await under.channel.reconcile(prompt, never));
      nowMs += 5000;
    }
    return said;
  }

  it('finds a message among others to the same address', async () => {
    await under.channel.deliver(promptOf({ decisionId: '07-first' }), never);
    await under.channel.deliver(prompt, never);
    await under.channel.deliver(promptOf({ decisionId: '07-last' }), never);
    expect(await under.channel.reconcile(prompt, never)).toBe('present');
    expect(await under.channel.reconcile(promptOf({ decisionId: '07-none' }), never)).toBe(
      'unavailable',
    );
  });

  it('believes that a message is missing only after it was missed for five minutes', async () => {
    const said = await looks(61);
    expect(new Set(said.slice(0, -1))).toEqual(new Set(['unavailable']));
    expect(said.at(-1)).toBe('absent');
  });

  it('waits anew when the message was asked for again meanwhile', async () => {
    await looks(61);
    under.sandbox.script('send_mail', ['reset']);
    await under.channel.deliver(prompt, never);
    expect(new Set(await looks(60))).toEqual(new Set(['unavailable']));
  });

  it('waits anew when another worker may have asked between two looks', async () => {
    await looks(60);
    // The other worker looks after 5 s, asks and gets no answer; 5 s later the job is back here.
    nowMs += 5000;
    expect(await under.channel.reconcile(prompt, never)).toBe('unavailable');
  });

  it('believes it at once when the prompt expired so long ago that nobody can have asked since', async () => {
    nowMs = prompt.expiresMs + 299_999;
    expect(await under.channel.reconcile(promptOf({ decisionId: '07-a' }), never)).toBe(
      'unavailable',
    );
    nowMs = prompt.expiresMs + 300_000;
    expect(await under.channel.reconcile(promptOf({ decisionId: '07-b' }), never)).toBe('absent');
  });

  it('does not believe it when there are more messages than it looks into', async () => {
    for (let n = 0; n < 20; n += 1) {
      await under.channel.deliver(promptOf({ decisionId: `07-${n}` }), never);
    }
    nowMs = prompt.expiresMs + 400_000;
    expect(await under.channel.reconcile(prompt, never)).toBe('unavailable');
  });

  it('does not believe it when a message cannot be looked into, or does not say whose it is', async () => {
    await under.channel.deliver(promptOf({ decisionId: '07-other' }), never);
    nowMs = prompt.expiresMs + 400_000;
    under.sandbox.script('get_message', [
      { status: 500 },
      { status: 200, body: { sg_message_id: 'x' } },
    ]);
    expect(await under.channel.reconcile(prompt, never)).toBe('unavailable');
    expect(await under.channel.reconcile(prompt, never)).toBe('unavailable');
    expect(await under.channel.reconcile(prompt, never)).toBe('absent');
  });

  it('finds a message to an address with an apostrophe', async () => {
    const contact = { email: "o'hara@example.com", name: undefined };
    await under.channel.deliver(promptOf({ contact }), never);
    expect(await under.channel.reconcile(promptOf({ contact }), never)).toBe('present');
  });

  it.each([401, 403, 429, 500])('waits at a %i of the logs', async (status) => {
    under.sandbox.script('list_messages', [{ status }]);
    expect(await under.channel.reconcile(prompt, never)).toBe('unavailable');
  });
});
