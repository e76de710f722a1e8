// Members of staff at their own browsers: signing in, finding a field, reading what the page says.

import { AxeBuilder } from '@axe-core/playwright';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { chromium } from 'playwright-core';

export const DESKTOP = { width: 1366, height: 900 };
export const PHONE = { width: 360, height: 740 };

const OUTPUT = resolve(import.meta.dirname, '../output/browser');
const CHROMIUM = process.env.CHROMIUM_BIN ?? '/usr/bin/chromium';
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** Longest wait for something that must become true; only bounds a failing test. */
const DEADLINE_MS = 30_000;
const PAUSE_MS = 20;

/** Opens a browser without windows. */
export function openBrowser() {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

/** Waits until `condition` gives something true, and gives it back; `what` stands in the failure, and what `seen` last gave. */
export async function until(what, condition, seen = () => undefined) {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`never happened: ${[what, seen()].filter(Boolean).join('; ')}`);
    await new Promise((resume) => setTimeout(resume, PAUSE_MS));
  }
}

/** One member of staff at a browser of their own. */
export class Staff {
  page;
  context;
  /** What the page reported as going wrong; a test expects nothing here. */
  faults = [];

  static async signIn(browser, origin, user, viewport = DESKTOP) {
    const staff = new Staff();
    staff.context = await browser.newContext({ baseURL: origin, viewport });
    const answer = await staff.context.request.post('/dev/sign-in', { data: { user } });
    if (!answer.ok()) throw new Error(`\`${user}\` cannot sign in: ${answer.status()}`);
    staff.page = await staff.context.newPage();
    staff.page.setDefaultTimeout(DEADLINE_MS);
    staff.page.on('pageerror', (error) => staff.faults.push(error.message));
    return staff;
  }

  /** Opens one section of a plan, and waits until it can be read. */
  async open(plan, section) {
    await this.page.goto(`/professional/plans/${plan}/${section}`);
    await this.page.locator('.section .field').first().waitFor();
  }

  /** Waits until the app's files are kept on this device, so that it opens without a network. */
  async untilInstalled() {
    await this.page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
  }

  /** The block of the field at a path: `most_important`, `contacts/<item>/phone`. */
  field(path) {
    return this.page.locator(`[data-field="${path}"]`);
  }

  /** The box of a text or a line. */
  box(path) {
    return this.field(path).locator('textarea, input').first();
  }

  /** What stands in that box. */
  words(path) {
    return this.box(path).inputValue();
  }

  /** Puts the caret into a text, at its beginning or its end. */
  async caretTo(path, edge) {
    await this.box(path).focus();
    await this.page.keyboard.press(edge === 'start' ? 'Control+Home' : 'Control+End');
  }

  /** What the page says about saving. */
  async status() {
    return (await this.page.locator('.save-status__words').innerText()).trim();
  }

  /** Waits until the page says that. */
  untilStatus(wanted) {
    let said;
    const matches = () => (wanted instanceof RegExp ? wanted.test(said) : said === wanted);
    return until(
      `the page says ${wanted}`,
      async () => {
        said = await this.status();
        return matches();
      },
      () => `it says ${said}`,
    );
  }

  /** Makes the browser's processor so many times slower; 1 is as it was. */
  async slow(times) {
    this.throttle ??= await this.context.newCDPSession(this.page);
    await this.throttle.send('Emulation.setCPUThrottlingRate', { rate: times });
  }

  offline() {
    return this.context.setOffline(true);
  }

  online() {
    return this.context.setOffline(false);
  }

  /** A picture of the page in `tests/output/browser/<name>.png`. */
  async picture(name, options = {}) {
    mkdirSync(OUTPUT, { recursive: true });
    if (options.fullPage) await this.page.evaluate(() => window.scrollTo(0, 0));
    await this.page.screenshot({ path: resolve(OUTPUT, `${name}.png`), ...options });
  }

  /** What of WCAG 2.2 AA the page breaks, as far as axe can tell: a line each. */
  async barriers() {
    const { violations } = await new AxeBuilder({ page: this.page }).withTags(WCAG).analyze();
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`));
  }

  close() {
    return this.context.close();
  }
}
