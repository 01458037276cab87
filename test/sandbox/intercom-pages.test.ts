import type { Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type IntercomSandbox, startIntercomSandbox } from '../../src/sandbox/intercom.ts';
import { hasBrowser, useBrowser } from '../use-browser.ts';

const nasty = "\"><script>document.title='owned'</script><b>";
let sandbox: IntercomSandbox;

async function ask(path: string, body: unknown): Promise<void> {
  await fetch(`${sandbox.url}${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer abc', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function prompt(
  externalId: string,
  metadata: Readonly<Record<string, string>>,
  createdAt = 1_793_966_400,
): Promise<void> {
  await ask('/contacts', {
    external_id: externalId,
    name: externalId === 'u_lena' ? 'Lena Ortiz' : undefined,
  });
  await ask('/events', {
    user_id: externalId,
    event_name: 'upsell-offer-ready',
    created_at: createdAt,
    metadata,
  });
}

const words = {
  headline: 'You have used 10 of 10 reports',
  body: 'Pro gives Acme 100 reports a month.',
  cta_label: 'See Pro',
  cta_url: 'https://app.example.com/upgrade?plan=pro&from=hub',
};

beforeEach(async () => {
  sandbox = await startIntercomSandbox({
    host: '127.0.0.1',
    port: 0,
    dataDir: undefined,
    log: { info: () => {} },
  });
});

afterEach(() => sandbox.close());

describe('the pages as text', () => {
  it('say on every page that this is a stand-in, and load nothing from elsewhere', async () => {
    await prompt('u_lena', words);
    for (const path of ['/', '/users/u_lena', '/users/nobody']) {
      const answer = await fetch(`${sandbox.url}${path}`);
      expect(await answer.text()).toContain('This is a stand-in for Intercom.');
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
  });

  it('answer 404 with one sentence for a person and a page they do not know', async () => {
    const nobody = await fetch(`${sandbox.url}/users/nobody`);
    expect([
      nobody.status,
      (await nobody.text()).includes('This sandbox knows no such person'),
    ]).toEqual([404, true]);
    const nowhere = await fetch(`${sandbox.url}/nowhere`, { headers: { accept: 'text/html' } });
    expect([
      nowhere.status,
      (await nowhere.text()).includes('has no page at this address'),
    ]).toEqual([404, true]);
  });

  it('show no e-mail address', async () => {
    await ask('/contacts', { external_id: 'u_lena', email: 'lena@example.com' });
    for (const path of ['/', '/users/u_lena']) {
      expect(await (await fetch(`${sandbox.url}${path}`)).text()).not.toContain('lena@example.com');
    }
  });

  it('escape whatever comes with a prompt', async () => {
    await prompt(nasty, {
      headline: nasty,
      body: nasty,
      cta_label: nasty,
      cta_url: `https://example.com/${nasty}`,
      [nasty]: nasty,
    });
    for (const path of ['/', `/users/${encodeURIComponent(nasty)}`]) {
      const text = await (await fetch(`${sandbox.url}${path}`)).text();
      expect(text).toContain('&lt;script&gt;');
      expect(text).not.toContain('<script>document');
    }
  });
});

describe.skipIf(!hasBrowser)('the pages in a browser (skipped where there is no chromium)', () => {
  let page: Page;

  useBrowser({ width: 380, height: 760 }, (opened) => {
    page = opened;
  });

  it('lead from the list to the prompt as the person sees it, with one button to the offer', async () => {
    await prompt('u_lena', words);
    await page.goto(sandbox.url);
    await page.getByRole('link', { name: /Lena Ortiz 1 prompt/u }).click();
    const frame = page.getByRole('region', { name: 'Your product, as Lena Ortiz sees it' });
    expect(await frame.getByRole('heading', { name: words.headline }).isVisible()).toBe(true);
    expect(await frame.getByText(words.body).isVisible()).toBe(true);
    expect(await frame.getByRole('link').count()).toBe(1);
    expect(await frame.getByRole('link', { name: 'See Pro' }).getAttribute('href')).toBe(
      words.cta_url,
    );
  }, 30_000);

  it('never make a link of an address that a browser must not follow', async () => {
    await prompt('u_lena', {
      ...words,
      cta_url: 'javascript:alert(1)',
      not_now_url: 'data:text/html,x',
    });
    await page.goto(`${sandbox.url}/users/u_lena`);
    const frame = page.getByRole('region');
    expect(await frame.getByText('See Pro').isVisible()).toBe(true);
    expect(await frame.getByRole('link').count()).toBe(0);
  }, 30_000);

  it('show a prompt that comes while one looks, and keep open what one opened', async () => {
    await prompt('u_lena', words);
    await page.goto(`${sandbox.url}/users/u_lena`);
    await page.locator('summary').click();
    await page.waitForResponse(`${sandbox.url}/users/u_lena`);
    await page.waitForResponse(`${sandbox.url}/users/u_lena`);
    expect(await page.locator('details[open]').count()).toBe(1);
    await prompt('u_lena', { ...words, headline: 'A newer one' }, 1_793_966_500);
    await page.getByRole('region').getByRole('heading', { name: 'A newer one' }).waitFor();
  }, 30_000);

  it('have a button for each thing that the person may do, which comes back to the same page', async () => {
    await prompt('u_lena', words);
    await page.goto(`${sandbox.url}/users/u_lena`);
    await page.getByRole('button', { name: 'Sees the prompt' }).click();
    await page.getByText('What Intercom told the hub').click();
    expect(await page.getByRole('cell', { name: /knows no hub/u }).isVisible()).toBe(true);
    expect(new URL(page.url()).pathname).toBe('/users/u_lena');
    expect(sandbox.webhooks().map(({ topic }) => topic)).toEqual(['content_stat.banner']);
  }, 30_000);

  it('show a message as one, and no banner that was taken away', async () => {
    await prompt('u_lena', words);
    await page.goto(`${sandbox.url}/users/u_lena`);
    const frame = page.getByRole('region');
    await frame.getByRole('heading', { name: words.headline }).waitFor();
    const found: unknown = await (
      await fetch(`${sandbox.url}/contacts/find_by_external_id/u_lena`, {
        headers: { authorization: 'Bearer abc' },
      })
    ).json();
    const id = typeof found === 'object' && found !== null && 'id' in found ? found.id : '';
    const listed = await fetch(`${sandbox.url}/contacts/${String(id)}/banners`, {
      headers: { authorization: 'Bearer abc' },
    });
    const view = /"view_id":"(\d+)"/u.exec(await listed.text())?.[1];
    await ask(`/contacts/${String(id)}/banners/${view}/dismiss`, {});
    await frame.getByRole('heading', { name: words.headline }).waitFor({ state: 'detached' });
    await ask('/messages', {
      message_type: 'inapp',
      body: '<p>Hello Lena</p><p><a href="https://hub.example.com/go/x">See Pro</a></p>',
      from: { type: 'admin', id: 814_860 },
      to: { type: 'user', id },
    });
    await frame.getByText('Hello Lena').waitFor();
    expect(await frame.getByRole('link', { name: 'See Pro' }).getAttribute('href')).toBe(
      'https://hub.example.com/go/x',
    );
  }, 30_000);

  it('fit a phone without scrolling sideways, whatever the words', async () => {
    await prompt('u_lena', {
      ...words,
      headline: 'Averylongword'.repeat(20),
      cta_label: 'Anotherlongword'.repeat(8),
    });
    for (const path of ['/', '/users/u_lena']) {
      await page.goto(`${sandbox.url}${path}`);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(380);
    }
  }, 30_000);
});
