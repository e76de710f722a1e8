// The front page in a real browser against the real server: signing in and out, by hand and by keyboard alone.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { Server } from '../interop/server.mjs';
import { users } from '../interop/session.mjs';

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];
const SHOTS = resolve(import.meta.dirname, '../output/browser');
const PHONE = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const DESKTOP = { viewport: { width: 1280, height: 800 } };

let server, browser, crew, nurse;

before(async () => {
  mkdirSync(SHOTS, { recursive: true });
  server = await Server.start();
  const everybody = await users(server);
  crew = everybody.find((user) => user.kind === 'crew');
  nurse = everybody.find((user) => user.kind === 'staff');
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_BIN ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const [size, device] of [
  ['phone', PHONE],
  ['desktop', DESKTOP],
]) {
  test(`the_front_page_is_accessible_signed_out_searched_and_signed_in: ${size}`, async () => {
    const page = await open(device);
    await look(page, `landing-${size}`);
    assert.match(await page.locator('body').innerText(), /Development sign-in: not for real people/);
    await page.getByRole('searchbox').fill(nurse.name);
    await look(page, `landing-${size}-searched`);
    await page.getByRole('button', { name: nurse.name }).first().click();
    await page.waitForURL('**/professional/**');
    await page.goto(server.origin);
    await page.getByText('Signed in as').waitFor();
    await look(page, `landing-${size}-signed-in`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('Signed in as').waitFor({ state: 'detached' });
    await page.context().close();
  });
}

test('a_crew_signs_in_by_keyboard_alone_and_comes_to_its_own_app', async () => {
  const page = await open(DESKTOP);
  const search = page.getByRole('searchbox');
  for (
    let presses = 0;
    presses < 20 && !(await search.evaluate((field) => field === document.activeElement));
    presses += 1
  ) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.type(`${crew.name} ${crew.organisation}`);
  await page.getByText('Press Enter to sign in').waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/crew/');
  await page.getByLabel('NHS number').waitFor();
  await page.context().close();
});

test('nobody_found_says_so', async () => {
  const page = await open(PHONE);
  await page.getByRole('searchbox').fill('zzzz');
  await page.getByText('0 people').waitFor();
  await page.context().close();
});

async function open(device) {
  const context = await browser.newContext(device);
  const page = await context.newPage();
  await page.goto(server.origin);
  await page.getByRole('searchbox').waitFor();
  return page;
}

async function look(page, name) {
  await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
  const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
  assert.deepEqual(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    [],
    name,
  );
}

test('who holds two roles changes between them by keyboard, and works in the other from then on', async () => {
  const context = await browser.newContext(DESKTOP);
  const page = await context.newPage();
  const both = (await users(server)).find(({ name }) => name === 'Dr Ngozi Bello');
  assert.ok(both, 'the demo world has somebody with two roles');
  await context.request.post(`${server.origin}/dev/sign-in`, { data: { user: both.id } });
  await page.goto(server.origin);
  await page.getByText('Signed in as').waitFor();
  assert.match(await page.getByRole('region', { name: 'Your session' }).innerText(), /Elm Grove/);
  await page.getByRole('button', { name: 'Work in another role' }).press('Enter');
  await page.getByRole('heading', { name: 'Which role do you work in now?' }).waitFor();
  await look(page, 'landing-role');
  await page.getByRole('radio', { checked: true }).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/professional/');
  await page.locator('.app-bar__role').waitFor();
  assert.match(await page.locator('.app-bar__role').innerText(), /St Brannoc's Hospice/);
  await context.close();
});

test('a sign-in that failed is told in plain words, once', async () => {
  const page = await open(PHONE);
  await page.goto(`${server.origin}/?trouble=proofing-too-low`);
  await page.getByText('In NHS login, finish proving your identity with photo ID.').waitFor();
  await look(page, 'landing-trouble');
  await page.reload();
  await page.getByRole('searchbox').waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
  await page.context().close();
});
