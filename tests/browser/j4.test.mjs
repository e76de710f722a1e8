// A sickle cell crisis: the crew reads what to give and where to go, the emergency department opens the same plan, the
// person sees both, and a new dose is on the crew's screen as soon as the consultant has signed it. (J4)

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, easyToPress } from './crew.mjs';
import { Server } from './server.mjs';
import { openBrowser, Staff, until } from './staff.mjs';

const PHONE = { width: 360, height: 640 };
const PLAN = 'demo-001';
const SECTION = 'sickle-cell';
const DOSE = 'analgesia_second_line';

let server, browser, person, crew, ward, professor, number;
/** What the crew's page has asked the service for, by path. */
const asked = [];

before(async () => {
  server = await Server.start();
  browser = await openBrowser();
  const signIn = (user, viewport) => Staff.signIn(browser, server.origin, user, viewport);
  person = await signIn('p-adeyemi', PHONE);
  crew = await signIn('crew-okafor', PHONE);
  ward = await signIn('crew-ferreira');
  professor = await signIn('prof-eze');
  crew.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  number = (await (await person.context.request.get(`/api/plans/${PLAN}`)).json()).person.nhs_number;
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Opens the urgent page by the number, as a crew does. */
async function open(who) {
  await who.page.goto('/crew/');
  await who.page.getByLabel('NHS number').fill(number);
  await who.page.getByRole('button', { name: 'Open', exact: true }).click();
  await who.page.locator('.plan:not(.plan--copy)').waitFor();
}

const looks = () => asked.filter((path) => path === '/api/urgent').length;

test('the crew reads what to give, what is usual for him, where to go and that the pain is real', async () => {
  await open(crew);
  const text = await crew.page.locator('main').innerText();
  for (const words of [
    'Do not wait: treat this pain as genuine',
    'First-line pain relief',
    'Morphine sulfate oral solution 10 mg/5 mL',
    'Second-line pain relief',
    'Usual oxygen saturation',
    '96%',
    'Queen Philippa haemoglobinopathy centre',
    'Professor Adaeze Eze',
  ])
    assert.ok(text.includes(words), words);
  await crew.picture('j4-crew', { fullPage: true });
  await accessible(crew.page, 'the crisis plan');
  await easyToPress(crew.page, 'the crisis plan');
});

test('the emergency department opens the same plan, and the person sees both', async () => {
  await open(ward);
  const heading = ward.page.locator('.person');
  assert.match(await heading.innerText(), /999 012 0005/);
  await person.page.goto(`/person/plans/${PLAN}/opened`);
  for (const place of ['Three Rivers Ambulance Service', 'Wenford General Hospital'])
    await person.page
      .locator('.event__sentence')
      .filter({ hasText: new RegExp(`^${place} opened your plan`) })
      .first()
      .waitFor();
  await person.picture('j4-opened');
  assert.deepEqual(await person.barriers(), []);
});

test('thirty minutes to the first pain relief are counted from the moment he is there', async () => {
  await ward.page.clock.install();
  await open(ward);
  const row = ward.page.locator('.row', { hasText: 'First pain relief within' });
  assert.match(await row.innerText(), /30 minutes/);
  await row.getByRole('button', { name: 'Arrived now: count 30 minutes' }).press('Enter');
  const timer = ward.page.getByRole('timer');
  assert.match(await timer.innerText(), /30 minutes left\s+Arrived \d{2}:\d{2}, due by \d{2}:\d{2}\./);
  await ward.page.clock.runFor('10:30');
  await until('it counts', async () => /20 minutes left/.test(await timer.innerText()));
  await open(ward);
  await until('whoever opens it again finds it', async () => /(29|30) minutes left/.test(await timer.innerText()));
  // By the service's clock, which did not run ahead with this device's.
  await ward.picture('j4-clock');
  await accessible(ward.page, 'the clock');
  await ward.page.clock.runFor('32:00');
  await until('it says that it is over', async () => /Overdue by [1-3] minutes?/.test(await timer.innerText()));
  await ward.page.setViewportSize(PHONE);
  await row.scrollIntoViewIfNeeded();
  await ward.picture('j4-clock-over');
  await accessible(ward.page, 'the clock, over');
  await easyToPress(ward.page, 'the clock, over');
  await row.getByRole('button', { name: 'Not arrived' }).click();
  await row.getByRole('button', { name: 'Arrived now: count 30 minutes' }).waitFor();
  await ward.page.clock.resume();
});

test('a dose that is not signed yet stays off the crew’s screen', async () => {
  await professor.open(PLAN, SECTION);
  const group = professor.field(DOSE);
  await group.getByRole('button', { name: /^Change/ }).click();
  await group.getByLabel('Dose').fill('7.5 mg');
  await group.getByRole('button', { name: /^Save/ }).click();
  await professor.untilStatus('Saved');
  assert.doesNotMatch(await crew.page.locator('main').innerText(), /7\.5 mg/);
});

test('once the consultant has signed it, the crew hears of it and nothing is swapped under their eyes', async () => {
  await crew.page.evaluate(() => scrollTo(0, 400));
  await person.page.goto('/person/');
  await person.page.locator('.panel.emergency').waitFor();
  const before = looks();
  await professor.page.goto(`/professional/plans/${PLAN}/sign-and-publish`);
  await professor.page.getByRole('button', { name: /^Sign and publish/ }).click();
  await professor.page.getByRole('heading', { name: /^Version \d+ is published$/ }).waitFor();

  const banner = crew.page.getByText(/^A newer version was published at \d{2}:\d{2}\./);
  await banner.waitFor();
  assert.equal(looks() - before, 1, 'the page was told, and asked once');
  assert.doesNotMatch(await crew.page.locator('main').innerText(), /7\.5 mg/, 'what is being read stays');
  await crew.picture('j4-newer');
  await accessible(crew.page, 'a newer version');
  await easyToPress(crew.page, 'a newer version');
  await crew.page.getByRole('button', { name: 'Show it' }).click();
  await crew.page.getByText('7.5 mg').first().waitFor();
  assert.equal(await banner.count(), 0);
  await crew.picture('j4-shown');
});

test('the person’s own page has it too, without being asked for', async () => {
  await until('the dose is there', async () =>
    /7\.5 mg/.test(await person.page.locator('.panel.emergency').innerText()),
  );
  await person.page.getByText('A newer version has come, and is shown here.').waitFor();
  assert.deepEqual(await person.barriers(), []);
});

test('a page that nobody looks at holds no connection, and catches up when somebody does', async () => {
  const streams = () => asked.filter((path) => path === '/api/urgent/events').length;
  const before = streams();
  await look(crew.page, 'hidden');
  await professor.open(PLAN, 'about-me');
  await professor.caretTo('please_do', 'end');
  await professor.page.keyboard.type(' And ask his wife.');
  await professor.untilStatus('Saved');
  await until('it is published', async () => {
    const view = await (await person.context.request.get(`/api/plans/${PLAN}/views/person`)).text();
    return view.includes('And ask his wife.');
  });
  assert.equal(streams(), before);
  assert.equal(await crew.page.getByText('A newer version was published').count(), 0);
  await look(crew.page, 'visible');
  await crew.page.getByText('A newer version was published').waitFor();
});

test('a plan that the person closes goes from the crew’s screen and device at once', async () => {
  const answer = await person.context.request.post(`/api/plans/${PLAN}/sharing/objections`, {
    data: { grade: 'refused', reason: 'I do not want it any more' },
  });
  assert.equal(answer.status(), 201, await answer.text());
  await crew.page.getByText('This plan is no longer shown').waitFor();
  assert.doesNotMatch(await crew.page.content(), /Adéyẹmí|Morphine/);
  await until('nothing is kept', async () => (await copies(crew.page)) === 0);
});

test('no page met a fault of its own', () => {
  assert.deepEqual([person.faults, crew.faults, ward.faults, professor.faults], [[], [], [], []]);
});

/** Somebody looks away from the page, or at it again. */
function look(page, how) {
  return page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
    document.dispatchEvent(new Event('visibilitychange'));
  }, how);
}

/** How many copies of plans the device keeps. */
function copies(page) {
  return page.evaluate(async () => {
    const opened = (request) => new Promise((found) => (request.onsuccess = () => found(request.result)));
    const database = await opened(indexedDB.open('coplan-crew'));
    const kept = await opened(database.transaction('copies').objectStore('copies').count());
    database.close();
    return kept;
  });
}
