// A pathway is one file: dropped into a running server's folder it has a form, a sign-off, and paper.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { Server } from './server.mjs';
import { openBrowser, PHONE, Staff, until } from './staff.mjs';

const PLAN = 'demo-004';
const SECTION = 'stoma-care';
const FILE = resolve(import.meta.dirname, '../it/pathway/stoma-care.toml');
const DEFINITIONS = resolve(import.meta.dirname, '../../core/sections');

// A demo that runs already has its definitions for good.
const elsewhere = process.env.COPLAN_ORIGIN !== undefined;
let server, browser, nurse, folder;

before(async () => {
  if (elsewhere) return;
  folder = mkdtempSync(join(tmpdir(), 'coplan-sections-'));
  cpSync(DEFINITIONS, folder, { recursive: true });
  server = await Server.startOn(folder);
  browser = await openBrowser();
  nurse = await Staff.signIn(browser, server.origin, 'dn-pritchard');
});

after(async () => {
  await browser?.close();
  await server?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

test('a file that is dropped in is offered, and has a form that checks', { skip: elsewhere }, async () => {
  await nurse.open(PLAN, 'contacts');
  cpSync(FILE, join(folder, 'stoma-care.toml'));
  await until('the server knows it', async () => {
    const { sections } = await (await nurse.context.request.get('/api/sections')).json();
    return sections.some(({ id }) => id === SECTION);
  });
  await nurse.open(PLAN, 'contacts');
  await nurse.page.getByText('Add a pathway').click();
  await nurse.picture('add-a-pathway', { fullPage: true });
  await nurse.page.getByRole('button', { name: 'Add Stoma care' }).click();
  await nurse.page.getByRole('heading', { name: 'Stoma care', level: 1 }).waitFor();

  await nurse.box('in_short').fill('Never leave it uncovered.');
  await nurse.field('kind').getByLabel('Ileostomy').check();
  await nurse.box('nurse_phone').fill('not a number');
  await nurse.box('nurse_phone').blur();
  await until('the form says what is wrong', async () =>
    /number/i.test(await nurse.field('nurse_phone').locator('.nhsuk-error-message').innerText()),
  );
  await nurse.box('nurse_phone').fill('01632 960011');
  await nurse.box('nurse_phone').blur();
  await nurse.untilStatus('Saved');
  await nurse.picture('a-new-pathway', { fullPage: true });
  assert.deepEqual(await nurse.barriers(), []);
});

test('it is signed, and a crew reads it on the screen and on paper', { skip: elsewhere }, async () => {
  await nurse.page.goto(`/professional/plans/${PLAN}/sign-and-publish`);
  await nurse.page.locator('.to-sign', { hasText: 'Stoma care' }).waitFor();
  await nurse.page.getByRole('button', { name: /^Sign and publish/ }).click();
  await nurse.page.getByRole('heading', { name: /^Version \d+ is published$/ }).waitFor();

  const people = await (await nurse.context.request.get('/dev/users')).json();
  const { person } = await (await nurse.context.request.get(`/api/plans/${PLAN}`)).json();
  const paramedic = people.find(({ kind }) => kind === 'crew').id;
  const crew = await Staff.signIn(browser, server.origin, paramedic, PHONE);
  await crew.page.goto('/crew/');
  await crew.page.getByLabel('NHS number').fill(person.nhs_number);
  await crew.page.getByRole('button', { name: 'Open', exact: true }).click();
  const section = crew.page.locator(`[aria-labelledby="${SECTION}-urgent"]`);
  await section.waitFor();
  for (const media of ['screen', 'print']) {
    await crew.page.emulateMedia({ media });
    const words = await section.innerText();
    for (const said of ['Stoma care', 'Ileostomy', 'Never leave it uncovered.', '01632 960011', 'Joan Pritchard'])
      assert.ok(words.includes(said), `${media}: ${said}`);
    await crew.picture(`a-new-pathway-crew-${media}`, { fullPage: true });
  }
  assert.deepEqual([nurse.faults, crew.faults], [[], []]);
});
