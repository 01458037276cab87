import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { renderEmail } from '../../../destinations/sendgrid/layout.ts';
import type { EmailWords } from '../../../destinations/sendgrid/map.ts';
import { hasBrowser, useBrowser } from '../../use-browser.ts';

const words: EmailWords = {
  subject: 'Yesterday you tried to connect Salesforce',
  headline: 'Salesforce is one click away',
  moment: 'Yesterday at 16:40 you tried to connect Salesforce.',
  body: 'It comes with Pro.\n\nPro costs 49 dollars a month.',
  ctaLabel: 'See Pro',
};
const links = {
  go: 'https://hub.example.com/go/07-a.b.c?x=1&y=2',
  dismiss: 'https://hub.example.com/dismiss/07-a.b.c',
  unsubscribe: 'https://hub.example.com/unsubscribe/07-a.b.c',
};
const nasty = "\"><script>document.title='owned'</script>{{x}}<%y%>&amp;";

describe('the plain text', () => {
  it('says everything that the e-mail says, with the three links bare', async () => {
    expect((await renderEmail(words, links)).text).toBe(
      [
        'Salesforce is one click away',
        'Yesterday at 16:40 you tried to connect Salesforce.',
        'It comes with Pro.',
        'Pro costs 49 dollars a month.',
        `See Pro: ${links.go}`,
        '-- ',
        `Not now: ${links.dismiss}\nUnsubscribe: ${links.unsubscribe}\n`,
      ].join('\n\n'),
    );
  });
});

describe('the foot', () => {
  const address = 'Acme <GmbH>, Hauptstr. 1, 10827 Berlin';

  it('names the sender and its postal address in both forms, where the operator gave one', async () => {
    const { html, text } = await renderEmail(words, links, address);
    expect(text.trimEnd().endsWith(address)).toBe(true);
    expect(html).toContain('Acme &lt;GmbH&gt;, Hauptstr. 1, 10827 Berlin');
    const without = await renderEmail(words, links);
    expect(without.text.trimEnd().endsWith(links.unsubscribe)).toBe(true);
  });
});

describe('the HTML as text', () => {
  it('has a language, a title and a hidden preview, and tables that are layout only', async () => {
    const { html } = await renderEmail(words, links);
    expect(html).toMatch(/<html[^>]* lang="en"/u);
    expect(html).toContain(`<title>${words.subject}</title>`);
    expect(html).toMatch(/display:none[^>]*>Yesterday at 16:40/u);
    const tables = html.match(/<table[^>]*>/gu) ?? [];
    expect(tables.length).toBeGreaterThan(0);
    expect(tables.filter((table) => !table.includes('role="presentation"'))).toEqual([]);
  });

  it('loads nothing: no image, script, font or style from elsewhere', async () => {
    const { html } = await renderEmail(words, links);
    expect(html).not.toMatch(/<(?:img|script|link|iframe|form)\b|@import|url\(/iu);
    const addresses = new Set([...html.matchAll(/https?:\/\/([^/"]+)/gu)].map(([, host]) => host));
    expect(addresses).toEqual(new Set(['hub.example.com', 'www.w3.org']));
  });

  it('shows every value as text, whatever is in it', async () => {
    const all = { subject: nasty, headline: nasty, moment: nasty, body: nasty, ctaLabel: nasty };
    const { html } = await renderEmail(all, links);
    expect(html).not.toContain('<script>document');
    expect(html.split('&lt;script&gt;').length - 1).toBeGreaterThanOrEqual(5);
  });

  it('stays far below the 102 KB at which Gmail cuts an e-mail', async () => {
    const { html } = await renderEmail({ ...words, body: 'A sentence. '.repeat(90) }, links);
    expect(Buffer.byteLength(html)).toBeLessThan(20_000);
  });
});

/** Runs in the page: every visible piece of text with its contrast to what is behind it (WCAG 2.2, 1.4.3). */
const contrasts = `(() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const [R, G, B] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * R + 0.7152 * G + 0.0722 * B;
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    const isShown = node.checkVisibility({ opacityProperty: true }) && node.getClientRects().length > 0;
    if (!text || !isShown) continue;
    const [one, other] = [light(rgb(getComputedStyle(node).color)), light(behind(node))].sort((a, b) => b - a);
    found.push([text, (one + 0.05) / (other + 0.05)]);
  }
  return found;
})()`;

describe.skipIf(!hasBrowser)('the HTML in a browser (skipped where there is no chromium)', () => {
  let page: Page;

  useBrowser({ width: 320, height: 640 }, (opened) => {
    page = opened;
  });

  async function show(shown: EmailWords = words): Promise<void> {
    await page.setContent((await renderEmail(shown, links)).html);
  }

  it('is a main part with one heading, the sentences, and three links that can be seen and pressed', async () => {
    await show();
    const main = page.getByRole('main');
    expect(await main.getByRole('heading').count()).toBe(1);
    expect(await main.getByRole('heading', { level: 1, name: words.headline }).isVisible()).toBe(
      true,
    );
    for (const sentence of ['Yesterday at 16:40', 'It comes with Pro.', 'Pro costs 49 dollars']) {
      expect(await main.getByText(sentence).isVisible()).toBe(true);
    }
    for (const [name, href, height] of [
      ['See Pro', links.go, 44],
      ['Not now', links.dismiss, 14],
      ['Unsubscribe', links.unsubscribe, 14],
    ] as const) {
      const link = main.getByRole('link', { name, exact: true });
      expect(await link.getAttribute('href')).toBe(href);
      expect((await link.boundingBox())?.height).toBeGreaterThanOrEqual(height);
    }
    expect(await page.getByRole('table').count()).toBe(0);
  }, 30_000);

  it.each(['light', 'dark'] as const)(
    'has 4.5:1 contrast for every text in %s mode',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await show();
      const found = await page.evaluate<[string, number][]>(contrasts);
      expect(found.map(([text]) => text)).toEqual(
        expect.arrayContaining([words.headline, 'See Pro', 'Not now', 'Unsubscribe']),
      );
      expect(found.filter(([, contrast]) => contrast < 4.5)).toEqual([]);
      const shown = await page.evaluate(
        `[['h1', 'color'], ['.card', 'backgroundColor'], ['.page td', 'backgroundColor']]
            .map(([found, name]) => getComputedStyle(document.querySelector(found))[name])`,
      );
      expect(shown).toEqual(
        colorScheme === 'dark'
          ? ['rgb(236, 239, 244)', 'rgb(29, 33, 40)', 'rgb(20, 23, 28)']
          : ['rgb(27, 31, 39)', 'rgb(255, 255, 255)', 'rgb(244, 245, 247)'],
      );
    },
    30_000,
  );

  it('fits a phone of 320 px without scrolling sideways, whatever the words', async () => {
    const long = 'Averylongword'.repeat(20);
    for (const shown of [words, { ...words, headline: long, body: long, ctaLabel: long }]) {
      await show(shown);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
    }
  }, 30_000);

  it('runs nothing that comes with the words', async () => {
    await show({ ...words, subject: nasty, headline: nasty, body: nasty, ctaLabel: nasty });
    expect(await page.title()).toBe(nasty);
    expect(await page.getByRole('heading').textContent()).toBe(nasty);
  }, 30_000);
});
