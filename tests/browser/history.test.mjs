// History: who wrote what, what is new since I last looked, any two moments in words, and taking back what I did.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server } from './server.mjs';
import { openBrowser, PHONE, Staff, until } from './staff.mjs';

const PLAN = 'demo-001';
const SECTION = 'preferences';
const PLACE = 'preferred_place_of_care';

let server, browser, nurse, doctor;

before(async () => {
  server = await Server.start();
  browser = await openBrowser();
  nurse = await Staff.signIn(browser, server.origin, 'dn-akhtar');
  doctor = await Staff.signIn(browser, server.origin, 'dr-okonkwo');
  // The doctor has looked at this plan once.
  await Promise.all([
    doctor.page.waitForResponse((answer) => answer.url().endsWith('/look')),
    doctor.open(PLAN, SECTION),
  ]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const place = (staff) => staff.field(PLACE).locator('select');
const chosen = (staff) => place(staff).evaluate((select) => select.selectedOptions[0].text);

test('a field says who wrote it and when', async () => {
  await nurse.open(PLAN, SECTION);
  assert.match(
    await nurse.field(PLACE).locator('.author-mark').innerText(),
    /Adéyẹmí, NHS login, 22 October 2026/,
  );
  await place(nurse).selectOption({ label: 'Hospice' });
  await nurse.untilStatus('Saved');
  await until('the mark is mine', async () =>
    /^Samina Akhtar, /.test(await nurse.field(PLACE).locator('.author-mark').innerText()),
  );
});

test('the history of the field that I am in stands beside it, as sentences', async () => {
  await place(nurse).focus();
  await nurse.page.locator('.section__title').focus();
  await nurse.page.keyboard.press('h');
  const history = nurse.page.locator('#history');
  await history.locator('.entry').first().waitFor();
  assert.match(
    await history.locator('.entry').first().innerText(),
    /Samina Akhtar.*Preferred place of care.*Hospice/s,
  );
  await nurse.picture('history-beside');
  assert.deepEqual(await nurse.barriers(), []);
});

test('who comes back is told what is new, in words', async () => {
  await doctor.page.goto('/professional/');
  await doctor.page.reload();
  await doctor.open(PLAN, 'about-me');
  const line = doctor.page.locator('.since-look');
  await line.waitFor();
  assert.match(await line.innerText(), /^1 change since you last looked, in Places and preferences/);
  await line.locator('summary').click();
  assert.match(await line.innerText(), /Hospice, was Own home/);
  assert.match(await line.innerText(), /Samina Akhtar/);
  await doctor.picture('since-last-look');
  assert.deepEqual(await doctor.barriers(), []);
  await line.getByRole('button', { name: 'I have read this' }).click();
  await line.waitFor({ state: 'detached' });
});

test('the plan’s history is walked by real moments, and any two are compared', async () => {
  await doctor.page.goto(`/professional/plans/${PLAN}/history`);
  await doctor.page.locator('.slider__range').waitFor();
  assert.match(await doctor.page.locator('.entries').innerText(), /Samina Akhtar.*Hospice/s);
  await doctor.picture('history', { fullPage: true });
  assert.deepEqual(await doctor.barriers(), []);
  const label = () => doctor.page.locator('.slider__label').innerText();
  const last = await label();
  await doctor.page.locator('.slider__range').focus();
  await doctor.page.keyboard.press('ArrowLeft');
  await until('another moment', async () => (await label()) !== last);
  await doctor.page.locator('.slider__range').press('Home');
  await doctor.page.locator('#compare-with').selectOption('now');
  await doctor.page.getByRole('button', { name: 'Show what is different' }).click();
  await doctor.page.locator('.compared .changes__row').first().waitFor();
  assert.match(await doctor.page.locator('.compared').innerText(), /Preferred place of care\s+.*Hospice/s);
  await doctor.page.setViewportSize(PHONE);
  await doctor.picture('history-phone', { fullPage: true });
  assert.deepEqual(await doctor.barriers(), []);
  await doctor.page.setViewportSize({ width: 1366, height: 900 });
});

test('the plan is shown as it was at a moment, and says that it is not as it is now', async () => {
  await doctor.page.locator('.slider__range').press('Home');
  for (let step = 0; step < 60; step += 1) {
    if (/October/.test(await doctor.page.locator('.slider__label').innerText())) break;
    await doctor.page.locator('.slider__range').press('ArrowRight');
  }
  await doctor.page.getByRole('button', { name: 'Show the plan as it was then' }).click();
  const then = doctor.page.locator('.then');
  await then.getByText('This is not the plan as it is now').waitFor();
  assert.match(await then.innerText(), /most important/);
  assert.deepEqual(await doctor.barriers(), []);
});

test('my last change is shown by Ctrl+Z outside of a box, and taken back when I say so', async () => {
  await nurse.page.locator('.section__title').focus();
  await nurse.page.keyboard.press('Control+z');
  const bar = nurse.page.locator('.undo-bar');
  await bar.getByText(/^Your last change: Samina Akhtar/).waitFor();
  await nurse.picture('undo');
  assert.deepEqual(await nurse.barriers(), []);
  await nurse.page.keyboard.press('Enter');
  await bar.getByText(/^Taken back/).waitFor();
  await until('the place is back', async () => (await chosen(nurse)) === 'Own home');
});

test('what somebody has changed since stays as it is', async () => {
  await place(nurse).selectOption({ label: 'Care home' });
  await nurse.untilStatus('Saved');
  await doctor.open(PLAN, SECTION);
  await until('the doctor has it', async () => (await chosen(doctor)) === 'Care home');
  await nurse.page.locator('.section__title').focus();
  await nurse.page.keyboard.press('Control+z');
  await nurse.page
    .locator('.undo-bar')
    .getByText(/^Your last change/)
    .waitFor();
  await place(doctor).selectOption({ label: 'Hospice' });
  await doctor.untilStatus('Saved');
  await nurse.page.locator('.undo-bar').getByRole('button', { name: 'Take it back' }).click();
  await nurse.page.getByText(/Somebody has changed it since/).waitFor();
  assert.equal(await chosen(doctor), 'Hospice');
});

test('no page met a fault of its own', () => {
  assert.deepEqual([nurse.faults, doctor.faults], [[], []]);
});
