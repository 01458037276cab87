import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { RedisConnection } from '../../src/store/connection.ts';
import { useRedis } from '../use-redis.ts';
import { until } from '../until.ts';
import { type LinkedHub, startLinkedHub, words } from './linked-hub.ts';
import { hasBrowser, useBrowser } from '../use-browser.ts';

/** Where to put pictures of the pages, for whoever wants to look at them; none are made when it is not set. */
const pictures = process.env['LINK_PICTURES'];

describe.skipIf(!hasBrowser)(
  'the pages of links in a browser (skipped where there is no chromium)',
  () => {
    let redis: RedisConnection;
    let browser: Browser;
    let page: Page;
    let hub: LinkedHub;
    let url: string;

    useRedis((opened) => {
      redis = opened.redis;
    });
    useBrowser({ width: 320, height: 640 }, (opened, by) => {
      page = opened;
      browser = by;
    });

    const start = async (options: Parameters<typeof startLinkedHub>[1] = {}): Promise<void> => {
      hub = startLinkedHub(redis, options);
      url = await hub.app.listen({ host: '127.0.0.1', port: 0 });
    };

    afterEach(() => hub.app.close());

    const shoot = async (name: string): Promise<void> => {
      if (pictures !== undefined) {
        mkdirSync(pictures, { recursive: true });
        for (const width of [320, 1280]) {
          await page.setViewportSize({ width, height: 640 });
          await page.screenshot({ path: join(pictures, `${name}-${width}.png`), fullPage: true });
        }
        await page.setViewportSize({ width: 320, height: 640 });
      }
    };
    /** What an end user on a narrow screen must be able to do: see all of it, and hit every button with a thumb. */
    const expectUsable = async (): Promise<void> => {
      expect(
        await page.evaluate('document.documentElement.scrollWidth'),
        'the page scrolls sideways',
      ).toBe(320);
      for (const button of await page.getByRole('button').all()) {
        const box = await button.boundingBox();
        expect(box?.height).toBeGreaterThanOrEqual(44);
        expect((await button.textContent())?.trim()).not.toBe('');
      }
      expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
      expect(await page.getByRole('main').count()).toBe(1);
      expect(await page.locator('html').getAttribute('lang')).toBe('en');
    };
    /** The customer's billing page, which no test reaches. */
    const serveBilling = (on: Page): Promise<unknown> =>
      on.route('https://app.example.com/**', (route) =>
        route.fulfill({ contentType: 'text/html', body: '<h1>Billing</h1>' }),
      );
    const told = (): readonly string[] => hub.inbox.inputs.map(({ id }) => id);

    it('a person who opens /go is counted and stands at the billing page, without the token in its referrer', async () => {
      await start();
      const id = await hub.decide();
      const referrers: (string | undefined)[] = [];
      await page.route('https://app.example.com/**', (route) => {
        referrers.push(route.request().headers()['referer']);
        return route.fulfill({ contentType: 'text/html', body: '<h1>Billing</h1>' });
      });
      await page.goto(`${url}${hub.pathOf('go', id)}`);
      await page.waitForURL(/^https:\/\/app\.example\.com\/billing\?from=hub&motisig_plan=pro&/u);
      await until('the click to be told', () => told().length === 2);
      expect(told()).toEqual([`link.go.${id}.account`, `link.go.${id}.person`]);
      expect(referrers).toEqual([undefined]);
    }, 120_000);

    it('back from the billing page leads to where the person was, not into a loop', async () => {
      await start();
      await serveBilling(page);
      await page.goto('about:blank');
      await page.goto(`${url}${hub.pathOf('go', await hub.decide())}`);
      await page.waitForURL(/app\.example\.com/u);
      await page.goBack();
      expect(page.url()).toBe('about:blank');
    }, 120_000);

    it('a page in the background counts nothing and waits until it is looked at', async () => {
      await start();
      const id = await hub.decide();
      await serveBilling(page);
      await page.addInitScript({
        content: `let isHidden = true;
          Object.defineProperty(document, 'visibilityState', {
            get: () => (isHidden ? 'hidden' : 'visible'),
          });
          addEventListener('look-at-me', () => {
            isHidden = false;
            document.dispatchEvent(new Event('visibilitychange'));
          });`,
      });
      await page.goto(`${url}${hub.pathOf('go', id)}`);
      expect(await page.getByRole('link', { name: 'go on to the offer' }).isVisible()).toBe(true);
      await shoot('go');
      await expectUsable();
      expect([page.url().startsWith(url), told()]).toEqual([true, []]);
      await page.evaluate(`dispatchEvent(new Event('look-at-me'))`);
      await page.waitForURL(/app\.example\.com/u);
      await until('the click to be told', () => told().length === 2);
    }, 120_000);

    it('without script /go leads on all the same, and nobody is counted', async () => {
      await start();
      const context = await browser.newContext({ javaScriptEnabled: false });
      const plain = await context.newPage();
      await serveBilling(plain);
      await plain.goto(`${url}${hub.pathOf('go', await hub.decide())}`);
      await plain.waitForURL(/app\.example\.com/u);
      expect(told()).toEqual([]);
      await context.close();
    }, 120_000);

    it('an upgrade is bought by one button, and a reload of the result buys nothing more', async () => {
      let calls = 0;
      await start({
        upgrade: async () => {
          calls += 1;
          return calls === 1 ? 'failed' : 'done';
        },
      });
      await page.goto(`${url}${hub.pathOf('go', await hub.decide())}`);
      await until('the visit to be told', () => told().length === 2);
      expect(calls).toBe(0);
      await shoot('upgrade');
      await expectUsable();
      await page.getByRole('button', { name: 'Confirm: Pro plan for $99 a month' }).click();
      expect(await page.getByRole('alert').textContent()).toContain('Nothing was bought.');
      await shoot('upgrade-failed');
      await expectUsable();
      await page.getByRole('button', { name: /^Try again/u }).click();
      expect(await page.getByRole('heading').textContent()).toBe('Done, thank you');
      await shoot('upgrade-done');
      await page.reload();
      expect(await page.getByRole('heading').textContent()).toBe('Done, thank you');
      expect(calls).toBe(2);
    }, 120_000);

    it('a dismissal takes one press of the keyboard, and can be made stronger', async () => {
      await start();
      const id = await hub.decide();
      await page.goto(`${url}${hub.pathOf('dismiss', id)}`);
      expect(await page.getByText(words.headline).isVisible()).toBe(true);
      await shoot('dismiss');
      await expectUsable();
      expect(told()).toEqual([]);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Your choice is saved' }).waitFor();
      await shoot('dismissed');
      await expectUsable();
      await page.getByRole('button', { name: /^Never/u }).click();
      await page.getByText('You will not be shown this offer again.').waitFor();
      expect(told()).toEqual([
        `link.dismiss.${id}.cooldown.account`,
        `link.dismiss.${id}.cooldown.person`,
        `link.dismiss.${id}.never.account`,
        `link.dismiss.${id}.never.person`,
      ]);
    }, 120_000);

    it('an opt-out asks which and confirms it', async () => {
      await start();
      await page.goto(`${url}${hub.pathOf('unsubscribe', await hub.decide())}`);
      await shoot('unsubscribe');
      await expectUsable();
      await page.getByRole('button', { name: /^Stop e-mails only/u }).click();
      await page.getByText('You will get no more suggestions by e-mail.').waitFor();
      await shoot('unsubscribed');
      await expectUsable();
      await page.getByRole('button', { name: /^Stop all suggestions/u }).click();
      await page.getByText('neither by e-mail nor inside the product').waitFor();
      expect(hub.inbox.inputs).toHaveLength(4);
    }, 120_000);

    it('breaks none of its own rules: no page logs an error, and all that it loads is itself', async () => {
      await start({ upgrade: async () => 'done' });
      const id = await hub.decide();
      const errors: string[] = [];
      const loaded = new Set<string>();
      page.on('console', (message) => errors.push(message.text()));
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('request', (request) =>
        loaded.add(`${new URL(request.url()).origin} ${request.method()}`),
      );
      for (const path of [
        hub.pathOf('go', id),
        hub.pathOf('dismiss', id),
        hub.pathOf('unsubscribe', id),
      ]) {
        await page.goto(`${url}${path}`);
        await page.waitForLoadState('networkidle');
      }
      expect(errors).toEqual([]);
      expect([...loaded].toSorted()).toEqual([`${url} GET`, `${url} POST`]);
      await page.goto(`${url}/dismiss/not-a-token`);
      await shoot('forged');
      await expectUsable();
    }, 120_000);
  },
);
