import type { Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SendgridSandbox, startSendgridSandbox } from '../../src/sandbox/sendgrid.ts';
import { hasBrowser, useBrowser } from '../use-browser.ts';

const nasty = "\"><script>document.title='owned'</script><b>";
let sandbox: SendgridSandbox;

async function send(subject: string, html: string, text = 'Plain words'): Promise<string> {
  const answer = await fetch(`${sandbox.url}/v3/mail/send`, {
    method: 'POST',
    headers: { authorization: 'Bearer SG.abc', 'content-type': 'application/json' },
    body: JSON.stringify({
      from: { email: 'growth@mail.example.com', name: 'Acme' },
      subject,
      personalizations: [
        { to: [{ email: 'lena@example.com' }], custom_args: { decision_id: 'd_1' } },
      ],
      content: [
        { type: 'text/plain', value: text },
        { type: 'text/html', value: html },
      ],
    }),
  });
  return answer.headers.get('x-message-id') ?? '';
}

beforeEach(async () => {
  sandbox = await startSendgridSandbox({
    host: '127.0.0.1',
    port: 0,
    dataDir: undefined,
    webhookUrl: () => undefined,
    log: { info: () => {} },
  });
});

afterEach(() => sandbox.close());

const textOf = async (path: string): Promise<string> =>
  (await fetch(`${sandbox.url}${path}`)).text();

describe('the pages as text', () => {
  it('say on every page that this is a stand-in, and load nothing from elsewhere', async () => {
    const id = await send('Hello', '<p>Hello</p>');
    for (const path of ['/', `/emails/${id}`, '/emails/unknown']) {
      const answer = await fetch(`${sandbox.url}${path}`);
      expect(await answer.text()).toContain('This is a stand-in for SendGrid.');
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
  });

  it('show no whole e-mail address', async () => {
    const id = await send('Hello', '<p>Hello</p>');
    for (const path of ['/', `/emails/${id}`]) {
      expect(await textOf(path)).not.toContain('lena@example.com');
      expect(await textOf(path)).toContain('l…@example.com');
    }
  });

  it('escape whatever comes with an e-mail', async () => {
    const id = await send(nasty, `<p>x</p>${nasty}`, nasty);
    for (const path of ['/', `/emails/${id}`]) {
      const text = await textOf(path);
      expect(text).toContain('&lt;script&gt;');
      expect(text).not.toContain('<script>document');
    }
  });

  it('press a button only for a known e-mail and reaction, and never for another site', async () => {
    const id = await send('Hello', '<p>Hello</p>');
    const press = async (path: string, event: string, site = 'same-origin'): Promise<number> => {
      const answer = await fetch(`${sandbox.url}${path}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'sec-fetch-site': site },
        body: new URLSearchParams({ event }),
      });
      return answer.status;
    };
    expect(await press(`/emails/${id}/events`, 'bounce')).toBe(303);
    expect(await press(`/emails/${id}/events`, 'constructor')).toBe(400);
    expect(await press(`/emails/${id}/events`, 'bounce', 'cross-site')).toBe(400);
    expect(await press('/emails/unknown/events', 'bounce')).toBe(404);
    expect((await textOf(`/emails/${id}`)).match(/<th scope="row">bounce<\/th>/gu)).toHaveLength(1);
  });
});

describe.skipIf(!hasBrowser)('the pages in a browser (skipped where there is no chromium)', () => {
  let page: Page;

  useBrowser({ width: 380, height: 760 }, (opened) => {
    page = opened;
  });

  it('lead from the list to the e-mail in both forms, as the person sees it', async () => {
    await send('You tried Salesforce', '<h1>It is one click away</h1>', 'One click away');
    await page.goto(sandbox.url);
    await page.getByRole('link', { name: /l…@example\.com/u }).click();
    const mail = page.frameLocator('iframe');
    expect(await mail.getByRole('heading', { name: 'It is one click away' }).isVisible()).toBe(
      true,
    );
    expect(await page.getByText('One click away', { exact: true }).isVisible()).toBe(true);
  }, 30_000);

  it('run nothing that comes in an e-mail', async () => {
    const id = await send(
      'Hello',
      "<p>Shown</p><script>parent.document.title='owned';document.body.innerHTML='owned'</script>",
    );
    await page.goto(`${sandbox.url}/emails/${id}`);
    expect(await page.frameLocator('iframe').getByText('Shown').isVisible()).toBe(true);
    expect(await page.title()).toBe('Hello');
  }, 30_000);

  it('report with a button, and show what was reported', async () => {
    const id = await send('Hello', '<p>Hello</p>');
    await page.goto(`${sandbox.url}/emails/${id}`);
    await page.getByRole('button', { name: 'Reports spam' }).click();
    await page.getByRole('row', { name: /spamreport/u }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/emails/${id}`);
  }, 30_000);

  it('fit a phone without scrolling sideways, whatever the words', async () => {
    const long = 'Averylongword'.repeat(30);
    const id = await send(long, `<p>${long}</p>`, long);
    for (const path of ['/', `/emails/${id}`]) {
      await page.goto(`${sandbox.url}${path}`);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(380);
    }
  }, 30_000);
});
