import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, openBrowser } from '../support/chromium.ts';
import { openGate } from '../support/gate.ts';
import { requestBody, startService, type TestService } from '../support/jetway.ts';
import { barriersOn } from './hands.ts';
import { ALL_ROLES, ANA, enter as enterAt, leave, picture } from './stage.ts';

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

const enter = (...[who, options]: [Parameters<typeof enterAt>[2], Parameters<typeof enterAt>[3]?]) =>
  enterAt(browser, jetway.url, who, options);
const at = (path: string) => new URL(path, jetway.url).href;

async function activeAccount(): Promise<string> {
  const more = { guardrails: ['AWS-GR_RESTRICTED_SSH'], blueprint: { name: 'standard' } };
  const { id } = await jetway.order(requestBody('shown', more));
  return (await jetway.reachesActive(id)).accountId!;
}

describe.skipIf(!chromiumPath)('the service goes away', () => {
  it('is said on the page, and in place of one; when it is back, the page has missed nothing', async () => {
    const gate = await openGate(jetway.url);
    const { page } = await enterAt(browser, gate.url, ALL_ROLES);
    await page.goto(`${gate.url}/`);
    await page.evaluate('navigator.serviceWorker.ready.then(() => true)');
    const bubble = page.locator('#offline');
    expect(await bubble.isVisible()).toBe(false);

    await gate.shut();
    await expect.poll(() => bubble.textContent()).toContain('The connection broke');
    await picture(page, 'state-broken');
    const body = requestBody('meanwhile');
    await jetway.submit(body);
    await gate.open();
    await expect
      .poll(() => page.locator('#live').textContent(), { timeout: 10_000 })
      .toContain(body.account.name);
    await expect.poll(() => bubble.isVisible()).toBe(false);

    await gate.shut();
    await page.getByRole('link', { name: 'Accounts', exact: true }).click();
    await expect.poll(() => page.locator('h1').textContent()).toBe('No connection');
    expect(await barriersOn(page)).toEqual([]);
    await picture(page, 'state-offline');
    await gate.open();
    await page.getByRole('link', { name: 'Try again' }).click();
    await expect.poll(() => page.locator('h1').textContent()).toBe('Accounts');
    await leave(page.context());
    await gate.shut();
  });

  it('is slow: a line and, in time, words', async () => {
    const gate = await openGate(jetway.url);
    const { page } = await enterAt(browser, gate.url, ALL_ROLES);
    // A page that is being left answers no questions: it writes down what it showed.
    await page.addInitScript(() => {
      const seen = globalThis as unknown as { document: Page; sessionStorage: Record<string, string> };
      const { document, sessionStorage } = seen;
      const look = () => {
        if (document.querySelector('html.slow main[aria-busy=true]')) sessionStorage.busy = 'yes';
        const words = document.querySelector('#offline:not([hidden])')?.textContent;
        if (words) sessionStorage.words = words;
      };
      setInterval(look, 50);
      type Page = { querySelector(selector: string): { textContent: string } | null };
    });
    await page.goto(`${gate.url}/requests`);
    gate.slow(5_800);
    await page.getByRole('link', { name: 'Accounts', exact: true }).click();
    await page.waitForURL('**/accounts', { timeout: 20_000 });
    expect(await page.evaluate('({ ...sessionStorage })')).toMatchObject({
      busy: 'yes',
      words: 'Still waiting for the service. Nothing is lost.',
    });
    expect(await page.locator('html.slow').count()).toBe(0);
    gate.slow(0);
    await leave(page.context());
    await gate.shut();
  });
});

describe.skipIf(!chromiumPath)('without JavaScript', () => {
  it('somebody signs in and comes to the page that they wanted', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(at('/requests?status=open'));
    expect(new URL(page.url()).pathname).toBe('/sign-in');
    await page.locator('[name=roles]').fill('king');
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect(await page.locator('#f-roles-error').count()).toBe(1);
    await page.locator('[name=roles]').fill('requester');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(at('/requests?status=open'));
    expect(await page.locator('h1').textContent()).toBe('Requests');
    await leave(context);
  });
});

describe.skipIf(!chromiumPath)('the mirror hub', () => {
  it('says how copies come to be shown, then shows what a sink has told, without JavaScript', async () => {
    const { page } = await enter(ALL_ROLES, { javaScriptEnabled: false });
    await page.goto(at('/'));
    await page.getByRole('link', { name: 'Mirror hub', exact: true }).click();
    await page.waitForURL(at('/mirror-hub'));
    expect(await page.locator('.empty').textContent()).toContain('jetway mirror listen --tell');
    await picture(page, 'state-mirror-hub-empty');
    const packet = { family: 'IPv4', protocol: 6, sourceIp: '10.0.0.9', destinationIp: '192.0.2.7' };
    const copy = { from: '10.0.0.9', vni: 7, packet: { ...packet, length: 1_500, copied: 128 } };
    await jetway.as('operator').post('/v1/traffic-mirroring/samples', { items: [copy] });
    await page.reload();
    expect(await page.locator('tbody tr', { hasText: '192.0.2.7' }).textContent()).toMatch(
      /^7[\s\S]*192\.0\.2\.7[\s\S]*TCP128 of 1,500/,
    );
    await leave(page.context());
  });
});

describe.skipIf(!chromiumPath)('the page of an account', () => {
  it('leads to a change and to an exception, each with its plan, and prints as a dossier', async () => {
    const accountId = await activeAccount();
    const { page, complaints } = await enter(ANA);
    await page.goto(at(`/accounts/${accountId}`));
    await page.emulateMedia({ media: 'print' });
    await picture(page, 'state-dossier');
    for (const hidden of ['.bar', '.actions', 'form.filters'])
      expect(await page.locator(hidden).first().isVisible(), hidden).toBe(false);
    for (const shown of ['Who, why, when', 'Compliance', 'Network', 'Access', 'Components', 'History'])
      expect(await page.getByRole('heading', { name: shown, exact: true }).isVisible(), shown).toBe(true);
    const wide = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
    expect(wide).toBeLessThanOrEqual(0);
    await page.emulateMedia({ media: 'screen' });

    await page.getByRole('link', { name: 'Change the account' }).click();
    await page.waitForURL('**/change');
    await page.locator('[name=reason]').fill('Volumes hold card data');
    await page.locator('[value="AWS-GR_ENCRYPTED_VOLUMES"]').check();
    await expect
      .poll(() => page.locator('#plan').textContent())
      .toContain('jetway-aws-gr-encrypted-volumes: added');
    await picture(page, 'form-change-plan');
    await page.getByRole('button', { name: 'Send the request' }).click();
    await page.waitForURL('**/requests/req-*');
    await page.getByRole('link', { name: 'The whole plan' }).click();
    await expect.poll(() => page.locator('h1').textContent()).toContain('Plan of');

    await page.goto(at(`/accounts/${accountId}/exception?control=AWS-GR_RESTRICTED_SSH`));
    await page.locator('[name=reason]').fill('The old bastion stays until May');
    await page
      .locator('[name=expires]')
      .fill(new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10));
    await page.locator('[name=expires]').press('Tab');
    await expect.poll(() => page.locator('#plan').count()).toBe(1);
    await picture(page, 'form-exception-plan');
    await page.getByRole('button', { name: 'Send the request' }).click();
    await page.waitForURL('**/requests/req-*');
    expect(complaints).toEqual([]);
    await leave(page.context());
  });
});

describe.skipIf(!chromiumPath)('somebody new', () => {
  it('finds what is empty, and what is not for them, said in words', async () => {
    const { page } = await enter({ subject: 'new@example.com', teams: [], roles: [] });
    for (const [path, words] of [
      ['/', /in no team yet[\s\S]*Nothing is under way/],
      ['/accounts', /No accounts? (fits|yet)/],
      ['/requests', /No requests yet/],
      ['/compliance', /No account has guardrails here/],
      ['/ledger', /needs the role/],
      ['/approvals', /needs the role approver/],
      ['/accounts/999999999999', /nothing at this address, or you may not see it/],
      ['/accounts?cursor=made-up', /./],
    ] as const) {
      await page.goto(at(path));
      expect(await page.locator('main').textContent(), path).toMatch(words);
      await picture(page, `state-new${path.replace(/\W+/g, '-')}`);
    }
    await leave(page.context());
  });
});
