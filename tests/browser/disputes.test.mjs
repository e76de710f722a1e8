// Disagreements: what merges by itself, what stands disputed to everybody, and how it is settled with a reason.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server } from './server.mjs';
import { openBrowser, PHONE, Staff, until } from './staff.mjs';

const PLAN = 'demo-001';
const PLACE = 'preferred_place_of_care';

let server, browser, nurse, professor, carer;

before(async () => {
  server = await Server.start();
  browser = await openBrowser();
  nurse = await Staff.signIn(browser, server.origin, 'dn-akhtar');
  professor = await Staff.signIn(browser, server.origin, 'prof-eze');
  carer = await Staff.signIn(browser, server.origin, 'home-santos');
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const disputed = (staff, path) => staff.field(path).locator('.disputed');

/** The nurse chooses one value without a signal, while the professor chooses another. */
async function disagree(path, one, other) {
  for (const staff of [nurse, professor]) {
    await staff.open(PLAN, 'preferences');
    await staff.untilStatus('Saved');
  }
  await nurse.offline();
  await nurse.untilStatus(/^Offline/);
  await nurse.field(path).locator('select').selectOption({ label: one });
  await professor.field(path).locator('select').selectOption({ label: other });
  await professor.untilStatus('Saved');
  await nurse.online();
  for (const staff of [nurse, professor]) await disputed(staff, path).waitFor();
}

test('two values that were set apart stand side by side, with who, where and when, and none is agreed', async () => {
  await disagree(PLACE, 'Hospice', 'Care home');
  for (const staff of [nurse, professor]) {
    await until('both names', async () => {
      const words = await disputed(staff, PLACE).innerText();
      return (
        /Samina Akhtar, District nurse, Wenford Community Nursing/.test(words) &&
        /Professor Adaeze Eze/.test(words)
      );
    });
    const words = await disputed(staff, PLACE).innerText();
    assert.match(words, /Disputed: no agreed value/);
    assert.match(words, /Hospice/);
    assert.match(words, /Care home/);
    assert.equal(
      await staff.field(PLACE).locator('select').count(),
      0,
      'no box shows one of them as the value',
    );
    assert.match(await staff.page.locator('.section-nav__link[aria-current]').innerText(), /1 dispute/);
  }
  await nurse.field(PLACE).scrollIntoViewIfNeeded();
  await nurse.picture('disputed');
  assert.deepEqual(await nurse.barriers(), []);
  await nurse.page.setViewportSize(PHONE);
  await nurse.picture('disputed-phone');
  assert.deepEqual(await nurse.barriers(), []);
  await nurse.page.setViewportSize({ width: 1366, height: 900 });
});

test('who may not settle it sees the same, and who can', async () => {
  await carer.open(PLAN, 'preferences');
  await disputed(carer, PLACE).waitFor();
  await until('both names', async () =>
    /Samina Akhtar.*Eze|Eze.*Samina Akhtar/s.test(await disputed(carer, PLACE).innerText()),
  );
  assert.match(await disputed(carer, PLACE).innerText(), /It is settled by the person, .*doctors/);
  assert.equal(await disputed(carer, PLACE).getByRole('button').count(), 0);
  assert.deepEqual(await carer.barriers(), []);
});

test('it is settled without a signal, with a reason, in one change that everybody then reads', async () => {
  await nurse.offline();
  await nurse.untilStatus(/^Offline/);
  const side = disputed(nurse, PLACE).locator('li', { hasText: 'Hospice' });
  await side.getByRole('button', { name: /^Use this/ }).click();
  await disputed(nurse, PLACE).getByRole('button', { name: 'Settle it' }).click();
  await disputed(nurse, PLACE).getByText('Give a reason').waitFor();
  await nurse.picture('settling');
  assert.deepEqual(await nurse.barriers(), []);
  await disputed(nurse, PLACE).getByLabel('Why?').fill('He said so to both of us this morning.');
  await disputed(nurse, PLACE).getByRole('button', { name: 'Settle it' }).click();
  await disputed(nurse, PLACE).waitFor({ state: 'detached' });
  await nurse.untilStatus(/^Offline, 1 change waiting$/);
  await disputed(professor, PLACE).waitFor();
  await nurse.online();
  await nurse.untilStatus('Saved');
  for (const staff of [nurse, professor]) {
    await disputed(staff, PLACE).waitFor({ state: 'detached' });
    const chosen = await staff
      .field(PLACE)
      .locator('select')
      .evaluate((select) => select.selectedOptions[0].text);
    assert.equal(chosen, 'Hospice');
  }
  await until('the server knows of none', async () => {
    const { conflicts } = await (await nurse.context.request.get(`/api/plans/${PLAN}/conflicts`)).json();
    return conflicts.length === 0;
  });
  await disputed(carer, PLACE).waitFor({ state: 'detached' });
  const history = await (
    await nurse.context.request.get(`/api/plans/${PLAN}/history?section=preferences&limit=5`)
  ).json();
  assert.match(JSON.stringify(history), /He said so to both of us this morning/);
});

test('either side can be chosen, or a third value written, whichever the page happens to show', async () => {
  await disagree(PLACE, 'Own home', 'Care home');
  const side = disputed(professor, PLACE).locator('li', { hasText: 'Care home' });
  await side.getByRole('button', { name: /^Use this/ }).click();
  await disputed(professor, PLACE).getByLabel('Why?').fill('Agreed on the telephone.');
  await disputed(professor, PLACE).getByRole('button', { name: 'Settle it' }).click();
  for (const staff of [nurse, professor]) await disputed(staff, PLACE).waitFor({ state: 'detached' });

  await disagree(PLACE, 'Own home', 'Hospital');
  await disputed(professor, PLACE).getByRole('button', { name: 'Write another value' }).click();
  await disputed(professor, PLACE).locator('select').selectOption({ label: 'Hospice' });
  await disputed(professor, PLACE).getByLabel('Why?').fill('Neither: he changed his mind.');
  await disputed(professor, PLACE).getByRole('button', { name: 'Settle it' }).click();
  for (const staff of [nurse, professor]) {
    await disputed(staff, PLACE).waitFor({ state: 'detached' });
    await staff.untilStatus('Saved');
    const chosen = await staff
      .field(PLACE)
      .locator('select')
      .evaluate((select) => select.selectedOptions[0].text);
    assert.equal(chosen, 'Hospice');
  }
});

test('an item that one changed while another removed it stands disputed, and is kept with a reason', async () => {
  for (const staff of [nurse, professor]) {
    await staff.open(PLAN, 'contacts');
    await staff.untilStatus('Saved');
  }
  const item = (staff) => staff.field('personal_contacts').locator('.item').first();
  await nurse.offline();
  await nurse.untilStatus(/^Offline/);
  await item(nurse)
    .getByRole('button', { name: /^Change/ })
    .click();
  await item(nurse).locator('[data-field$="/phone"] input').fill('020 7946 0999');
  await item(nurse).locator('[data-field$="/phone"] input').blur();
  await item(professor)
    .getByRole('button', { name: /^Change/ })
    .click();
  await item(professor)
    .getByRole('button', { name: /^Remove / })
    .click();
  await item(professor)
    .getByLabel(/^Why is this/)
    .fill('Has moved away.');
  await item(professor)
    .getByRole('button', { name: /^Remove [a-z ]+$/ })
    .last()
    .click();
  await professor.untilStatus('Saved');
  await nurse.online();
  await nurse.untilStatus('Saved');
  for (const staff of [nurse, professor]) await item(staff).getByText('Neither had seen the other').waitFor();
  await nurse.picture('edited-and-removed', { fullPage: true });
  assert.deepEqual(await nurse.barriers(), []);
  await item(professor)
    .getByRole('button', { name: /^Keep the/ })
    .click();
  await item(professor).getByLabel('Why?').fill('She is back.');
  await item(professor).getByRole('button', { name: 'Settle it' }).click();
  for (const staff of [nurse, professor]) {
    await item(staff).locator('.disputed').waitFor({ state: 'detached' });
    assert.match(await item(staff).innerText(), /020 7946 0999|Change|Close/);
    await staff.untilStatus('Saved');
  }
});

test('an allergy beside “no known allergies” is disputed, the banner shows the allergy, and it cannot be signed', async () => {
  for (const staff of [nurse, professor]) await staff.open(PLAN, 'health');
  await nurse
    .field('allergies')
    .getByRole('button', { name: /^Add an allergy/ })
    .click();
  await nurse.page.keyboard.type('Penicillin');
  await nurse.page.keyboard.press('Enter');
  await professor.field('no_known_allergies').getByRole('radio').first().click();
  for (const staff of [nurse, professor]) {
    await staff.untilStatus('Saved');
    await disputed(staff, 'no_known_allergies').waitFor();
    const fact = staff.page.locator('.person-fact', { hasText: 'Allergies' });
    await until('the banner', async () =>
      /Penicillin disputed/.test((await fact.innerText()).replace(/\s+/g, ' ')),
    );
  }
  await nurse.picture('denied');
  assert.deepEqual(await nurse.barriers(), []);
  await professor.page.goto(`/professional/plans/${PLAN}/sign-and-publish`);
  const health = professor.page.locator('.to-sign', { hasText: 'Health' });
  await health.getByText(/Settle “No known allergies”/).waitFor();
  assert.equal(await health.getByRole('checkbox').count(), 0);
  await disputed(nurse, 'no_known_allergies')
    .getByRole('button', { name: /^Keep the list/ })
    .click();
  await disputed(nurse, 'no_known_allergies').getByLabel('Why?').fill('She had a rash in 2019.');
  await disputed(nurse, 'no_known_allergies').getByRole('button', { name: 'Settle it' }).click();
  await disputed(nurse, 'no_known_allergies').waitFor({ state: 'detached' });
  await nurse.untilStatus('Saved');
});

test('no page met a fault of its own', () => {
  assert.deepEqual([nurse.faults, professor.faults, carer.faults], [[], [], []]);
});
