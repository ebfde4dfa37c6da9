import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** A real browser. @throws Error with what to install, when there is none */
export async function openBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) throw new Error(`there is no ${CHROMIUM}: apt-get install chromium`);
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

/** A page, and everything that is wrong with it: errors, breaches of its content policy, requests to other hosts, its canary. */
export interface WatchedPage {
  readonly page: Page;
  readonly wrong: string[];
}

export async function watchedPage(
  context: BrowserContext,
  url: string,
  isExpected: (line: string) => boolean = () => false,
): Promise<WatchedPage> {
  const page = await context.newPage();
  const wrong: string[] = [];
  const add = (line: string): void => {
    if (!isExpected(line)) wrong.push(`${line} (at ${page.url()})`);
  };
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) add(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => add(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    add(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`) && !request.url().startsWith('data:'))
      add(`request: ${request.url()}`);
  });
  await page.addInitScript({
    content: `document.addEventListener('securitypolicyviolation', (event) =>
      console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample));`,
  });
  return { page, wrong };
}
