import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

const executablePath = '/usr/bin/chromium';

/** Whether this machine has the browser; tests that look at pages are skipped where it has none. */
export const hasBrowser = existsSync(executablePath);

/** Opens a page of this size, CSS pixels, for each test of the `describe` that calls it, and hands both to `onOpened`. */
export function useBrowser(
  viewport: { readonly width: number; readonly height: number },
  onOpened: (page: Page, browser: Browser) => void,
): void {
  let browser: Browser | undefined;
  let page: Page | undefined;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  }, 60_000);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    if (browser === undefined) {
      throw new Error('the browser did not start');
    }
    page = await browser.newPage({ viewport });
    onOpened(page, browser);
  });
  afterEach(() => page?.close());
}
