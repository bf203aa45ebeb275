import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { Who } from '../support/jetway.ts';

export const ANA: Who = { subject: 'ana@example.com', teams: ['payments'], roles: ['requester'] };
export const BO: Who = { subject: 'bo@example.com', teams: ['payments'], roles: ['approver'] };
export const ALL_ROLES: Who = {
  subject: 'ops@example.com',
  teams: ['payments'],
  roles: ['operator', 'auditor', 'requester', 'approver', 'admin'],
};

/** SCREENSHOTS=<folder> keeps a picture of every page that a test has been on. */
const pictures = process.env.SCREENSHOTS;

export async function picture(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

const LEAVES_WITHIN_MS = 5_000;

/** Done with it. Chromium at times never says that a context is closed; it goes with the browser then. */
export async function leave(context: BrowserContext): Promise<void> {
  const closed = context.close();
  closed.catch(() => {});
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, LEAVES_WITHIN_MS))]);
}

/** A page whose complaints are kept: errors of scripts, of the content policy, of what could not be loaded. */
export type Watched = { page: Page; complaints: string[] };

export async function openIn(context: BrowserContext): Promise<Watched> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('requestfailed', (request) => {
    // What a page still waits for ends with it: streams always, and news that it asks for.
    const words = request.failure()?.errorText;
    if (words !== 'net::ERR_ABORTED') complaints.push(`${request.url()} failed: ${words}`);
  });
  return { page, complaints };
}

/** Somebody who is signed in at that address, on no page yet. */
export async function enter(
  browser: Browser,
  url: string,
  who: Who,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  await context.request.post(new URL('/dev/sessions', url).href, { data: who });
  return openIn(context);
}
