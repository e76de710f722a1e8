// A care home suggests, a doctor decides: what each sees, and what becomes of the plan.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server } from './server.mjs';
import { openBrowser, PHONE, Staff, until } from './staff.mjs';

const PLAN = 'demo-001';
const READ_ONLY = 'preferences';
const PUBLISHED_ONLY = 'health';
const PLACE = 'preferred_place_of_care';
const DETAIL = 'place_of_care_detail';

let server, browser, home, doctor;
/** How many suggestions of others the demo world holds for the doctor to decide. */
let others;

before(async () => {
  server = await Server.start();
  browser = await openBrowser();
  home = await Staff.signIn(browser, server.origin, 'home-santos');
  doctor = await Staff.signIn(browser, server.origin, 'dr-okonkwo');
  const { suggestions } = await (await doctor.context.request.get(`/api/plans/${PLAN}/suggestions`)).json();
  others = suggestions.filter(({ state, may_decide }) => state === 'open' && may_decide).length;
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const suggest = (staff, path) =>
  staff
    .field(path)
    .getByRole('button', { name: /^Suggest a change/ })
    .click();
const send = (staff) => staff.page.getByRole('button', { name: 'Send the suggestion' }).click();
const why = (staff, reason) => staff.page.locator('.suggest-form').getByLabel('Why?').fill(reason);
const card = (staff, label) => staff.page.locator('.suggestion', { hasText: label });

test('who may only read a section proposes another value, with a reason', async () => {
  await home.open(PLAN, READ_ONLY);
  assert.equal(await home.page.locator('.section :is(textarea, input, select)').count(), 0);
  await suggest(home, PLACE);
  await send(home);
  await home.page.getByText('Nothing is different from what stands there now').waitFor();
  await home.field(PLACE).locator('select').selectOption({ index: 3 });
  await send(home);
  await home.page.getByText('Give a reason').waitFor();
  await home.picture('suggestion-form');
  assert.deepEqual(await home.barriers(), []);
  await why(home, 'He told us at supper.');
  await send(home);
  await home
    .field(PLACE)
    .getByText(/Waits for a decision/)
    .waitFor();

  await suggest(home, DETAIL);
  await home
    .field(DETAIL)
    .locator('textarea')
    .fill('Home, with the night sitter, and the day unit before the ward.');
  await why(home, 'The sitter is new.');
  await send(home);
  await home
    .field(DETAIL)
    .getByText(/Waits for a decision/)
    .waitFor();
});

test('who sees only what is published proposes an addition', async () => {
  await home.page.goto(`/professional/plans/${PLAN}/${PUBLISHED_ONLY}`);
  await home.page.getByText('You read what is published of this section').waitFor();
  await home.page.getByText('Suggest something for what is empty').click();
  await home
    .field('allergies')
    .getByRole('button', { name: /^Suggest a new allergy/ })
    .click();
  const form = home.page.locator('.suggest-form');
  await form.locator('textarea').first().fill('Elastoplast');
  await why(home, 'Blisters under it, twice this month.');
  await home.picture('suggestion-of-an-item', { fullPage: true });
  assert.deepEqual(await home.barriers(), []);
  await send(home);
  await home
    .field('allergies')
    .getByText(/Waits for a decision/)
    .waitFor();
});

test('the doctor finds all of them on one page, as differences in words', async () => {
  await doctor.open(PLAN, READ_ONLY);
  const context = doctor.page.locator('.plan__context');
  await context.getByText('He told us at supper.').waitFor();
  await doctor.picture('suggestions-beside-the-section');
  await context.getByRole('link', { name: new RegExp(`^${others + 1} to decide in other sections`) }).click();
  await doctor.page.getByRole('heading', { name: `${others + 3} to decide` }).waitFor();
  const words = await doctor.page.locator('main').innerText();
  assert.match(words, /Maria Santos, Deputy manager, The Beeches Care Home/);
  assert.match(words, /Now\s+Own home\s+Suggested/);
  await doctor.picture('suggestions', { fullPage: true });
  assert.deepEqual(await doctor.barriers(), []);
  await doctor.page.setViewportSize(PHONE);
  await doctor.picture('suggestions-phone', { fullPage: true });
  assert.deepEqual(await doctor.barriers(), []);
  await doctor.page.setViewportSize({ width: 1366, height: 900 });
});

test('one is accepted, one is edited, one is declined with a reason, by keyboard', async () => {
  await card(doctor, 'He told us at supper')
    .getByRole('button', { name: /^Accept/ })
    .focus();
  await doctor.page.keyboard.press('Enter');
  await doctor.page.getByRole('heading', { name: `${others + 2} to decide` }).waitFor();

  await card(doctor, 'The sitter is new').getByRole('button', { name: /^Edit/ }).press('Enter');
  const form = card(doctor, 'The sitter is new').locator('form');
  await form.locator('textarea').fill('Home, with the night sitter. Day unit before the ward.');
  await form.getByRole('button', { name: 'Accept it like this' }).press('Enter');
  await doctor.page.getByRole('heading', { name: `${others + 1} to decide` }).waitFor();

  await card(doctor, 'Blisters')
    .getByRole('button', { name: /^Decline/ })
    .press('Enter');
  await card(doctor, 'Blisters').getByRole('button', { name: 'Decline it' }).press('Enter');
  await card(doctor, 'Blisters').getByText('Give a reason').waitFor();
  await card(doctor, 'Blisters').getByLabel('Why is it declined?').fill('It is the zinc, not the plaster.');
  await card(doctor, 'Blisters').getByRole('button', { name: 'Decline it' }).press('Enter');
  await card(doctor, 'Blisters').waitFor({ state: 'detached' });
  assert.equal(await doctor.page.getByRole('button', { name: /^Accept/ }).count(), others);
  await doctor.picture('suggestions-decided', { fullPage: true });
});

test('the home sees what became of each, and why', async () => {
  await home.page.goto(`/professional/plans/${PLAN}/suggestions`);
  await home.page.getByRole('heading', { name: 'Decided' }).waitFor();
  const words = await home.page.locator('main').innerText();
  assert.match(words, /Accepted by Dr Amara Okonkwo, GP partner/);
  assert.match(words, /Accepted with changes/);
  assert.match(words, /Declined by Dr Amara Okonkwo, .*because: It is the zinc, not the plaster/);
  assert.deepEqual(await home.barriers(), []);
  await home.open(PLAN, READ_ONLY);
  await until('the edited words', async () =>
    /Day unit before the ward/.test(await home.field(DETAIL).locator('.prose').first().innerText()),
  );
});

test('no page met a fault of its own', () => {
  assert.deepEqual([home.faults, doctor.faults], [[], []]);
});
