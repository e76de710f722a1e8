// Two members of staff of different organisations at one plan: at the same time, apart, and together again.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server } from './server.mjs';
import { openBrowser, PHONE, Staff, until } from './staff.mjs';

const PLAN = 'demo-001';
const SECTION = 'about-me';
/** Two texts of that section. */
const [TEXT, OTHER_TEXT] = ['most_important', 'people_important'];

let server, browser, nurse, professor;

before(async () => {
  server = await Server.start();
  browser = await openBrowser();
  nurse = await Staff.signIn(browser, server.origin, 'dn-akhtar');
  professor = await Staff.signIn(browser, server.origin, 'prof-eze');
  for (const staff of [nurse, professor]) await staff.open(PLAN, SECTION);
  await nurse.untilInstalled();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('two people write the same text at once and neither loses a letter', async () => {
  const before = await nurse.words(TEXT);
  await nurse.caretTo(TEXT, 'start');
  await professor.caretTo(TEXT, 'end');
  await Promise.all([
    nurse.page.keyboard.type('From the nurse at the bedside. ', { delay: 40 }),
    professor.page.keyboard.type(' From the professor on the ward.', { delay: 40 }),
  ]);
  const wanted = `From the nurse at the bedside. ${before} From the professor on the ward.`;
  for (const staff of [nurse, professor]) {
    await until('both wrote where their carets were', async () => (await staff.words(TEXT)) === wanted);
    await staff.untilStatus('Saved');
  }
});

test('each sees who the other is, and in which field', async () => {
  await professor.box(TEXT).focus();
  await nurse.box(OTHER_TEXT).focus();
  const at = (staff, field) => staff.field(field).locator('.present');
  await until('the nurse sees the professor', async () =>
    (await at(nurse, TEXT).innerText()).includes('Professor Adaeze Eze'),
  );
  assert.match(await at(nurse, TEXT).innerText(), /Queen Philippa University Hospital/);
  await until('the professor sees the nurse', async () =>
    /Wenford Community Nursing/.test(await at(professor, OTHER_TEXT).innerText()),
  );
  await nurse.picture('two-people-one-plan');
  await professor.picture('two-people-one-plan-the-other');
});

test('different fields at once both arrive', async () => {
  await nurse.caretTo(TEXT, 'end');
  await professor.caretTo(OTHER_TEXT, 'end');
  await Promise.all([
    nurse.page.keyboard.type(' Tea first.', { delay: 20 }),
    professor.page.keyboard.type(' And his sister.', { delay: 20 }),
  ]);
  for (const staff of [nurse, professor]) {
    await until('the nurse’s words', async () => (await staff.words(TEXT)).endsWith(' Tea first.'));
    await until('the professor’s words', async () =>
      (await staff.words(OTHER_TEXT)).endsWith(' And his sister.'),
    );
  }
});

test('what others write moves neither my caret nor my focus', async () => {
  await nurse.caretTo(TEXT, 'end');
  const before = await nurse.box(TEXT).evaluate((box) => box.value.length - box.selectionStart);
  await professor.caretTo(TEXT, 'start');
  await professor.page.keyboard.type('Now: ');
  await until('the professor’s words', async () => (await nurse.words(TEXT)).startsWith('Now: '));
  const after = await nurse.box(TEXT).evaluate((box) => ({
    fromEnd: box.value.length - box.selectionStart,
    focused: document.activeElement === box,
  }));
  assert.deepEqual(after, { fromEnd: before, focused: true });
});

test('what is written without a network survives a reload and merges on return', async () => {
  await nurse.page.goto('/professional/');
  await nurse.page.locator('.plan-table').waitFor();
  await nurse.open(PLAN, SECTION);
  await nurse.untilStatus('Saved');

  await nurse.offline();
  await nurse.untilStatus('Offline, nothing waiting');
  await nurse.caretTo(TEXT, 'end');
  await nurse.page.keyboard.type(' No signal in the basement.');
  await nurse.untilStatus(/^Offline, \d+ changes? waiting$/);
  await nurse.picture('offline');
  await professor.caretTo(TEXT, 'start');
  await professor.page.keyboard.type('Meanwhile on the ward. ');
  await professor.caretTo(OTHER_TEXT, 'end');
  await professor.page.keyboard.type(' Meanwhile too.');
  await professor.untilStatus('Saved');

  await nurse.page.reload();
  await nurse.page.locator('.section .field').first().waitFor();
  await until('the words are there after a reload', async () =>
    (await nurse.words(TEXT)).endsWith(' No signal in the basement.'),
  );
  await nurse.untilStatus(/^Offline, \d+ changes? waiting$/);
  await nurse.page.setViewportSize(PHONE);
  await nurse.picture('offline-after-reload-phone');
  await nurse.page.setViewportSize({ width: 1366, height: 900 });
  await nurse.caretTo(OTHER_TEXT, 'end');
  await nurse.page.keyboard.type(' After the reload.');

  await nurse.page.goto('/professional/');
  await until('the list marks the plan', async () =>
    (await nurse.page.locator('.plan-table').innerText()).includes('waiting on this device'),
  );
  await nurse.picture('offline-list');
  await nurse.open(PLAN, SECTION);

  await nurse.online();
  await nurse.untilStatus('Saved');
  for (const staff of [nurse, professor]) {
    await until('both halves of the text', async () => {
      const words = await staff.words(TEXT);
      return words.startsWith('Meanwhile on the ward. ') && words.endsWith(' No signal in the basement.');
    });
    await until('both halves of the other text', async () => {
      const words = await staff.words(OTHER_TEXT);
      return words.includes(' Meanwhile too.') && words.includes(' After the reload.');
    });
  }
  assert.equal(await nurse.words(TEXT), await professor.words(TEXT));
  assert.equal(await nurse.words(OTHER_TEXT), await professor.words(OTHER_TEXT));
});

test('no page met a fault of its own', () => {
  assert.deepEqual([nurse.faults, professor.faults], [[], []]);
});
