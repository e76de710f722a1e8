// The save status: the page says nothing that is not so.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server } from './server.mjs';
import { openBrowser, Staff, until } from './staff.mjs';

const PLAN = 'demo-002';
const [TEXT, OTHER_TEXT] = ['most_important', 'people_important'];

let server, browser, nurse;

before(async () => {
  server = await Server.start();
  browser = await openBrowser();
  nurse = await Staff.signIn(browser, server.origin, 'dn-pritchard');
  await nurse.open(PLAN, 'about-me');
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/**
 * From the next page on: what the device records of a section, as it is written. What is to be written a quarter of a second
 * later is written two seconds later, so that it is still to be written when somebody is quick.
 */
async function recordsWritten(page, section) {
  const written = [];
  await page.exposeFunction('recordWritten', (refused, known) => written.push({ refused, known }));
  await page.addInitScript((section) => {
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (value, key) {
      if (this.name === 'standings' && value.section === section)
        window.recordWritten(value.refused !== undefined, value.waiting === 0 && value.acknowledged?.length > 0);
      return put.call(this, value, key);
    };
    const { setTimeout } = window;
    window.setTimeout = (call, ms, ...given) => setTimeout(call, ms === 250 ? 2_000 : ms, ...given);
  }, section);
  return written;
}

test('it says saved only when another person could read it', async () => {
  await nurse.untilStatus('Saved');
  await nurse.caretTo(TEXT, 'end');
  await nurse.page.keyboard.type(' Written just now.');
  await nurse.untilStatus('Saved');
  const doctor = await Staff.signIn(browser, server.origin, 'dr-fenn');
  await doctor.open(PLAN, 'about-me');
  assert.match(await doctor.words(TEXT), / Written just now\.$/);
  await doctor.close();
});

test(
  'it follows a server that dies and comes back, and loses nothing',
  { skip: process.env.COPLAN_ORIGIN !== undefined },
  async () => {
    await server.kill();
    await nurse.untilStatus('Offline, nothing waiting');
    await nurse.caretTo(TEXT, 'end');
    await nurse.page.keyboard.type('!');
    await nurse.untilStatus('Offline, 1 change waiting');
    await nurse.page.keyboard.type('!');
    await nurse.caretTo(OTHER_TEXT, 'end');
    await nurse.page.keyboard.type('?');
    await nurse.untilStatus('Offline, 2 changes waiting');
    await server.startAgain();
    await nurse.untilStatus('Saved');
    const doctor = await Staff.signIn(browser, server.origin, 'dr-fenn');
    await doctor.open(PLAN, 'about-me');
    assert.match(await doctor.words(TEXT), /!!$/);
    await doctor.close();
  },
);

test('it names the field that cannot be saved, and Escape takes it back', async () => {
  await nurse.open(PLAN, 'contacts');
  await nurse.page.getByRole('button', { name: /^Change/ }).first().click();
  const phone = nurse.page.locator('[data-field$="/phone"] input').first();
  const before = await phone.inputValue();
  await phone.fill('ring the bell');
  await phone.blur();
  await until('the status names the field', async () =>
    /^Not saved: .*must be a telephone number/.test(await nurse.status()),
  );
  await nurse.picture('not-saved-field');
  assert.deepEqual(await nurse.barriers(), []);
  await phone.focus();
  await phone.press('Escape');
  assert.equal(await phone.inputValue(), before);
  await nurse.untilStatus('Saved');
});

test('a refused change is said, my words can be copied, and the team’s version comes back', async () => {
  // The page believes in a choice that the server does not know, as a page of another version might.
  await nurse.page.route('**/api/sections', async (route) => {
    const answer = await (await route.fetch()).json();
    const field = answer.sections
      .find(({ id }) => id === 'preferences')
      .fields.find(({ id }) => id === 'preferred_place_of_care');
    field.codes.push({
      system: 'https://coplan.example/codes/x',
      code: 'on-the-moon',
      display: 'On the moon',
    });
    await route.fulfill({ json: answer });
  });
  await nurse.open(PLAN, 'preferences');
  await nurse.untilStatus('Saved');
  await nurse.field('preferred_place_of_care').locator('select').selectOption('on-the-moon');
  await until('the status says so', async () =>
    (await nurse.status()).startsWith('Not saved: Places and preferences'),
  );
  const notice = nurse.page.locator('.refusal');
  assert.match(await notice.locator('textarea').inputValue(), /On the moon/);
  await nurse.picture('refused');
  assert.deepEqual(await nurse.barriers(), []);

  await nurse.page.reload();
  await notice.waitFor();
  assert.match(await nurse.status(), /^Not saved/, 'a reload does not turn a refusal into something saved');

  // The button is there before a slow device has read its copy, which must not come back; nor after the page is left. What
  // the page still has to write of it by then must not be written either.
  const written = await recordsWritten(nurse.page, 'preferences');
  await nurse.slow(8);
  await nurse.page.reload();
  const useTheirs = notice.getByRole('button', { name: 'Use the team’s version' });
  await useTheirs.waitFor();
  await useTheirs.evaluate((button) => button.click());
  const givenUp = written.length;
  await notice.waitFor({ state: 'detached' });
  await nurse.untilStatus('Saved');
  await until('the device has written what it has now', () => written.slice(givenUp).some((one) => one.known));
  assert.deepEqual(written.slice(givenUp).filter(({ refused }) => refused), [], 'the refusal was written back');
  await nurse.slow(1);
  await nurse.open(PLAN, 'preferences');
  await nurse.untilStatus('Saved');
  assert.notEqual(await nurse.field('preferred_place_of_care').locator('select').inputValue(), 'on-the-moon');
  await nurse.field('place_of_care_detail').locator('textarea').fill('By the window.');
  await nurse.untilStatus('Saved');
});

test('who is signed out is told, and what was typed stays on the device', async () => {
  await nurse.page.unroute('**/api/sections');
  await nurse.open(PLAN, 'about-me');
  await nurse.untilStatus('Saved');
  await nurse.context.request.post('/api/sign-out');
  await until(
    'the status says so',
    async () => (await nurse.status()) === 'Not saved: you have been signed out',
  );
  assert.deepEqual(nurse.faults, []);
});
