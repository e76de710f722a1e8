// The ambulance at night, in a real browser on a phone: no login, no search, the code at the door, what was seen. (J3, J11)

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { HostRecord } from '../identity/host.mjs';
import { Server } from '../identity/server.mjs';
import { signIn } from '../interop/session.mjs';
import { accessible, easyToPress } from './crew.mjs';
import { openBrowser } from './staff.mjs';

const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const NUMBER = '9990137307';
/** Where she lives is withheld, and only for emergencies may her plan be seen. */
const WITHHELD = '9990142491';
const CREW = 'crew-okafor';
const DOCTOR = 'dr-bello';
const CODE = '4471#9';
const HOUR_MS = 3_600_000;
/** Looks at the device before a test gives up; only bounds a failing one. */
const TRIES_MAX = 200;
const SHOTS = resolve(import.meta.dirname, '../output/browser');

let host, server, browser, doctor, plans, jobs;

before(async () => {
  mkdirSync(SHOTS, { recursive: true });
  host = await HostRecord.start({});
  server = await Server.start(host.identityFile());
  host.open(server.origin);
  browser = await openBrowser();
  doctor = await signIn(server, DOCTOR);
  plans = await doctor.get('/api/plans?limit=50');
  jobs = 0;
});

after(async () => {
  await browser?.close();
  await server?.end();
  await host?.end();
});

test('a_launch_opens_the_plan_at_once_and_says_for_which_job', async () => {
  const { page, job, context } = await sentOut();
  await opened(page);
  await page.getByText(`Job ${job}`, { exact: true }).waitFor();
  assert.doesNotMatch(page.url(), /plans|999/, 'the address does not say whose plan it is');
  await page.screenshot({ path: `${SHOTS}/j3-plan.png` });
  await accessible(page, 'a launched plan');
  await easyToPress(page, 'a launched plan');
  await context.close();
});

test('an_address_of_a_plan_opens_it_without_a_launch', async () => {
  const { page, context } = await crew();
  await page.goto(`${server.origin}/crew/plans/${planWith(NUMBER).id}`);
  await opened(page);
  await context.close();
});

test('a_code_is_shown_when_it_is_asked_for_hidden_after_60_seconds_and_kept_nowhere', async () => {
  const { id } = planWith(NUMBER);
  const answer = await doctor.fetch(`/api/plans/${id}/vault/key-safe-code`, put({ value: CODE }));
  assert.equal(answer.status, 204);
  const { page, job, context } = await sentOut(async (page) => page.clock.install());
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await opened(page);
  assert.deepEqual(
    asked.filter((path) => path.includes('/vault')),
    [],
    'nothing is asked of the vault before somebody asks',
  );

  await page.getByRole('button', { name: 'Key safe' }).focus();
  await page.keyboard.press('Enter');
  const show = page.getByRole('button', { name: 'Show key-safe code' });
  await show.waitFor();
  await accessible(page, 'what the vault holds');
  await show.focus();
  await page.keyboard.press('Enter');
  const code = page.getByText(CODE, { exact: true });
  await code.waitFor();
  await page.getByText('Your look is recorded').waitFor();
  await accessible(page, 'a code');
  await easyToPress(page, 'a code');
  await page.screenshot({ path: `${SHOTS}/j3-code.png` });
  const size = await code.evaluate((node) => Number.parseFloat(getComputedStyle(node).fontSize));
  assert.ok(size >= 48, `${size} px`);

  await page.clock.runFor(50_000);
  assert.ok(await code.isVisible());
  await page.getByText(/Hidden in (\d|10) seconds?/).waitFor();
  await page.clock.runFor(11_000);
  await page.getByText('hidden again').waitFor();
  assert.ok(!(await page.content()).includes(CODE), 'it is off the page, not only out of sight');
  const kept = await everythingKept(page);
  assert.ok(kept.includes('Chen') || kept.includes(NUMBER), 'what is kept was read');
  assert.ok(!kept.includes(CODE), 'it is not on the device');

  const { events } = await doctor.get(`/api/plans/${id}/audit`);
  assert.ok(
    events.some(({ reason }) => reason === `At the door, job ${job}`),
    JSON.stringify(events.slice(0, 3)),
  );
  await context.close();
});

test('where_there_is_no_code_or_no_right_to_it_plain_words_say_so', async () => {
  const { id } = await begun();
  const { page, context } = await crew();
  await hearsNothing(page);
  await page.goto(`${server.origin}/crew/plans/${id}`);
  await page.getByRole('button', { name: 'Key safe' }).click();
  await page.getByText('No code is kept for this person').waitFor();
  await page.keyboard.press('Escape');
  await object(id);
  await page.getByRole('button', { name: 'Key safe' }).click();
  await page.getByText('You may not see codes of this person').waitFor();
  await accessible(page, 'no right to a code');
  await context.close();
});

test('a_withheld_address_says_so_in_the_first_third_of_the_screen', async () => {
  const { page, context } = await crew();
  const session = await signIn(server, CREW);
  const answer = await session.fetch('/api/urgent', { headers: { 'x-nhs-number': WITHHELD } });
  const withheld = await answer.json();
  assert.equal(withheld.withheld, true, 'the demo world has somebody whose whereabouts are withheld');
  await page.goto(`${server.origin}/crew/plans/${withheld.plan}`);
  const words = page.getByText('Address withheld, use dispatch');
  await words.waitFor();
  const box = await words.boundingBox();
  assert.ok(box.y + box.height <= PHONE.viewport.height / 3, JSON.stringify(box));
  await page.screenshot({ path: `${SHOTS}/j3-withheld.png` });
  await accessible(page, 'a withheld address');
  await context.close();
});

test('a_plan_that_is_no_longer_shown_goes_from_the_device_and_opens_in_an_emergency_with_a_reason', async () => {
  const { id, person } = await begun();
  const { page, context } = await crew();
  await hearsNothing(page);
  await page.goto(`${server.origin}/crew/plans/${id}`);
  await page.locator('.plan').waitFor();
  await copies(page, 1);
  await object(id);

  await page.goto(`${server.origin}/crew/`);
  await page.getByLabel('NHS number').fill(person.nhs_number);
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await page.getByText('This plan is no longer shown').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Open it in an emergency' }).count(), 0);
  await copies(page, 0);

  await page.goto(`${server.origin}/crew/plans/${id}`);
  await page.getByText('This plan is closed to you').waitFor();
  await accessible(page, 'a closed plan');
  await easyToPress(page, 'a closed plan');
  const open = page.getByRole('button', { name: 'Open it in an emergency' });
  await open.click();
  await page.getByText('Write why, in one line').waitFor();
  await accessible(page, 'a closed plan without a reason');
  await page.screenshot({ path: `${SHOTS}/j3-closed.png` });
  await page.getByLabel('Why you must open it now').fill('Unconscious, nobody else to ask');
  await open.click();
  await page.getByText('Opened in an emergency').waitFor();
  await page.getByText(/\((60|59) minutes left\)/).waitFor();
  await accessible(page, 'a plan opened in an emergency');
  await page.screenshot({ path: `${SHOTS}/j3-opened.png` });
  await copies(page, 1);
  await context.close();
});

for (const [what, turn] of [
  ['24_hours_after_the_service_confirmed_it', (now) => now + 24 * HOUR_MS],
  ['when_the_clock_is_turned_back_after_it_ran_for_a_while', (now) => now + HOUR_MS],
]) {
  test(`a_copy_without_a_signal_is_deleted_${what}_and_the_page_says_so`, async () => {
    const { page, context } = await crew();
    await page.clock.install();
    await page.goto(`${server.origin}/crew/plans/${planWith(NUMBER).id}`);
    await page.locator('.plan').waitFor();
    await copies(page, 1);
    await context.setOffline(true);
    const now = await page.evaluate(() => Date.now());
    await page.clock.setSystemTime(now + 20 * HOUR_MS);
    await page.clock.runFor(25_000);
    assert.ok(await page.locator('.plan').isVisible(), 'a copy lasts for its day');
    await copies(page, 1);
    await page.clock.setSystemTime(turn(now));
    await page.clock.runFor(25_000);
    await page.getByText('has been deleted from this device').waitFor();
    await accessible(page, 'a copy whose time is over');
    await copies(page, 0);
    await context.close();
  });
}

test('the_number_of_a_run_gives_back_exactly_what_was_seen_and_when', async () => {
  const { page, job, context } = await sentOut();
  await opened(page);
  const seen = await page.locator('.section dl').allInnerTexts();
  await page.goto(`${server.origin}/crew/runs/${job}`);
  const look = page.getByRole('button', { name: /Dara Okonjo/ }).first();
  await look.waitFor();
  await accessible(page, 'the looks of a run');
  await easyToPress(page, 'the looks of a run');
  await page.screenshot({ path: `${SHOTS}/j3-run.png` });
  const { reads } = await json(context, `/api/runs/${job}`);
  await look.click();
  await page
    .getByText(`As it was seen at ${timeInLondon(reads[0].at)} on ${dayInLondon(reads[0].at)}`)
    .waitFor();
  assert.deepEqual(await page.locator('.section dl').allInnerTexts(), seen);
  await accessible(page, 'what was seen');
  await page.screenshot({ path: `${SHOTS}/j3-seen.png` });
  await page.getByRole('button', { name: 'Back to the list' }).click();
  await look.waitFor();
  await page.goto(`${server.origin}/crew/runs/none-such`);
  await page.getByText('There is nothing under this number that you may see').waitFor();
  await context.close();
});

/** A crew at a phone, signed in by hand. */
async function crew() {
  const context = await browser.newContext({ ...PHONE, timezoneId: 'Asia/Tokyo' });
  const answer = await context.request.post(`${server.origin}/dev/sign-in`, { data: { user: CREW } });
  assert.ok(answer.ok(), await answer.text());
  return { context, page: await context.newPage() };
}

/** A crew that the ambulance record sends to somebody's plan, under a job of its own. */
async function sentOut(prepare = async () => undefined) {
  const context = await browser.newContext({ ...PHONE, timezoneId: 'Asia/Tokyo' });
  jobs += 1;
  const job = `TRAS-2026-${jobs}`;
  const authorization = `Bearer ${await host.sign({ nhs_number: NUMBER, job })}`;
  const taken = await fetch(`${server.origin}/launch/tickets`, {
    method: 'POST',
    headers: { authorization },
  });
  assert.equal(taken.status, 201, await taken.clone().text());
  const page = await context.newPage();
  await prepare(page);
  await page.goto((await taken.json()).url);
  return { context, page, job };
}

/** A published plan that no other test uses. */
async function begun() {
  const session = await signIn(server, CREW);
  for (;;) {
    const plan = plans.pop();
    assert.ok(plan, 'there are plans left');
    if (plan.person.nhs_number === NUMBER) {
      plans.unshift(plan);
      continue;
    }
    const view = await viewOf(session, plan.id);
    if (view && !view.withheld) return plan;
  }
}

async function viewOf(session, id) {
  const answer = await session.fetch(`/api/plans/${id}/views/urgent`);
  return answer.ok ? answer.json() : undefined;
}

/** A phone that is not told of what changes: one that is closes the plan by itself. */
async function hearsNothing(page) {
  await page.route('**/api/urgent/events', (route) => route.abort());
}

/** The person refuses to have a shared plan. */
async function object(id) {
  const reason = 'They told their practice';
  const answer = await doctor.post(`/api/plans/${id}/sharing/objections`, { grade: 'refused', reason });
  assert.equal(answer.status, 201, await answer.text());
}

function planWith(number) {
  return plans.find(({ person }) => person.nhs_number === number);
}

/** The plan that the crew was sent to stands on the screen. */
function opened(page) {
  return page.locator('.person').getByText('999 013 7307').waitFor();
}

/** Waits until the device keeps as many copies. */
async function copies(page, many) {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    if ((await copiesNow(page)) === many) return;
  }
  assert.equal(await copiesNow(page), many, 'copies on the device');
}

function copiesNow(page) {
  return page.evaluate(async () => {
    const opened = (request) => new Promise((found) => (request.onsuccess = () => found(request.result)));
    const database = await opened(indexedDB.open('coplan-crew'));
    const kept = await opened(database.transaction('copies').objectStore('copies').count());
    database.close();
    return kept;
  });
}

/** Everything that the device keeps, with its plans deciphered by the key that lies beside them. */
function everythingKept(page) {
  return page.evaluate(async () => {
    const opened = (request) => new Promise((found) => (request.onsuccess = () => found(request.result)));
    const database = await opened(indexedDB.open('coplan-crew'));
    const device = database.transaction('device').objectStore('device');
    const key = await opened(device.get('key'));
    const kept = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })];
    kept.push(JSON.stringify(history.state), location.href, document.title);
    for (const { iv, bytes } of await opened(database.transaction('copies').objectStore('copies').getAll())) {
      const clear = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, bytes);
      kept.push(new TextDecoder().decode(clear));
    }
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys())
        kept.push(request.url, await (await cache.match(request)).text());
    }
    database.close();
    return kept.join('\n');
  });
}

async function json(context, path) {
  return (await context.request.get(`${server.origin}${path}`)).json();
}

function put(body) {
  return { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function timeInLondon(moment) {
  return inLondon(moment, { hour: '2-digit', minute: '2-digit' });
}

function dayInLondon(moment) {
  return inLondon(moment, { day: 'numeric', month: 'long', year: 'numeric' });
}

function inLondon(moment, options) {
  return new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/London', ...options }).format(new Date(moment));
}
