import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, openBrowser } from '../support/chromium.ts';
import { requestBody, startService, type TestService, unique } from '../support/jetway.ts';
import { manyAccounts } from '../support/many-accounts.ts';
import { pagesOf, type Things, unlistedPages } from './every-page.ts';
import { barriersOn, byKeyboard, byMouse, fillForm } from './hands.ts';
import { ALL_ROLES, ANA, BO, enter as enterAt, leave, openIn, picture } from './stage.ts';

if (!chromiumPath) console.log('skipped: no Chromium');

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
  const opened = await openIn(await browser.newContext({ viewport: { width: 1100, height: 800 } }));
  await opened.page.goto(new URL(path, jetway.url).href);
  return opened;
}

const enter = (...[who, options]: [Parameters<typeof enterAt>[2], Parameters<typeof enterAt>[3]?]) =>
  enterAt(browser, jetway.url, who, options);

/** What a sink may tell: whole and cut, of either family, with ports and without. */
const COPIES = [
  { protocol: 6, sourcePort: 49_152, destinationPort: 443, length: 8_900, copied: 1_500 },
  { protocol: 1, length: 84, copied: 84 },
  { ...{ family: 'IPv6', sourceIp: '2001:db8:0:1:a:b:c:d', destinationIp: '2001:db8::2' }, protocol: 17 },
].map((one, vni) => ({
  ...{ from: '10.0.0.9', vni: 4_660 + vni },
  packet: {
    ...{ family: 'IPv4', sourceIp: '10.0.0.9', destinationIp: '192.0.2.7', length: 60, copied: 60 },
    ...one,
  },
}));

/** An organization with a thousand accounts, one that was vended, and one that is stuck. */
async function everyThing(): Promise<Things> {
  const more = { guardrails: ['AWS-GR_RESTRICTED_SSH'], blueprint: { name: 'standard' } };
  const vended = await jetway.order(requestBody('shown', more));
  const { accountId } = await jetway.reachesActive(vended.id);
  const { body: excepted } = await jetway.as('ana').post(`/v1/accounts/${accountId}/exceptions`, {
    ...{ control: 'AWS-GR_RESTRICTED_SSH', reason: 'The old bastion stays until May' },
    expiresAt: new Date(Date.now() + 20 * 86_400_000).toISOString(),
  });
  await jetway.decide(excepted, 'approve');
  await jetway.reaches(excepted.id, 'ACTIVE');
  const stuck = requestBody('stuck');
  jetway.aws.scenario({ accountName: stuck.account.name, outcome: 'fail-under-root' });
  const stopped = await jetway.order(stuck);
  await jetway.reaches(stopped.id, 'QUARANTINED');
  const open = await jetway.submit(requestBody('open'));
  await jetway.reaches(open.id, 'AWAITING_APPROVAL');
  await manyAccounts(jetway.database.orm, 1_000);
  await jetway.as('operator').post('/v1/traffic-mirroring/samples', { items: COPIES });
  return {
    accountId: accountId!,
    vended: vended.id,
    stuck: stopped.id,
    open: open.id,
    exceptionId: excepted.id,
  };
}

const isLight = (bytes: number) => bytes < 150_000;

/** Bytes of the page and of everything that it has loaded, as they came over the wire: nothing is compressed. */
const weightOf = (page: Page) =>
  page.evaluate<number>(
    `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .reduce((sum, one) => sum + one.encodedBodySize, 0)`,
  );

/** What the content policy would refuse. */
const inlineIn = (text: string): string[] =>
  text.match(/ style="[^"]*"|<style[^>]*>|<script>|<script [^>]*>[^<]+| on[a-z]+="[^"]*"/g) ?? [];

describe('the list of pages that are looked at', () => {
  it('has every page that there is', () => expect(unlistedPages()).toEqual([]));
});

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
    await leave(page.context());
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
    await leave(page.context());
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
    await leave(page.context());
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
    await page.locator('[name=subject]').fill('bo@example.com');
    await page.locator('[name=teams]').fill(body.team);
    await page.locator('[name=roles]').fill('approver');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(address);
    await expect.poll(() => page.locator('main').textContent()).toContain(body.account.email);
    await picture(page, 'decide');
    await page.setViewportSize({ width: 420, height: 800 });
    await picture(page, 'decide-narrow');
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.waitForURL(address);
    expect(await page.locator('main').textContent()).toContain('bo@example.com said yes');
    await picture(page, 'decided');
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await leave(context);
  });
});

describe.skipIf(!chromiumPath)('the dashboard', () => {
  it('asks who you are, then shows what is under way, on a narrow screen too', async () => {
    await jetway.submit(requestBody('waiting'));
    const { page, complaints } = await open('/');
    expect(new URL(page.url()).pathname).toBe('/sign-in');
    expect(await page.locator('main').count()).toBe(1);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(new URL('/', jetway.url).href);
    await expect.poll(() => page.locator('main').textContent()).toContain('waiting-');
    expect(complaints).toEqual([]);
    await leave(page.context());
  });

  it.each(['mouse', 'keyboard'] as const)(
    'leads from the request to the account as it was at an instant, by %s',
    async (by) => {
      const [asker, approver] = await Promise.all([enter(ANA), enter(BO)]);
      const name = unique(by);
      const hand = by === 'mouse' ? byMouse : byKeyboard;
      await asker.page.goto(new URL('/requests', jetway.url).href);
      await hand(asker.page).press('a', 'Ask for an account');
      await asker.page.waitForURL('**/requests/new');
      await fillForm(asker.page, name, hand(asker.page));
      // The plan appears while the form is filled in.
      await expect.poll(() => asker.page.locator('#plan').count()).toBe(1);
      await hand(asker.page).press('button', 'Send the request');
      await asker.page.waitForURL('**/requests/req-*');
      await expect.poll(() => asker.page.locator('#live').textContent()).toContain('An approver to decide');

      await approver.page.goto(new URL('/approvals', jetway.url).href);
      await hand(approver.page).press('a', 'Read and decide', approver.page.locator('tr', { hasText: name }));
      await approver.page.waitForURL('**/approvals/req-*');
      await hand(approver.page).press('button', 'Approve');
      await expect.poll(() => approver.page.locator('main').textContent()).toContain('said yes');

      // Nobody loads it again: it is told.
      await expect
        .poll(() => asker.page.locator('#live .status').first().textContent(), { timeout: 60_000 })
        .toBe('Active');
      await hand(asker.page).press('a.id', '');
      await asker.page.waitForURL('**/accounts/*');
      expect(await asker.page.locator('h1').textContent()).toBe(name);
      await hand(asker.page).instant('2020-01-01T10:00');
      await expect
        .poll(() => asker.page.locator('.asof').textContent())
        .toBe('As of 2020-01-01 10:00 UTC: no guardrails on this account.');
      expect(asker.page.url()).toContain('asOf=2020-01-01T10%3A00');
      expect([...asker.complaints, ...approver.complaints]).toEqual([]);
      await Promise.all([asker, approver].map(({ page }) => leave(page.context())));
    },
  );

  it('does all of it without JavaScript', async () => {
    const [asker, approver] = await Promise.all([
      enter(ANA, { javaScriptEnabled: false }),
      enter(BO, { javaScriptEnabled: false }),
    ]);
    const name = unique('plain');
    await asker.page.goto(new URL('/requests/new', jetway.url).href);
    await asker.page.getByRole('button', { name: 'Send the request' }).click();
    expect(await asker.page.locator('#f-name-error').textContent()).toBe('Is needed');
    await fillForm(asker.page, name, byMouse(asker.page));
    await asker.page.getByRole('button', { name: 'Show the plan' }).click();
    expect(await asker.page.locator('#plan').textContent()).toContain('one person');
    await asker.page.getByRole('button', { name: 'Send the request' }).click();
    await asker.page.waitForURL('**/requests/req-*');
    const [id] = /req-[\w-]+$/.exec(asker.page.url()) ?? [];
    await jetway.reaches(id!, 'AWAITING_APPROVAL');
    await approver.page.goto(asker.page.url());
    await approver.page.getByRole('button', { name: 'Approve' }).click();
    await approver.page.waitForURL('**/approvals/req-*');
    await jetway.reachesActive(id!);
    await asker.page.reload();
    await asker.page.locator('#live a.id').click();
    await asker.page.locator('input[name=asOf]').fill('2020-01-01T10:00');
    await asker.page.getByRole('button', { name: 'Show' }).click();
    expect(await asker.page.locator('.asof').textContent()).toContain('As of 2020-01-01');
    await Promise.all([asker, approver].map(({ page }) => leave(page.context())));
  });

  it('has no barrier on any page, in either theme, and nothing to scroll sideways for on a phone', async () => {
    const things = await everyThing();
    const { page, complaints } = await enter(ALL_ROLES);
    for (const [name, path] of pagesOf(things)) {
      const answer = await page.goto(new URL(path, jetway.url).href);
      expect({ name, inline: inlineIn(await answer!.text()) }).toEqual({ name, inline: [] });
      expect(answer!.headers()['content-security-policy'], name).not.toContain('unsafe');
      expect({ name, bytes: await weightOf(page) }).toEqual({ name, bytes: expect.toSatisfy(isLight) });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect({ name, colorScheme, barriers: await barriersOn(page) }).toEqual({
          ...{ name, colorScheme, barriers: [] },
        });
        await picture(page, `${name}-${colorScheme}`);
        await page.setViewportSize({ width: 390, height: 844 });
        const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
        expect({ name, overflow: Math.max(0, Number(overflow)) }).toEqual({ name, overflow: 0 });
        await picture(page, `${name}-${colorScheme}-phone`);
        await page.setViewportSize({ width: 1280, height: 900 });
      }
    }
    // Browsers write down the status of a page that is not there.
    expect(complaints.filter((words) => !/status of 404/.test(words))).toEqual([]);
    await leave(page.context());
  }, 240_000);
});

describe.skipIf(!chromiumPath)('the reference', () => {
  it('renders under the strict content policy, without a complaint', async () => {
    const { page, complaints } = await open('/docs');
    await expect.poll(() => page.locator('.opblock').count(), { timeout: 20_000 }).toBeGreaterThan(15);
    await picture(page, 'docs');
    expect(complaints).toEqual([]);
    const policy = (await fetch(new URL('/docs', jetway.url))).headers.get('content-security-policy');
    expect(policy).not.toMatch(/unsafe/);
    await leave(page.context());
  });

  it('explains every problem code', async () => {
    const { page, complaints } = await open('/docs/problems');
    expect(await page.locator('section').count()).toBeGreaterThan(10);
    await picture(page, 'problems');
    expect(complaints).toEqual([]);
    await leave(page.context());
  });
});
