import axe from 'axe-core';
import type { Locator, Page } from 'playwright-core';

/** What a person does with a page, by one kind of hand. */
export type Hand = {
  /** A link or button by its words. @param within where there are several */
  press(selector: string, words: string, within?: Locator): Promise<void>;
  fill(field: string, text: string): Promise<void>;
  choose(field: string, label: string): Promise<void>;
  /** Ticks a box, or takes the tick off. */
  tick(field: string, value: string): Promise<void>;
  /** A field for a day, `2020-01-31`. */
  day(field: string, text: string): Promise<void>;
  /** The date picker, `2020-01-01T10:00`. */
  instant(text: string): Promise<void>;
};

export const byMouse = (page: Page): Hand => ({
  press: (selector, words, within = page.locator('main')) =>
    within.locator(selector, { hasText: words }).first().click(),
  fill: (field, text) => page.locator(`[name="${field}"]`).first().fill(text),
  async choose(field, label) {
    await page.locator(`[name="${field}"]`).selectOption({ label });
  },
  tick: (field, value) => box(page, field, value).click(),
  day: (field, text) => page.locator(`[name="${field}"]`).fill(text),
  async instant(text) {
    await page.locator('[name=asOf]').fill(text);
    await page.getByRole('button', { name: 'Show', exact: true }).click();
  },
});

const box = (page: Page, field: string, value: string): Locator =>
  page.locator(`[name="${field}"][value="${value}"]`);

const MOST_TABS = 250;
const LONGEST_MS = 20_000;

/** Tab until the element has the focus: what cannot be reached so is not found. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  const began = performance.now();
  for (let i = 0; i < MOST_TABS && performance.now() - began < LONGEST_MS; i++) {
    if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  const reached = await page.evaluate('document.activeElement?.outerHTML.slice(0, 200)');
  throw new Error(`it cannot be reached by keyboard; the focus is on ${reached}`);
}

/** Keys only: no call here places the focus or clicks. */
export const byKeyboard = (page: Page): Hand => ({
  async press(selector, words, within = page.locator('main')) {
    await tabTo(page, within.locator(selector, { hasText: words }).first());
    await page.keyboard.press('Enter');
  },
  async fill(field, text) {
    await tabTo(page, page.locator(`[name="${field}"]`).first());
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type(text);
  },
  async choose(field, label) {
    await tabTo(page, page.locator(`[name="${field}"]`));
    // Whole words: several begin alike.
    await page.keyboard.type(label);
  },
  async tick(field, value) {
    await tabTo(page, box(page, field, value));
    await page.keyboard.press('Space');
  },
  async day(field, text) {
    const [year = '', month = '', day = ''] = text.split('-');
    await tabTo(page, page.locator(`[name="${field}"]`));
    await page.keyboard.type(`${month}${day}${year}`);
  },
  async instant(text) {
    const [, year = '', month = '', day = '', hour = '', minute = ''] =
      /^(\d+)-(\d+)-(\d+)T(\d+):(\d+)$/.exec(text) ?? [];
    await tabTo(page, page.locator('[name=asOf]'));
    await page.keyboard.type(`${month}${day}${year}`);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.type(`${hour}${minute}AM`);
    await page.keyboard.press('Enter');
  },
});

/** The form for an account, in the order of its fields. */
export async function fillForm(page: Page, name: string, hand: Hand): Promise<void> {
  await hand.fill('name', name);
  await hand.fill('email', `aws+${name}@example.com`);
  await hand.choose('ou', 'Workloads');
  await hand.fill('justification', 'PCI workload, go-live in March');
  await hand.fill('ownerFirstName', 'Ana');
  await hand.fill('ownerLastName', 'Lopez');
  await hand.fill('ownerEmail', 'ana@example.com');
  await hand.choose('blueprint', await optionLike(page, 'andbox'));
}

const optionLike = async (page: Page, part: string): Promise<string> =>
  (await page.locator('[name=blueprint] option', { hasText: part }).first().textContent())?.trim() ?? '';

/** What axe finds wrong by all of its rules: the rule and the first element. */
export async function barriersOn(page: Page): Promise<string[]> {
  await page.evaluate(`window.axe || (() => {${axe.source}})()`);
  const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`);
}
