// Other records beside a plan: a practice's record is taken over from the page, a document of another service is read
// there, and what staff wrote stays theirs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { allergy, document, GpRecord, medicine, problem } from './gp_record.mjs';
import { Server } from './server.mjs';
import { DESKTOP, openBrowser, PHONE, Staff, until } from './staff.mjs';

const PLAN = 'demo-001';
const PERSON = '9990120005';
const SOMEBODY_ELSE = '9990192669';
const SECTION = 'health';

let record, server, browser, doctor, pharmacist;

before(async () => {
  record = await GpRecord.of(PERSON);
  server = await Server.start('--sources', record.sourcesFile('practice'));
  browser = await openBrowser();
  doctor = await Staff.signIn(browser, server.origin, 'dr-okonkwo');
  pharmacist = await Staff.signIn(browser, server.origin, 'ph-nair');
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await record?.stop();
});

const card = (staff) => staff.page.locator('[aria-labelledby="records-heading"]');
const askFor = (staff) => card(staff).getByRole('button', { name: 'Refresh from practice' });
/** One thing of a list of the section, by what stands in its head. */
const item = (staff, name) =>
  staff.page.locator('.section .item').filter({ has: staff.page.getByRole('heading', { name }) });
/** What stands in the section: its boxes, and the things of its lists. */
const section = async (staff) => ({
  items: await staff.page.locator('.section').locator('.item__name, .item .parts').allInnerTexts(),
  boxes: await staff.page
    .locator('.section')
    .locator('input, textarea, select')
    .evaluateAll((all) => all.map(({ value, checked }) => [value, checked])),
});

/** What the card says, once it says that. */
async function says(staff, wanted) {
  let words = '';
  await until(
    `the card says ${wanted}`,
    async () => {
      words = (await card(staff).innerText()).replaceAll(/\s+/g, ' ');
      return wanted.test(words);
    },
    () => words,
  );
  return words;
}

/** Today, as people write it in London. */
const today = () =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'Europe/London' }).format(new Date());

/** The imports and documents that the service keeps with the plan. */
async function kept() {
  const answer = async (what) =>
    (await (await doctor.context.request.get(`/api/plans/${PLAN}/${what}`)).json())[what];
  return { imports: await answer('imports'), attachments: await answer('attachments') };
}

/** Hands a document in, as another system does. */
function handIn(bytes) {
  return doctor.context.request.post(`/api/plans/${PLAN}/attachments`, {
    headers: { 'content-type': 'application/fhir+json' },
    data: bytes,
  });
}

/** The card is no barrier, on a desk and on a phone, and pictures of it are kept. */
async function look(staff, name) {
  await card(staff).scrollIntoViewIfNeeded();
  await staff.picture(name);
  assert.deepEqual(await staff.barriers(), [], name);
  await staff.page.setViewportSize(PHONE);
  await staff.page.getByRole('button', { name: 'About it' }).click();
  await card(staff).scrollIntoViewIfNeeded();
  await staff.picture(`${name}-phone`);
  assert.deepEqual(await staff.barriers(), [], `${name} on a phone`);
  const overflow = await staff.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(overflow <= 0, `${name} is ${overflow} px wider than the screen`);
  await staff.page.getByRole('button', { name: 'This section' }).click();
  await staff.page.setViewportSize(DESKTOP);
}

test('a record is taken over from the page, and what is from it says so, with the day', async () => {
  record.holds = [
    allergy('latex', 'Latex', 'severe'),
    allergy('diclofenac', 'Diclofenac', 'moderate'),
    problem('migraine', 'Migraine'),
    medicine('cetirizine', 'Cetirizine 10 mg tablets', 'One when needed'),
  ];
  for (const staff of [doctor, pharmacist]) await staff.open(PLAN, SECTION);
  await says(doctor, /^From other records Refresh from practice$/);
  await askFor(doctor).press('Enter');
  const words = await says(doctor, /From GP record/);
  assert.match(words, new RegExp(`From GP record, ${today()}, \\d\\d:\\d\\d: 3 new\\.`));
  for (const staff of [doctor, pharmacist]) {
    for (const name of ['Latex, Severe', 'Migraine']) {
      await item(staff, name).getByText(`from GP record, ${today()}`).waitFor();
    }
  }
  await item(doctor, 'Latex').getByRole('button', { name: 'Change' }).click();
  assert.equal(await doctor.page.getByLabel('Taken over on').count(), 0, 'nobody types in where it is from');
  await item(doctor, 'Latex').getByRole('button', { name: 'Close' }).click();
  await look(doctor, 'records-taken-over');
});

test('what staff wrote stays as they wrote it, and the card says where the record differs', async () => {
  const diclofenac = item(doctor, 'Diclofenac');
  assert.equal(await diclofenac.count(), 1);
  const theirs = await diclofenac.innerText();
  assert.match(theirs, /How severe\s+Severe/);
  assert.match(theirs, /Dr Amara Okonkwo/);
  assert.doesNotMatch(theirs, /GP record/);
  await says(
    doctor,
    /Diclofenac: written down here already, and left as it is How severe: here Severe, in the record Moderate/,
  );
});

test('what staff changed since is theirs, and the rest follows the record', async () => {
  await item(doctor, 'Latex').getByRole('button', { name: 'Change' }).click();
  await item(doctor, 'Latex').getByLabel('What happened').fill('Hives from gloves, at the dentist');
  await item(doctor, 'Latex').getByRole('button', { name: 'Close' }).click();
  await doctor.untilStatus('Saved');
  record.holds = [
    allergy('latex', 'Latex', 'mild'),
    problem('migraine', 'Migraine with aura'),
    medicine('cetirizine', 'Cetirizine 10 mg tablets', 'One when needed'),
  ];
  await askFor(doctor).click();
  const words = await says(doctor, /1 changed/);
  assert.match(words, /Latex: changed here since, so it was left as it is/);
  assert.match(words, /How severe: here Severe, in the record Mild/);
  await item(doctor, 'Migraine with aura').getByText('from GP record').waitFor();
  const latex = await item(doctor, 'Latex, Hives from gloves, at the dentist').innerText();
  assert.match(latex, /How severe\s+Severe/);
  await item(doctor, 'Diclofenac, Allergy').getByText('Severe', { exact: true }).waitFor();
  record.holds = record.holds.filter(({ id }) => id !== 'migraine');
  record.holds.push(problem('gout', 'Gout'));
  await askFor(doctor).click();
  await says(doctor, /1 new, 1 removed/);
  await item(doctor, 'Gout').waitFor();
  assert.equal(await item(doctor, 'Migraine').count(), 0);
  assert.equal(await item(doctor, 'Stuttering priapism').count(), 1);
  await askFor(doctor).click();
  await says(doctor, /: nothing new\./);
  await look(doctor, 'records-refreshed');
});

test('a record that is away and one of somebody else are told in words, and nothing changes', async () => {
  const before = { ...(await section(doctor)), ...(await kept()) };
  const unchanged = async () =>
    assert.deepEqual({ ...(await section(doctor)), ...(await kept()) }, before, 'nothing changes');
  record.status = 500;
  await askFor(doctor).click();
  const away = await card(doctor).getByRole('alert').innerText();
  assert.match(away, /^Nothing was changed\. /);
  assert.doesNotMatch(away, /signal|Bundle/, 'it is the record that is away');
  await unchanged();
  record.status = 200;
  const held = record.holds;
  record.holds = [
    problem('asthma', 'Severe asthma'),
    { ...allergy('eggs', 'Eggs', 'mild'), patient: { reference: 'Patient/other' } },
  ];
  await askFor(doctor).click();
  await says(doctor, /Nothing was changed\. This is not about the person of the plan/);
  await unchanged();
  await look(doctor, 'records-refused');
  record.holds = held;
  await askFor(doctor).click();
  await card(doctor).getByRole('alert').waitFor({ state: 'detached' });
  await doctor.page.reload();
  await item(doctor, 'Gout').waitFor();
  assert.equal(await item(doctor, 'asthma').count(), 1, 'Asthma, mild, as staff wrote it');
});

test('a document of another service is listed beside the plan, and opens to be read and nothing else', async () => {
  const refused = await handIn(document(SOMEBODY_ELSE));
  assert.deepEqual([refused.status(), (await refused.json()).code], [422, 'import-another-person']);
  assert.equal((await handIn(document(PERSON))).status(), 201);
  await doctor.open(PLAN, SECTION);
  const before = await section(doctor);
  const listed = card(doctor).getByRole('link');
  await listed.waitFor();
  assert.equal(await listed.count(), 1, 'what was refused is not listed');
  await says(doctor, /Hospice summary \(opens in a new tab\) Otherton Hospice, 20 November 2026/);
  await look(doctor, 'records-document');
  const opened = doctor.context.waitForEvent('page');
  await listed.click();
  const reader = Object.assign(new Staff(), { page: await opened });
  await reader.page.getByRole('heading', { level: 1, name: 'Hospice summary' }).waitFor();
  const words = await reader.page.locator('body').innerText();
  assert.match(words, /It is not part of the plan/);
  assert.match(words, /What matters\s+Sleeps best in the chair\./);
  const alive =
    'a, button, input, textarea, select, form, script, body style, img, iframe, [contenteditable], [onclick]';
  assert.equal(await reader.page.locator(alive).count(), 0, 'nothing to press, type in or run');
  for (const [size, name] of [
    [DESKTOP, 'records-document-open'],
    [PHONE, 'records-document-open-phone'],
  ]) {
    await reader.page.setViewportSize(size);
    await reader.picture(name, { fullPage: true });
    assert.deepEqual(await reader.barriers(), [], name);
  }
  await reader.page.close();
  assert.deepEqual(await section(doctor), before, 'nothing of it is written into the plan');
});

test('who may not write health reads how much was taken over, and neither asks for more nor reads the document', async () => {
  const home = await Staff.signIn(browser, server.origin, 'home-santos');
  await home.page.goto(`/professional/plans/${PLAN}/${SECTION}`);
  const words = await says(home, /From GP record/);
  assert.match(words, /: nothing new\.$/);
  assert.equal(await card(home).locator('button, a').count(), 0);
  assert.doesNotMatch(words, /Latex|Hospice/);
  assert.deepEqual(await home.barriers(), []);
  assert.deepEqual(home.faults, []);
  await home.close();
});

test('no page met a fault of its own', () => {
  assert.deepEqual([doctor.faults, pharmacist.faults], [[], []]);
});
