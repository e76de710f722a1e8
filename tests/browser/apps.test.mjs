// An app of somebody else reads for whoever allows it to, in a real browser: asked once, in plain words, until they sign out.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { identities } from '../identity/identities.mjs';
import { TestProvider } from '../identity/provider.mjs';
import { Server } from '../identity/server.mjs';
import { openBrowser, PHONE, Staff } from './staff.mjs';
import { WardList } from './ward_list.mjs';

const PLAN = 'demo-002';

let app, provider, server, browser;

before(async () => {
  app = await WardList.start();
  provider = await TestProvider.start(identities());
  server = await Server.start(provider.identityFile(app.entry));
  provider.open(server.origin);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await server?.end();
  await provider?.end();
  app?.end();
});

/** Opens the app and has it ask; gives its page. */
async function asked(context, scope) {
  const page = await context.newPage();
  await page.goto(app.origin);
  await page.evaluate(([origin, scope]) => window.begin(origin, scope), [server.origin, scope]);
  return page;
}

const says = (page) => page.getByRole('status');
const read = (page, below) => page.evaluate((below) => window.read(below), below);
/** The NHS number of the person whose plan it is. */
const numberOf = async (who) => (await (await who.context.request.get(`${server.origin}/api/plans/${PLAN}`)).json()).person.nhs_number;
const QUESTION = 'Let Ward list <of the hospital> read care plans for you?';

test('whoever is signed in is asked in plain words, and the app reads what they allowed and nothing else', async () => {
  const doctor = await Staff.signIn(browser, server.origin, 'dr-fenn');
  doctor.page = await asked(doctor.context);
  await doctor.page.getByRole('heading', { name: QUESTION }).waitFor();
  assert.deepEqual(await doctor.page.getByRole('listitem').allInnerTexts(), ['which plans there are', 'the plans as documents']);
  await doctor.page.getByText('You are signed in as').waitFor();
  await doctor.picture('app-consent');
  assert.deepEqual(await doctor.barriers(), []);
  await doctor.page.setViewportSize(PHONE);
  await doctor.picture('app-consent-phone');
  assert.deepEqual(await doctor.barriers(), []);
  await doctor.page.getByRole('button', { name: 'Allow', exact: true }).click();
  await says(doctor.page).getByText('May read: user/CarePlan.rs user/Bundle.read').waitFor();

  const plan = await read(doctor.page, `CarePlan/${PLAN}`);
  assert.deepEqual([plan.status, plan.body.resourceType], [200, 'CarePlan']);
  assert.match(plan.etag, /^W\/"\d+"$/, 'a browser shows it to the app');
  assert.equal((await read(doctor.page, `Patient/${PLAN}`)).status, 403, 'nobody was asked about that');
  assert.equal((await read(doctor.page, 'CarePlan/none-of-ours')).status, 404);
  const found = await doctor.page.evaluate((number) => window.search('CarePlan', { 'patient.identifier': number }), await numberOf(doctor));
  assert.deepEqual([found.status, found.body.entry?.[0].resource.id], [200, PLAN], 'without the number in an address');

  // It ends with the session, at once.
  await doctor.context.request.post(`${server.origin}/api/sign-out`);
  assert.equal((await read(doctor.page, `CarePlan/${PLAN}`)).status, 401);
  await doctor.close();
});

test('no is an answer, and the app hears it', async () => {
  const doctor = await Staff.signIn(browser, server.origin, 'dr-fenn');
  const page = await asked(doctor.context, 'user/*.read');
  await page.getByText('everything', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Do not allow' }).focus();
  await page.keyboard.press('Enter');
  await says(page).getByText('May not read: access_denied').waitFor();
  await doctor.close();
});

test('whoever is not signed in does so first, and is asked then', async () => {
  const context = await browser.newContext();
  const page = await asked(context);
  await page.getByRole('link', { name: 'Sign in with NHS Care Identity' }).click();
  await page.getByRole('link', { name: 'Sign in as doctor', exact: true }).click();
  await page.getByRole('heading', { name: QUESTION }).waitFor();
  await page.getByText('Dr Ada Fernsby').waitFor();
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  await says(page).getByText('May read:').waitFor();
  await context.close();
});

test('a page of anybody else cannot read with what an app has, nor have it read', async () => {
  const doctor = await Staff.signIn(browser, server.origin, 'dr-fenn');
  const page = await asked(doctor.context);
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  await says(page).getByText('May read:').waitFor();
  const token = await page.evaluate(() => window.token);
  const stranger = await doctor.context.newPage();
  await stranger.goto('data:text/html,<title>Somebody else</title>');
  const fetched = await stranger.evaluate(
    ([url, token]) => fetch(url, { headers: { authorization: `Bearer ${token}` } }).then(({ status }) => status, (problem) => problem.name),
    [`${server.origin}/fhir/R4/CarePlan/${PLAN}`, token],
  );
  assert.equal(fetched, 'TypeError');
  const byCookie = await page.evaluate(
    (url) => fetch(url, { credentials: 'include' }).then(({ status }) => status, (problem) => problem.name),
    `${server.origin}/fhir/R4/CarePlan/${PLAN}`,
  );
  assert.equal(byCookie, 'TypeError', 'the cookie is for our own pages');
  await doctor.close();
});

test('an app that is taken out of the file has no token that holds', async () => {
  const doctor = await Staff.signIn(browser, server.origin, 'dr-fenn');
  const page = await asked(doctor.context);
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  await says(page).getByText('May read:').waitFor();
  assert.equal((await read(page, `CarePlan/${PLAN}`)).status, 200);
  await server.stop();
  provider.identityFile();
  await server.again();
  const token = await page.evaluate(() => window.token);
  const answer = await fetch(`${server.origin}/fhir/R4/CarePlan/${PLAN}`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 401);
  const gone = await asked(doctor.context).then((page) => page.content(), () => '');
  assert.ok(!gone.includes(QUESTION));
  await doctor.close();
});
