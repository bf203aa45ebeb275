import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, openBrowser } from '../support/chromium.ts';
import { openGate } from '../support/gate.ts';
import { requestBody, startService, type TestService, unique, until } from '../support/jetway.ts';
import { barriersOn, byKeyboard, byMouse, type Hand } from './hands.ts';
import { ALL_ROLES, ANA, enter as enterAt, leave, picture } from './stage.ts';

let jetway: TestService;
let browser: Browser;
let accountId: string;

beforeAll(async () => {
  if (!chromiumPath) return;
  [jetway, browser] = await Promise.all([startService(), openBrowser()]);
  const more = { guardrails: ['AWS-GR_RESTRICTED_SSH'], blueprint: { name: 'standard' } };
  const { id } = await jetway.order(requestBody('shown', more));
  accountId = (await jetway.reachesActive(id)).accountId!;
});
afterAll(async () => {
  await browser?.close();
  await jetway?.close();
});

const at = (path: string) => new URL(path, jetway.url).href;
const dayAfter = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** One kind of person: what they use their hands for, and whether their browser runs scripts. */
type Way = { by: 'mouse' | 'keyboard'; javaScript: boolean };
const WAYS: readonly Way[] = (['mouse', 'keyboard'] as const).flatMap((by) =>
  [true, false].map((javaScript) => ({ by, javaScript })),
);

type Scene = { page: Page; hand: Hand; javaScript: boolean; complaints: string[] };

async function sit({ by, javaScript }: Way, path: string, who = ALL_ROLES): Promise<Scene> {
  const { page, complaints } = await enterAt(browser, jetway.url, who, { javaScriptEnabled: javaScript });
  await page.goto(at(path));
  return { page, complaints, javaScript, hand: (by === 'mouse' ? byMouse : byKeyboard)(page) };
}

const focused = (page: Page) => page.locator(':focus').getAttribute('id');

/** Sends the form as it is; it comes back, and what is wrong has the focus and leads to the field. */
async function isRefused(
  { page, hand, javaScript }: Scene,
  link: string,
  field: string,
  words: RegExp,
  button = 'Send the request',
): Promise<void> {
  await hand.press('button', button);
  await page.locator('#errors').waitFor();
  expect(await focused(page)).toBe('errors');
  expect(await page.locator('#errors').textContent()).toMatch(words);
  // What looks for barriers is a script itself.
  if (javaScript) expect(await barriersOn(page)).toEqual([]);
  await hand.press('#errors a', link);
  expect(await focused(page)).toBe(field);
}

/** By itself where there is JavaScript. */
async function seesThePlan({ page, hand, javaScript }: Scene, words: RegExp): Promise<void> {
  if (!javaScript) await hand.press('button', 'Show the plan');
  await expect.poll(() => page.locator('#preview').textContent()).toMatch(words);
  expect(await page.locator('#plan').count()).toBe(1);
  expect(await page.locator('#errors').count()).toBe(0);
}

/** Browsers write down the status of an answer that is no success. */
const unexpected = ({ complaints }: Scene) => complaints.filter((line) => !/status of 422/.test(line));

/** It is a request then. Ended, so that the next one may ask for the same. */
async function isSent(scene: Scene, words: RegExp): Promise<void> {
  const { page, hand } = scene;
  await hand.press('button', 'Send the request');
  await page.waitForURL('**/requests/req-*');
  expect(await page.locator('main').textContent()).toMatch(words);
  const [id] = /req-[\w-]+$/.exec(new URL(page.url()).pathname) ?? [];
  await jetway.reaches(id!, 'AWAITING_APPROVAL');
  await hand.press('button', 'Cancel the request');
  await jetway.reaches(id!, 'CANCELLED');
  expect(unexpected(scene)).toEqual([]);
  await leave(page.context());
}

describe.skipIf(!chromiumPath).each(WAYS)('by $by, JavaScript: $javaScript', (way) => {
  it('an account is changed: what is missing is said, the plan is seen, the request is sent', async () => {
    const scene = await sit(way, `/accounts/${accountId}/change`, ANA);
    const { page, hand } = scene;
    await isRefused(scene, 'Why', 'f-reason', /Not complete yet\s*Why: Is needed/);
    await hand.fill('reason', 'Volumes hold card data');
    await hand.press('summary', 'Budget');
    await hand.fill('budget.monthlyLimitUsd', 'much');
    await isRefused(scene, 'Budget: Monthly limit USD', 'f-budget-monthlyLimitUsd', /Budget: /);
    await hand.fill('budget.monthlyLimitUsd', '250');
    await hand.tick('guardrail', 'AWS-GR_ENCRYPTED_VOLUMES');
    await seesThePlan(scene, /jetway-aws-gr-encrypted-volumes: added/);
    expect(await page.locator('#plan').textContent()).toContain('budget');
    // What is not touched stays as it was.
    expect(await page.locator('[value="AWS-GR_RESTRICTED_SSH"]').isChecked()).toBe(true);
    await picture(page, `form-change-${way.by}`);
    await isSent(scene, /Volumes hold card data/);
  });

  it('an account is not changed where nothing differs', async () => {
    const scene = await sit(way, `/accounts/${accountId}/change`, ANA);
    await scene.hand.fill('reason', 'Just because');
    await scene.hand.press('button', 'Send the request');
    await scene.page.locator('#errors').waitFor();
    expect(await focused(scene.page)).toBe('errors');
    expect(await scene.page.locator('#errors').textContent()).toMatch(/cannot be asked for/);
    expect(await scene.page.locator('[name=reason]').inputValue()).toBe('Just because');
    await leave(scene.page.context());
  });

  it('an exception is asked for: a day gone by is refused, the plan is seen, the request is sent', async () => {
    const scene = await sit(way, `/accounts/${accountId}/exception`, ANA);
    const { page, hand } = scene;
    await isRefused(scene, 'Control', 'f-control', /Control: [\s\S]*Why: [\s\S]*Until: /);
    const option = page.locator('[name=control] option[value=AWS-GR_RESTRICTED_SSH]');
    await hand.choose('control', (await option.textContent()) ?? '');
    await hand.fill('reason', 'The old bastion stays until May');
    await hand.day('expires', '2020-01-31');
    await isRefused(scene, 'Until', 'f-expires', /Until: /);
    await hand.day('expires', dayAfter(20));
    await seesThePlan(scene, /It covers no violation of now/);
    await picture(page, `form-exception-${way.by}`);
    await isSent(scene, /The old bastion stays until May/);
  });

  it('an exception ends early: it is asked once more, and why', async () => {
    const asked = await jetway.as('ana').post(`/v1/accounts/${accountId}/exceptions`, {
      ...{ control: 'AWS-GR_RESTRICTED_SSH', reason: 'The old bastion stays until May' },
      expiresAt: `${dayAfter(20)}T00:00:00Z`,
    });
    await jetway.decide(asked.body, 'approve');
    await jetway.reaches(asked.body.id, 'ACTIVE');
    const scene = await sit(way, `/accounts/${accountId}`, ANA);
    const { page, hand } = scene;
    const row = page.locator('#exceptions tr', { hasText: 'End it early' });
    await hand.press('a', 'End it early', row);
    await page.waitForURL('**/end');
    await isRefused(scene, 'Why', 'f-reason', /Why: Is needed/, 'End the exception');
    await picture(page, `form-exception-end-${way.by}`);
    await hand.fill('reason', 'The bastion is gone');
    await hand.press('button', 'End the exception');
    await page.waitForURL('**/accounts/*#exceptions');
    expect(await page.locator('#exceptions').textContent()).toContain('The bastion is gone');
    expect(await row.count()).toBe(0);
    await jetway.reaches(asked.body.id, 'CLOSED');
    expect(unexpected(scene)).toEqual([]);
    await leave(page.context());
  });

  it('a unit is changed: nothing chosen is refused, the plan is seen, the request is sent', async () => {
    const scene = await sit(way, '/units/ou-ab12-workloads/change');
    const { page, hand } = scene;
    await isRefused(scene, 'Why', 'f-reason', /Why: /);
    await hand.fill('reason', 'The audit asks for it');
    const first = page.locator('[name=enable]').first();
    const control = await first.getAttribute('value');
    await hand.tick('enable', control ?? '');
    await seesThePlan(scene, /Enable: [\s\S]*account is affected/);
    await picture(page, `form-unit-${way.by}`);
    await isSent(scene, /The audit asks for it/);
  });
});

describe.skipIf(!chromiumPath)('a form that is looked at while it is filled in', () => {
  it('keeps the focus, and what was written while the answer was on its way', async () => {
    const gate = await openGate(jetway.url);
    const { page } = await enterAt(browser, gate.url, ANA);
    await page.goto(`${gate.url}/accounts/${accountId}/exception`);
    await page.locator('[name=control]').selectOption('AWS-GR_RESTRICTED_SSH');
    gate.slow(800);
    await page.locator('[name=expires]').fill('2020-01-31');
    await page.locator('[name=reason]').click();
    const answer = page.waitForResponse((one) => one.request().method() === 'POST');
    await page.keyboard.type('The bastion');
    await answer;
    await page.locator('#errors').waitFor();
    await page.keyboard.type(' stays');
    expect(await focused(page)).toBe('f-reason');
    expect(await page.locator('[name=reason]').inputValue()).toBe('The bastion stays');
    gate.slow(0);
    await leave(page.context());
    await gate.shut();
  });

  it('leaves open what somebody has opened', async () => {
    const { page } = await enterAt(browser, jetway.url, ANA);
    await page.goto(at(`/accounts/${accountId}/change`));
    const group = page.locator('details', { hasText: 'Elective' });
    await group.locator('summary').click();
    await page.locator('[name=reason]').fill('Volumes hold card data');
    await page.locator('[value="AWS-GR_ENCRYPTED_VOLUMES"]').check();
    await until('the plan is there', async () => (await page.locator('#plan').count()) === 1);
    expect(await group.getAttribute('open')).not.toBeNull();
    await leave(page.context());
  });

  it('leaves no trace of itself: nothing is asked for until it is sent', async () => {
    const reason = unique('never');
    const { page } = await enterAt(browser, jetway.url, ANA);
    await page.goto(at(`/accounts/${accountId}/change`));
    await page.locator('[name=reason]').fill(reason);
    await page.locator('[value="AWS-GR_ENCRYPTED_VOLUMES"]').check();
    await until('the plan is there', async () => (await page.locator('#plan').count()) === 1);
    const { body } = await jetway.as('operator').get('/v1/account-requests?limit=50');
    expect(JSON.stringify(body)).not.toContain(reason);
    await leave(page.context());
  });
});
