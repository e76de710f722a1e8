// Losing access: taken off the team in the middle of a sentence, an objection, a restriction. The page says so at once, the
// device lets go of what others wrote, and nobody loses their own words.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { breakGlass, heldByBrowser, holds, NURSING, Plan, signInAll } from './access_cast.mjs';
import { Server } from './server.mjs';
import { openBrowser, Staff, until } from './staff.mjs';

const TEXT = 'most_important';
/** Words that one person typed, and that no other's device may keep. */
const THEIRS = 'Nobody in the village knows about the baby.';
const LOST = 'You no longer have access to this plan';

let server, browser, doctor;

before(async () => {
  server = await Server.start();
  browser = await openBrowser();
  [doctor] = await signInAll(browser, server.origin, ['dr-okonkwo']);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A plan in which the doctor has written something, and a nurse who reads it. */
async function withNurse() {
  const plan = await Plan.begin(doctor);
  await doctor.open(plan.id, 'about-me');
  await doctor.caretTo(TEXT, 'end');
  await doctor.page.keyboard.type(THEIRS);
  await doctor.untilStatus('Saved');
  const nurse = await Staff.signIn(browser, server.origin, 'dn-akhtar');
  await nurse.open(plan.id, 'about-me');
  await until('the nurse reads it', async () => (await nurse.words(TEXT)).includes(THEIRS));
  await nurse.untilStatus('Saved');
  return { plan, nurse };
}

/** The doctor takes the nurses off the team, on the page. */
async function removeNurses(plan) {
  await doctor.page.goto(plan.at('team'));
  await doctor.page
    .getByRole('button', {
      name: 'Remove Wenford Community Nursing',
      exact: true,
    })
    .click();
  await doctor.page
    .getByRole('button', {
      name: 'Remove Wenford Community Nursing',
      exact: true,
    })
    .last()
    .click();
  await until(
    'the nurses are off the team',
    async () => !(await doctor.page.locator('main .rows').first().innerText()).includes(NURSING),
  );
}

test('a nurse taken off the team while typing is told at once, and keeps nothing of what others wrote', async () => {
  const { plan, nurse } = await withNurse();
  assert.ok(await holds(nurse, plan, THEIRS), 'the device holds the plan');
  const typing = nurse.page.locator('.section .field textarea').first();
  await typing.focus();
  await nurse.page.keyboard.type('She told me ');
  await removeNurses(plan);
  await nurse.page.getByRole('heading', { name: LOST }).waitFor();
  assert.ok(!(await nurse.page.content()).includes(THEIRS));
  await until('the device lets go', async () => !(await holds(nurse, plan, THEIRS)));
  await nurse.picture('taken-off', { fullPage: true });
  assert.deepEqual(await nurse.barriers(), []);
  await nurse.page.reload();
  await nurse.page.getByRole('heading', { name: 'This plan does not open' }).waitFor();
  assert.deepEqual(nurse.faults, []);
  await nurse.close();
});

test('what she typed without a signal stays hers, and a colleague finds it', async () => {
  const { plan, nurse } = await withNurse();
  await nurse.untilInstalled();
  await nurse.caretTo(TEXT, 'end');
  await nurse.page.keyboard.type(' Seen today.');
  await nurse.untilStatus('Saved');
  await nurse.offline();
  await nurse.untilStatus('Offline, nothing waiting');
  await nurse.caretTo(TEXT, 'end');
  await nurse.page.keyboard.type(' Her daughter rings on Sundays.');
  await nurse.untilStatus('Offline, 1 change waiting');
  await removeNurses(plan);
  await nurse.online();
  await nurse.page.getByRole('heading', { name: LOST }).waitFor();
  const kept = nurse.page.locator('.kept-words textarea');
  await kept.waitFor();
  assert.match(await kept.inputValue(), /Her daughter rings on Sundays\./);
  assert.ok(!(await kept.inputValue()).includes(THEIRS));
  await until('the device lets go', async () => !(await holds(nurse, plan, THEIRS)));
  assert.match((await heldByBrowser(nurse)).text, /Her daughter rings on Sundays\./);
  await nurse.picture('words-kept', { fullPage: true });
  assert.deepEqual(await nurse.barriers(), []);
  await nurse.page.goto('/professional/');
  await kept.waitFor();

  await doctor.open(plan.id, 'about-me');
  const card = doctor.page.locator('.context-card--quarantine');
  await card.getByText('Her daughter rings on Sundays.').waitFor();
  await doctor.picture('salvage');
  assert.deepEqual(await doctor.barriers(), []);
  await card.getByRole('button', { name: /^Done with it/ }).click();
  await card.waitFor({ state: 'detached' });
  await nurse.close();
});

test('a plan that was lost while it was closed leaves the device with the next look at the list', async () => {
  const { plan, nurse } = await withNurse();
  await nurse.page.goto('/professional/sign-out');
  await nurse.page.getByRole('heading', { name: 'Sign out' }).waitFor();
  await plan.without(NURSING);
  assert.ok(await holds(nurse, plan, THEIRS));
  await nurse.page.goto('/professional/');
  await nurse.page.locator('.plan-table').waitFor();
  await until('the device lets go', async () => !(await holds(nurse, plan, THEIRS)));
  await nurse.close();
});

test('a copy that nobody has confirmed for 30 days is deleted when it is opened, after warnings', async () => {
  const { plan, nurse } = await withNurse();
  await nurse.untilInstalled();
  await nurse.offline();
  const day = 24 * 60 * 60_000;
  await nurse.page.clock.install({ time: Date.now() + 9 * day });
  await nurse.page.goto(plan.at('about-me'));
  await nurse.page.getByText('This copy has not been checked for 9 days.').waitFor();
  await nurse.picture('copy-ageing');
  assert.deepEqual(await nurse.barriers(), []);
  await nurse.page.clock.setSystemTime(Date.now() + 31 * day);
  await nurse.page.goto(plan.at('about-me'));
  await until('the copy is gone', async () =>
    /This copy was too old|This plan does not open/.test(await nurse.page.locator('main').innerText()),
  );
  await until('the device lets go', async () => !(await holds(nurse, plan, THEIRS)));
  await nurse.close();
});

test('an objection closes the plan to the care team with its reason; broken glass opens it, and nothing was lost', async () => {
  const { plan, nurse } = await withNurse();
  await doctor.page.goto(plan.at('sharing'));
  await doctor.page.getByText('Write down what the person does not want').click();
  await doctor.page.getByLabel('Only in an emergency').check();
  await doctor.page.getByLabel('For how long?').selectOption('6');
  await doctor.page.getByLabel('What did they say, and how?').fill('said so at the desk');
  await doctor.picture('objection-form', { fullPage: true });
  assert.deepEqual(await doctor.barriers(), []);
  await doctor.page.getByRole('button', { name: 'Write it down' }).click();

  for (const staff of [doctor, nurse]) {
    await staff.page.getByRole('heading', { name: 'This plan is not open to you' }).waitFor();
    await until('the device lets go', async () => !(await holds(staff, plan, THEIRS)));
  }
  await nurse.picture('refused-with-reason', { fullPage: true });
  assert.deepEqual(await nurse.barriers(), []);
  await nurse.page.getByRole('button', { name: 'Break the glass…' }).click();
  await breakGlass(nurse, undefined, 'she fell and does not wake');
  await nurse.page.locator('.way-strip--break-glass').waitFor();
  await nurse.open(plan.id, 'about-me');
  await until('nothing was lost', async () => (await nurse.words(TEXT)).includes(THEIRS));

  await nurse.page.goto(plan.at('sharing'));
  await nurse.page.getByText('“said so at the desk”').waitFor();
  await nurse.picture('objection', { fullPage: true });
  await nurse.close();

  // Whoever takes down that the person has changed their mind need not break the glass for it.
  await doctor.page.getByRole('button', { name: 'What the person wants…' }).click();
  await doctor.page.getByText('“said so at the desk”').waitFor();
  assert.ok(!(await doctor.page.content()).includes(THEIRS));
  await doctor.picture('objection-from-outside', { fullPage: true });
  assert.deepEqual(await doctor.barriers(), []);
  await doctor.page.getByRole('button', { name: /^Withdraw/ }).click();
  await doctor.page.getByRole('button', { name: 'Withdraw it' }).click();
  await doctor.page.getByText('Nothing is objected to.').waitFor();
  await doctor.open(plan.id, 'about-me');
  assert.ok((await doctor.words(TEXT)).includes(THEIRS));
});

test('where a restricted person lives leaves the screens and devices of all but named staff', async () => {
  const { plan, nurse } = await withNurse();
  const named = `/api/plans/${plan.id}/team/members/dr-okonkwo`;
  await doctor.context.request.put(named, { data: { part: 'in', reason: 'her own doctor' } });
  const contacts = plan.sections.contacts;
  await nurse.open(plan.id, 'contacts');
  await nurse.untilStatus('Saved');
  assert.ok((await heldByBrowser(nurse)).documents.includes(contacts));
  const demographics = `/dev/people/${plan.number}/demographics`;
  const answer = await doctor.context.request.put(demographics, { data: { restriction: 'R' } });
  assert.ok(answer.ok(), await answer.text());
  await nurse.page.getByText(/You no longer have access to .*“Contacts”/).waitFor();
  await until(
    'the device lets go of where she lives',
    async () => !(await heldByBrowser(nurse)).documents.includes(contacts),
  );
  await until('every page says so', async () =>
    /withheld/i.test(await nurse.page.locator('.plan-head').innerText()),
  );
  await nurse.picture('restricted');
  assert.deepEqual(await nurse.barriers(), []);
  await nurse.open(plan.id, 'about-me');
  await until('the rest stays', async () => (await nurse.words(TEXT)).includes(THEIRS));
  await doctor.open(plan.id, 'contacts');
  assert.deepEqual(nurse.faults, []);
  await nurse.close();
});

test('no page met a fault of its own', () => {
  assert.deepEqual(doctor.faults, []);
});
