import { existsSync } from 'node:fs';
import { chromium, type Page } from 'playwright-core';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** A test that needs Chromium; where there is none it is skipped and says why. */
export const inBrowser = (name: string, test: () => Promise<void>): void => {
  if (executablePath === undefined) it.skip(`${name} (skipped: there is no Chromium on this machine)`, test);
  else it(name, test);
};

/** What a page did besides what it shows. */
export interface Seen {
  /** Everything that it asked for, also from its own file. */
  readonly asked: readonly string[];
  /** Everything that the browser complained about. */
  readonly errors: readonly string[];
}

/** Opens an address in a browser of its own. */
export const onPage = async (url: string, work: (page: Page, seen: Seen) => Promise<void>): Promise<void> => {
  const browser = await chromium.launch({
    executablePath: executablePath ?? '',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const page = await browser.newPage();
    const [asked, errors]: [string[], string[]] = [[], []];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(url);
    await work(page, { asked, errors });
  } finally {
    await browser.close();
  }
};
