// Sign and publish: what is signed is what stands on the screen, said in words first.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server } from './server.mjs';
import { openBrowser, PHONE, Staff, until } from './staff.mjs';

const PLAN = 'demo-001';
const SECTION = 'sickle-cell';
const DOSE = 'analgesia_second_line';

let server, browser, professor, nurse;

before(async () => {
  server = await Server.start();
  browser = await openBrowser();
  professor = await Staff.signIn(browser, server.origin, 'prof-eze');
  nurse = await Staff.signIn(browser, server.origin, 'dn-akhtar');
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const toSign = (staff) => staff.page.locator('.to-sign', { hasText: 'Sickle cell' });

test('a dose is changed as a whole, and the page says what will be signed', async () => {
  await nurse.open(PLAN, SECTION);
  const group = nurse.field(DOSE);
  await group.getByRole('button', { name: /^Change/ }).click();
  await group.getByLabel('Dose').fill('7.5 mg');
  await nurse.picture('dose-being-changed');
  await group.getByRole('button', { name: /^Save/ }).click();
  await nurse.untilStatus('Saved');
  await until('the list of sections says so', async () =>
    /Changes not signed/.test(await nurse.page.locator('.plan__nav').innerText()),
  );

  await professor.page.goto(`/professional/plans/${PLAN}/sign-and-publish`);
  await toSign(professor).waitFor();
  assert.match(
    await toSign(professor).innerText(),
    /Second-line pain relief\n+Dose: 7\.5 mg, was 10 mg\. In full: Morphine/,
  );
  assert.match(await professor.page.locator('.shared-sections').innerText(), /within 5 seconds/);
  await professor.picture('sign-and-publish', { fullPage: true });
  assert.deepEqual(await professor.barriers(), []);
});

test('who may not sign is told who may', async () => {
  await nurse.page.goto(`/professional/plans/${PLAN}/sign-and-publish`);
  await toSign(nurse).waitFor();
  assert.match(await toSign(nurse).innerText(), /Only a doctor or a specialist can sign this section/);
  assert.equal(await nurse.page.getByRole('button', { name: /^Sign and publish/ }).count(), 0);
  assert.deepEqual(await nurse.barriers(), []);
});

test('words that come while the page is read are not signed unseen', async () => {
  await nurse.open(PLAN, SECTION);
  await nurse.caretTo('crisis_words', 'end');
  await nurse.page.keyboard.type(' Warm blankets.');
  await nurse.untilStatus('Saved');
  const note = professor.page.getByText('The plan has changed since this page opened');
  await note.waitFor();
  assert.doesNotMatch(await toSign(professor).innerText(), /Warm blankets/);
  await professor.picture('sign-and-publish-changed-meanwhile');
  await professor.page.getByRole('button', { name: 'Show the newest words' }).click();
  await until('the newest words', async () => /Warm blankets/.test(await toSign(professor).innerText()));
});

test('what is signed is published, and crews read it', async () => {
  await professor.page.setViewportSize(PHONE);
  await professor.picture('sign-and-publish-phone', { fullPage: true });
  await professor.page.getByRole('button', { name: /^Sign and publish/ }).click();
  const heading = professor.page.getByRole('heading', { name: /^Version \d+ is published$/ });
  await heading.waitFor();
  await professor.picture('published-phone');
  assert.deepEqual(await professor.barriers(), []);
  await professor.page.setViewportSize({ width: 1366, height: 900 });

  const people = await (await professor.context.request.get('/dev/users')).json();
  const crew = await Staff.signIn(browser, server.origin, people.find(({ kind }) => kind === 'crew').id);
  const plan = await (await professor.context.request.get(`/api/plans/${PLAN}`)).json();
  const urgent = await (
    await crew.context.request.get(`/api/urgent?nhs_number=${plan.person.nhs_number}`)
  ).json();
  const section = urgent.sections.find((one) => one.section === SECTION);
  assert.equal(section.standing.by, 'Professor Adaeze Eze');
  assert.match(JSON.stringify(section.fields), /7\.5 mg/);

  await professor.page.getByRole('link', { name: 'Back to the plan' }).first().click();
  await professor.page.locator('.section-nav__link').first().waitFor();
  await until('the section is signed', async () =>
    new RegExp(`Sickle cell\\s+✓ Signed, version ${urgent.version}`).test(
      await professor.page.locator('.plan__nav').innerText(),
    ),
  );
});

test('no page met a fault of its own', () => {
  assert.deepEqual([professor.faults, nurse.faults], [[], []]);
});
