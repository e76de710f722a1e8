// Signing in through a certified OpenID provider in a real browser: a role asked for once, a person, trouble, and the way out.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { identities } from '../identity/identities.mjs';
import { TestProvider } from '../identity/provider.mjs';
import { Server } from '../identity/server.mjs';
import { accessible } from './crew.mjs';
import { DESKTOP, PHONE, openBrowser } from './staff.mjs';

const SHOTS = resolve(import.meta.dirname, '../output/browser');

let provider, server, browser;

before(async () => {
  mkdirSync(SHOTS, { recursive: true });
  provider = await TestProvider.start(identities());
  server = await Server.start(provider.identityFile());
  provider.open(server.origin);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await server?.end();
  await provider?.end();
});

/** The front page in a browser of its own. */
async function open(viewport = DESKTOP, address = '/') {
  const context = await browser.newContext({ baseURL: server.origin, viewport });
  const page = await context.newPage();
  await page.goto(address);
  return page;
}

/** From the front page to the provider, and through it. */
async function signIn(page, way, who) {
  await page.getByRole('link', { name: `Sign in with ${way}` }).click();
  await page.getByRole('link', { name: `Sign in as ${who}`, exact: true }).click();
}

test('a_nurse_with_two_roles_is_asked_once_and_comes_to_the_plans_of_that_role', async () => {
  const page = await open();
  await signIn(page, 'NHS Care Identity', 'two-roles');
  await page.getByRole('heading', { name: 'Which role do you work in now?' }).waitFor();
  await accessible(page, 'choosing a role');
  await page.screenshot({ path: `${SHOTS}/sign-in-role.png`, fullPage: true });
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('Choose one').waitFor();
  await page.getByRole('radio', { name: /Staff Nurse/ }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL('**/professional/**');
  await page.getByText('Bryn Castellane').first().waitFor();
  await page.reload();
  await page.getByText('Bryn Castellane').first().waitFor();
  await page.goto('/');
  await page.getByText('Signed in as').waitFor();
  assert.equal(await page.getByRole('heading', { name: /Which role/ }).count(), 0, 'asked once');
  await page.context().close();
});

test('another_role_is_chosen_on_the_front_page', async () => {
  const page = await open();
  await signIn(page, 'NHS Care Identity', 'selected');
  await page.waitForURL('**/professional/**');
  await page.goto('/');
  await page.getByRole('button', { name: 'Work in another role' }).click();
  await page.getByRole('radio', { name: /General Medical Practitioner/ }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL('**/professional/**');
  const me = await (await page.request.get('/api/me')).json();
  assert.equal(me.user.role, 'doctor');
  await page.context().close();
});

test('a_person_signs_in_and_out_on_a_phone_and_nothing_of_the_way_is_left_in_the_address', async () => {
  const page = await open(PHONE);
  const addresses = [];
  page.on('framenavigated', (frame) => addresses.push(frame.url()));
  await signIn(page, 'NHS login', 'tunde');
  await page.getByText(/Ọlátúndé|Túndé/).first().waitFor();
  await page.screenshot({ path: `${SHOTS}/sign-in-person.png`, fullPage: true });
  const own = addresses.filter((address) => address.startsWith(server.origin));
  assert.ok(own.every((address) => !/[?&](code|state|token)=/.test(address)), own.join('\n'));
  await page.goto('/');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('link', { name: 'Sign in with NHS login' }).waitFor();
  assert.equal((await page.request.get('/api/me')).status(), 401);
  await page.context().close();
});

test('a_link_into_a_plan_is_where_one_comes_after_signing_in', async () => {
  const page = await open(DESKTOP, '/?return=/professional/');
  await page.getByRole('link', { name: 'Sign in with NHS Care Identity' }).click();
  await page.getByRole('link', { name: 'Sign in as doctor' }).click();
  await page.waitForURL('**/professional/');
  await page.getByText('Dr Ada Fernsby').first().waitFor();
  await page.context().close();
});

test('whoever_cannot_be_signed_in_hears_what_to_do_and_not_why', async () => {
  const page = await open(PHONE);
  await signIn(page, 'NHS login', 'unproved');
  const trouble = page.getByRole('alert');
  await trouble.waitFor();
  assert.match(await trouble.innerText(), /has not proved who you are yet/);
  await accessible(page, 'trouble');
  await page.screenshot({ path: `${SHOTS}/sign-in-trouble.png`, fullPage: true });
  const text = await page.content();
  for (const word of ['9990120005', 'P5', 'identity_proofing_level']) assert.ok(!text.includes(word), word);
  assert.equal(await server.reason(0), 'proofing-too-low');
  const stranger = await open(PHONE);
  await signIn(stranger, 'NHS login', 'stranger');
  await stranger.getByText('Coplan does not know you yet').waitFor();
  await page.context().close();
  await stranger.context().close();
});

test('every_page_says_that_the_service_runs_for_development', async () => {
  const page = await open();
  await page.getByText(/Development sign-in/).first().waitFor();
  await signIn(page, 'NHS Care Identity', 'doctor');
  await page.waitForURL('**/professional/**');
  await page.getByText(/development/i).first().waitFor();
  await page.context().close();
});
