// Somebody of an ambulance crew at a browser of their own: asking for plans, losing the signal, what the device keeps.

import assert from 'node:assert/strict';
import { AxeBuilder } from '@axe-core/playwright';

export const PHONE = {
  viewport: { width: 360, height: 640 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};
export const DESKTOP = { viewport: { width: 1280, height: 800 } };

/** Smallest thing to press, in either direction (WCAG 2.5.5). */
const TARGET_PX_MIN = 44;
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];

/** Somebody of an ambulance crew with a browser of their own. */
export class Crew {
  /** On a device with that screen; `stage` has the browser, the wire and the cast. */
  static async signedOut(stage, device, theme) {
    const context = await stage.browser.newContext({ ...device, timezoneId: 'Asia/Tokyo' });
    if (theme) await context.addInitScript((choice) => localStorage.setItem('coplan-theme', choice), theme);
    return new Crew(stage, context, await context.newPage());
  }

  /** The same, signed in and at the first screen. */
  static async signedIn(stage, device, theme) {
    const crew = await Crew.signedOut(stage, device, theme);
    await crew.signIn();
    await crew.visit();
    return crew;
  }

  constructor({ wire, cast }, context, page) {
    this.wire = wire;
    this.cast = cast;
    this.context = context;
    this.page = page;
    this.broken = [];
    page.on('pageerror', (error) => this.broken.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Trusted/i.test(message.text())) this.broken.push(message.text());
    });
  }

  async signIn(user = this.cast.crew[0]) {
    const response = await this.context.request.post(`${this.wire.origin}/dev/sign-in`, { data: { user } });
    assert.ok(response.ok(), await response.text());
  }

  async visit() {
    await this.page.goto(`${this.wire.origin}/crew/`);
    await this.page.locator('#number').waitFor();
  }

  async ask(number) {
    await this.page.getByLabel('NHS number').fill(number);
    await this.page.getByRole('button', { name: 'Open', exact: true }).click();
  }

  async open(view) {
    await this.ask(view.person.nhs_number);
    await this.page.locator('.plan:not(.plan--copy)').waitFor();
  }

  button(name) {
    return this.page.getByRole('button', { name, exact: true });
  }

  press(name) {
    return this.button(name).click();
  }

  says(words) {
    return this.page.getByText(words).filter({ visible: true }).first().waitFor();
  }

  /** The signal goes, once the page is kept on the device. */
  async offline() {
    await this.page.evaluate(() => navigator.serviceWorker.ready);
    await this.copiesKept();
    this.wire.lose();
    await this.context.setOffline(true);
  }

  async online() {
    this.wire.restore();
    await this.context.setOffline(false);
  }

  /** How many copies the device keeps, once it has had the time to keep one. */
  copiesKept() {
    return this.page.evaluate(async () => {
      const open = () =>
        new Promise(
          (found) => (indexedDB.open('coplan-crew').onsuccess = (event) => found(event.target.result)),
        );
      const count = async () => {
        const database = await open();
        if (!database.objectStoreNames.contains('copies')) return 0;
        const request = database.transaction('copies').objectStore('copies').count();
        const copies = await new Promise((found) => (request.onsuccess = () => found(request.result)));
        database.close();
        return copies;
      };
      for (let tries = 0; tries < 40; tries += 1) {
        const copies = await count();
        if (copies > 0 === (document.querySelector('.plan') !== null)) return copies;
        await new Promise((later) => setTimeout(later, 25));
      }
      return count();
    });
  }

  async end() {
    await this.context.close();
    assert.deepEqual(this.broken, [], 'the page breaks no rule of its own policy');
  }
}

/** The page as it stands breaks no rule of WCAG that a program can find. */
export async function accessible(page, name) {
  const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  assert.deepEqual(found, [], `axe on ${name}`);
}

/** Everything to press is large enough for a thumb. */
export async function easyToPress(page, name) {
  const small = await page.evaluate((min) => {
    const targets = [
      ...(document.querySelector('dialog[open]') ?? document).querySelectorAll('a, button, input'),
    ];
    const sizes = targets.map((target) => ({
      what: target.textContent,
      box: target.getBoundingClientRect(),
    }));
    return sizes
      .filter(({ box }) => box.width > 0 && (box.height < min || box.width < min))
      .map(({ what, box }) => `${what} ${box.width} x ${box.height}`);
  }, TARGET_PX_MIN);
  assert.deepEqual(small, [], `targets on ${name}`);
}

/** What every answer to the page weighs on the wire, as the browser counts it. */
export async function weigh(page) {
  const session = await page.context().newCDPSession(page);
  const urls = new Map();
  const seen = [];
  session.on('Network.responseReceived', ({ requestId, response }) => urls.set(requestId, response.url));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    seen.push({ url: urls.get(requestId) ?? '', bytes: encodedDataLength });
  });
  await session.send('Network.enable');
  return seen;
}
