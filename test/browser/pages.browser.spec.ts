import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, openBrowser } from '../support/chromium.ts';
import { requestBody, startService, type TestService } from '../support/jetway.ts';

if (!chromiumPath) console.log('skipped: no Chromium');

/** SCREENSHOTS=<folder> keeps a picture of every page that a test has been on. */
const pictures = process.env.SCREENSHOTS;

let jetway: TestService;
let browser: Browser;

beforeAll(async () => {
  if (!chromiumPath) return;
  [jetway, browser] = await Promise.all([startService(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await jetway?.close();
});

/** A page whose complaints are kept: errors of scripts, of the content policy, of what could not be loaded. */
async function open(path: string): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 800 } });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`));
  await page.goto(new URL(path, jetway.url).href);
  return { page, complaints };
}

async function picture(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

describe.skipIf(!chromiumPath)('the local chat', () => {
  it('approves by a click', async () => {
    const body = requestBody('chat', {
      guardrails: ['AWS-GR_RESTRICT_ROOT_USER'],
      access: [{ group: 'payments-admins', permissionSet: 'AdministratorAccess' }],
    });
    const asked = await jetway.submit(body);
    await jetway.message(asked.id);
    const { page, complaints } = await open('/dev/chat');
    const message = page.locator(`#msg-${asked.id}`);
    await expect.poll(() => message.textContent()).toContain(body.account.email);
    await picture(page, 'chat-open');
    await message.getByRole('button', { name: 'Approve' }).click();
    const question = message.getByRole('dialog');
    await expect.poll(() => question.textContent()).toContain(`the account ${body.account.name} for about`);
    await picture(page, 'chat-confirm');
    await question.getByRole('button', { name: 'Approve' }).click();
    await expect.poll(() => message.getByRole('status').textContent()).toMatch(/approve/i);
    await picture(page, 'chat-clicked');
    await jetway.reachesActive(asked.id);
    await page.reload();
    await expect.poll(() => message.textContent()).toContain('Approved. approver@example.com said yes');
    expect(await message.getByRole('button').count()).toBe(0);
    await picture(page, 'chat-settled');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('denies with a reason, which the person who asked reads', async () => {
    const asked = await jetway.submit(requestBody('chat'));
    await jetway.message(asked.id);
    const { page, complaints } = await open('/dev/chat');
    const message = page.locator(`#msg-${asked.id}`);
    await message.getByRole('button', { name: 'Deny' }).click();
    const modal = message.getByRole('dialog');
    // Without a reason it stays open.
    await modal.getByRole('button', { name: 'Deny' }).click();
    expect(await modal.isVisible()).toBe(true);
    await modal.getByRole('textbox').fill('The budget of this year is spent');
    await picture(page, 'chat-deny');
    await modal.getByRole('button', { name: 'Deny' }).click();
    const denied = await jetway.reaches(asked.id, 'DENIED');
    expect(denied.failure?.detail).toContain('The budget of this year is spent');
    await expect.poll(() => message.getByRole('status').textContent()).toBe('You chose to deny it.');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('says when somebody else was faster', async () => {
    const asked = await jetway.submit(requestBody('chat'));
    await jetway.message(asked.id);
    const { page } = await open('/dev/chat');
    await jetway.decide(asked, 'deny');
    const message = page.locator(`#msg-${asked.id}`);
    await message.getByRole('button', { name: 'Approve' }).click();
    await message.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await expect.poll(() => message.getByRole('status').textContent()).toContain('bo@example.com');
    await page.context().close();
  });
});

describe.skipIf(!chromiumPath)('the page where approvers decide', () => {
  it('asks who one is, comes back, and takes a yes without JavaScript', async () => {
    const body = requestBody('page');
    const asked = await jetway.submit(body);
    await jetway.reaches(asked.id, 'AWAITING_APPROVAL');
    const context = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 900, height: 800 },
    });
    const page = await context.newPage();
    const address = new URL(`/approvals/${asked.id}`, jetway.url).href;
    await page.goto(address);
    expect(new URL(page.url()).pathname).toBe('/sign-in');
    // The local sign-in is a script; what it does is one call.
    const who = { subject: 'bo@example.com', teams: [body.team], roles: ['approver'] };
    await context.request.post(new URL('/dev/sessions', jetway.url).href, { data: who });
    await page.goto(address);
    await expect.poll(() => page.locator('main').textContent()).toContain(body.account.email);
    await picture(page, 'decide');
    await page.setViewportSize({ width: 420, height: 800 });
    await picture(page, 'decide-narrow');
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.waitForURL(address);
    expect(await page.locator('main').textContent()).toContain('bo@example.com said yes');
    await picture(page, 'decided');
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await context.close();
  });
});

describe.skipIf(!chromiumPath)('the dashboard', () => {
  it('asks who you are, then shows your requests and accounts', async () => {
    const asked = await jetway.order(requestBody('shown', { guardrails: ['AWS-GR_RESTRICTED_SSH'] }));
    await jetway.reachesActive(asked.id);
    const stuck = requestBody('stuck');
    jetway.aws.scenario({ accountName: stuck.account.name, outcome: 'fail-under-root' });
    await jetway.reaches((await jetway.order(stuck)).id, 'QUARANTINED');
    await jetway.submit(requestBody('waiting'));

    const { page, complaints } = await open('/');
    expect(new URL(page.url()).pathname).toBe('/sign-in');
    expect(await page.locator('main').count()).toBe(1);
    await picture(page, 'sign-in');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(new URL('/', jetway.url).href);
    await expect.poll(() => page.locator('main').textContent()).toContain(stuck.account.name);
    const text = await page.locator('main').textContent();
    for (const word of ['Active', 'Quarantined', 'Awaiting approval', 'Workloads']) {
      expect(text).toContain(word);
    }
    await picture(page, 'home');
    // Nothing to scroll sideways for, on a narrow screen either.
    await page.setViewportSize({ width: 420, height: 800 });
    await picture(page, 'home-narrow');
    const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe.skipIf(!chromiumPath)('the reference', () => {
  it('renders under the strict content policy, without a complaint', async () => {
    const { page, complaints } = await open('/docs');
    await expect.poll(() => page.locator('.opblock').count(), { timeout: 20_000 }).toBeGreaterThan(15);
    await picture(page, 'docs');
    expect(complaints).toEqual([]);
    const policy = (await fetch(new URL('/docs', jetway.url))).headers.get('content-security-policy');
    expect(policy).not.toMatch(/unsafe/);
    await page.context().close();
  });

  it('explains every problem code', async () => {
    const { page, complaints } = await open('/docs/problems');
    expect(await page.locator('section').count()).toBeGreaterThan(10);
    await picture(page, 'problems');
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
