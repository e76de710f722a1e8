// The person at their own pages: what stands in their plan, who has opened it, and who may. Another acts for somebody.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { easyToPress } from './crew.mjs';
import { Server } from './server.mjs';
import { DESKTOP, openBrowser, Staff, until } from './staff.mjs';

const PHONE = { width: 390, height: 844 };
const PLAN = '/api/plans/demo-001';
const GLASS = 'he does not wake, and I must know what he takes';

let server, browser, person, crew, doctor;

before(async () => {
  server = await Server.start();
  browser = await openBrowser();
  const signIn = (user, viewport) => Staff.signIn(browser, server.origin, user, viewport);
  person = await signIn('p-adeyemi', PHONE);
  crew = await signIn('crew-okafor');
  doctor = await signIn('dr-okonkwo');
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The status that somebody's request has. */
async function status(staff, path) {
  return (await staff.context.request.get(path)).status();
}

/** The urgent page, as a crew asks for it. */
async function urgent(staff) {
  const { person: of } = await (await person.context.request.get(PLAN)).json();
  return status(staff, `/api/urgent?nhs_number=${of.nhs_number}`);
}

/** Goes to a page of the plan as people do, by its link. */
async function turnTo(link, heading) {
  await person.page.getByRole('link', { name: link, exact: true }).click();
  await person.page.getByRole('heading', { level: 1, name: heading }).waitFor();
}

/** What happened, as the page tells it, the newest first. */
async function sentences(staff = person) {
  await staff.page.locator('.event').first().waitFor();
  return staff.page.locator('.event__sentence').allInnerTexts();
}

/** Chooses who may see the plan, looks at what it means, and says yes. */
async function choose(choice, page = person.page) {
  await page.getByRole('radio', { name: choice }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Yes, this is what I want' }).click();
  await page.getByText(/^Changed\./).waitFor();
}

test('a person reads their plan in plain words, and hears what they do not see', async () => {
  await person.page.goto('/person/');
  await person.page.getByRole('heading', { level: 1, name: 'Your plan' }).waitFor();
  await person.page.getByText('Development sign-in: not for real people').waitFor();
  await person.page.getByText(/published on .*\d{2}:\d{2}.* ago/).waitFor();
  await person.picture('person-plan', { fullPage: true });
  await easyToPress(person.page, 'the plan');
  await person.page.getByRole('button', { name: 'Open all parts' }).click();
  const text = await person.page.locator('main').innerText();
  for (const words of ['Sickle cell', 'Signed by Professor Adaeze Eze', 'About me'])
    assert.ok(text.includes(words), words);
  const unseen = person.page.getByRole('region', {
    name: 'What you do not see here',
  });
  assert.match(await unseen.innerText(), /Staff safety/);
  assert.doesNotMatch(text, /automerge|undefined|\[object/i);
  assert.deepEqual(await person.barriers(), []);
});

test('all parts of a plan come onto paper, closed ones too', async () => {
  await person.page.goto('/person/');
  const parts = person.page.locator('details.part');
  await parts.first().waitFor();
  assert.equal(await person.page.locator('details.part[open]').count(), 0);
  await person.page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  await person.page.emulateMedia({ media: 'print' });
  assert.equal(await person.page.locator('details.part[open]').count(), await parts.count());
  assert.equal(await person.page.getByRole('button', { name: 'Print' }).isVisible(), false);
  assert.ok(await person.page.getByText('NHS number').first().isVisible());
  await person.picture('person-paper', { fullPage: true });
  await person.page.evaluate(() => dispatchEvent(new Event('afterprint')));
  await person.page.emulateMedia({ media: 'screen' });
});

test('a person sees that the ambulance opened their plan', async () => {
  assert.equal(await urgent(crew), 200);
  await person.page.goto('/person/');
  await turnTo('Who has opened it', 'Who has opened your plan');
  const said = await sentences();
  const nth = said.findIndex((one) => one.startsWith('Three Rivers Ambulance Service opened your plan'));
  assert.notEqual(nth, -1, said.join('\n'));
  const event = person.page.locator('.event').nth(nth);
  assert.match(await event.innerText(), /\d{2}:\d{2}[\s\S]*Daniel Okafor/);
  await person.picture('person-opened', { fullPage: true });
  assert.deepEqual(await person.barriers(), []);
});

test('a person narrows who can see their plan, sees the glass broken, and takes it back', async () => {
  assert.equal(await status(doctor, PLAN), 200);
  await person.page.goto('/person/');
  await turnTo('Who can see it', 'Who can see your plan');
  await person.page.getByText('Now: Everyone who looks after me').waitFor();
  await person.page.getByRole('button', { name: 'Continue' }).click();
  await person.page.getByText('Choose one').waitFor();
  await person.page.getByRole('radio', { name: 'Only in an emergency' }).check();
  await person.page.getByLabel('For how long?').selectOption('6');
  await person.picture('person-choose', { fullPage: true });
  assert.deepEqual(await person.barriers(), []);
  await person.page.getByRole('button', { name: 'Continue' }).click();
  await person.page.getByText(/It ends by itself on/).waitFor();
  await person.picture('person-confirm', { fullPage: true });
  assert.deepEqual(await person.barriers(), []);
  assert.equal(await status(doctor, PLAN), 200, 'nothing holds before the yes');
  await person.page.getByRole('button', { name: 'No, go back' }).click();
  await choose('Only in an emergency');
  await person.page.getByText('Now: Only in an emergency').waitFor();

  assert.equal(await status(doctor, PLAN), 403);
  assert.equal(await status(doctor, `${PLAN}/views/clinical`), 403);
  assert.equal(await urgent(crew), 200, 'the crew still reads');
  const glass = { plan: 'demo-001', kind: 'break-glass', reason: GLASS };
  const broken = await doctor.context.request.post('/api/relationships', {
    data: glass,
  });
  assert.equal(broken.status(), 201, await broken.text());
  assert.equal(await status(doctor, PLAN), 200);

  await turnTo('Who has opened it', 'Who has opened your plan');
  await sentences();
  const marked = person.page.locator('.event--glass').filter({ hasText: GLASS }).first();
  assert.match(await marked.innerText(), /Glass broken[\s\S]*Millpond Surgery[\s\S]*Dr Amara Okonkwo/);
  const fold = person.page.getByText(/^What was not allowed \(\d+\)$/);
  await fold.click();
  await person.page
    .getByText(/^Millpond Surgery tried to open your plan.*not allowed to$/)
    .first()
    .waitFor();
  await person.picture('person-glass', { fullPage: true });
  assert.deepEqual(await person.barriers(), []);

  await turnTo('Who can see it', 'Who can see your plan');
  await choose('Everyone who looks after me');
  await person.page.getByText('Now: Everyone who looks after me').waitFor();
  const { objections } = await (await doctor.context.request.get(`${PLAN}/sharing`)).json();
  assert.deepEqual(objections, []);
  const nurse = await Staff.signIn(browser, server.origin, 'cns-campbell');
  assert.equal(await status(nurse, PLAN), 200, 'the team reads again');
  await nurse.close();
});

test('what stands among the decisions is said where it narrows who can see the plan', async () => {
  const own = await Staff.signIn(browser, server.origin, 'p-kovalenko', PHONE);
  await own.page.goto('/person/');
  await own.page.getByRole('link', { name: 'Who can see it', exact: true }).click();
  await own.page.getByText('Now: Only in an emergency').waitFor();
  await own.page.getByText('The decisions in your plan say: Only in an emergency').waitFor();
  await own.picture('person-decided', { fullPage: true });
  assert.deepEqual(await own.barriers(), []);
  await own.close();
});

test('what the page says of crews and the team is what they find, whatever stands beside what', async () => {
  const own = await Staff.signIn(browser, server.origin, 'p-kovalenko', PHONE);
  const theirs = '/api/plans/demo-013';
  const number = (await (await own.context.request.get(theirs)).json()).person.nhs_number;
  const read = async () => (await crew.context.request.get('/api/urgent', { headers: { 'x-nhs-number': number } })).status();
  const look = async () => {
    await own.page.goto('/person/plans/demo-013/sharing');
    await own.page.getByText(/^Now: /).waitFor();
    return own.page.locator('.now').innerText();
  };
  const sharing = async () => (await own.context.request.get(`${theirs}/sharing`)).json();

  assert.match(await look(), /Ambulance crews can read the page for emergencies\./);
  assert.equal(await read(), 200);
  const made = await own.context.request.post(`${theirs}/sharing/objections`, { data: { grade: 'refused', reason: 'Nobody now' } });
  assert.equal(made.status(), 201);
  assert.match(await look(), /Now: Nobody[\s\S]*Ambulance crews cannot read[\s\S]*may not be read in time/);
  assert.notEqual(await read(), 200);
  const ended = await own.context.request.delete(`${theirs}/sharing/objections/${(await made.json()).id}`);
  assert.equal(ended.status(), 204);

  assert.match(await look(), /Now: Only in an emergency/);
  await own.page.getByRole('button', { name: 'Take back what the decisions say' }).click();
  await own.picture('person-take-back', { fullPage: true });
  assert.deepEqual(await own.barriers(), []);
  await own.page.getByRole('button', { name: 'Yes, take it back' }).click();
  await own.page.getByText('Taken back. What holds now stands below.').waitFor();
  await own.page.getByText('Now: Everyone who looks after me').waitFor();
  assert.deepEqual([(await sharing()).choice, await read()], [null, 200]);
  await own.close();
});

test('all of it can be done by keyboard alone', async () => {
  const own = await Staff.signIn(browser, server.origin, 'p-kovalenko', DESKTOP);
  await own.page.goto('/person/');
  await own.page.locator('.part').first().waitFor();
  const focused = () => own.page.evaluate(() => document.activeElement?.textContent ?? '');
  const tabTo = async (words) => {
    for (let tries = 0; tries < 20 && !(await focused()).startsWith(words); tries += 1)
      await own.page.keyboard.press('Tab');
    assert.ok((await focused()).startsWith(words), `${words} is reached`);
  };
  await tabTo('Skip to the page');
  await own.page.keyboard.press('Enter');
  assert.equal(await own.page.evaluate(() => document.activeElement?.id), 'main');
  await own.page.reload();
  await own.page.locator('.part').first().waitFor();
  await tabTo('Who can see it');
  await own.page.keyboard.press('Enter');
  await own.page.getByRole('radio').first().waitFor();
  await until('the heading is read', async () => (await focused()) === 'Who can see your plan');
  await own.page.keyboard.press('Tab');
  await own.page.keyboard.press('Space');
  await own.page.keyboard.press('ArrowDown');
  await own.page.keyboard.press('ArrowDown');
  assert.ok(await own.page.getByRole('radio', { name: 'Nobody' }).isChecked());
  await tabTo('Continue');
  await own.page.keyboard.press('Enter');
  await until('the question is read', async () => (await focused()).startsWith('Is this what you want?'));
  await tabTo('Yes, this is what I want');
  await own.page.keyboard.press('Enter');
  await own.page.getByText('Now: Nobody').waitFor();
  await choose('Everyone', own.page);
  await own.picture('person-desktop', { fullPage: true });
  assert.deepEqual(own.faults, []);
  await own.close();
});

test('whoever acts for somebody sees for whom on every page', async () => {
  const proxy = await Staff.signIn(browser, server.origin, 'p-pemberton', PHONE);
  for (const page of ['', '/opened', '/sharing']) {
    await proxy.page.goto(`/person/plans/demo-005${page}`);
    await proxy.page.getByText('You act for Dorothy Ann Pemberton').waitFor();
    await proxy.page.locator('.part, .event, .now').first().waitFor();
    assert.doesNotMatch(await proxy.page.locator('main').innerText(), /\byour plan\b/i, page);
    assert.deepEqual(await proxy.barriers(), []);
  }
  await proxy.page.goto('/person/plans/demo-001');
  await proxy.page.getByText('There is nothing here for you').waitFor();
  assert.deepEqual(proxy.faults, []);
  await proxy.close();
});

test('a stranger is shown the way to sign in, and staff that this is not their page', async () => {
  const context = await browser.newContext({
    baseURL: server.origin,
    viewport: PHONE,
  });
  const page = await context.newPage();
  await page.goto('/person/plans/demo-001/opened');
  await page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
  assert.equal(await page.getByRole('link', { name: /sign in/ }).getAttribute('href'), '/');
  await context.close();
  await doctor.page.goto('/person/');
  await doctor.page.getByRole('heading', { name: 'This page is for people with a plan' }).waitFor();
});

test('no page met a fault of its own, and signing out ends it', async () => {
  assert.deepEqual(person.faults, []);
  await person.page.goto('/person/');
  await person.page.getByRole('button', { name: 'Sign out' }).click();
  await person.page.waitForURL((url) => url.pathname === '/');
  assert.equal(await status(person, '/api/me'), 401);
});
