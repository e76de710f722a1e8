// Opening a plan that one is not connected to: for a reason, in an emergency, and what is asked of it afterwards.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  breakGlass,
  everybody,
  giveReason,
  HOSPITAL,
  inventedNumber,
  Plan,
  signInAll,
} from './access_cast.mjs';
import { Server } from './server.mjs';
import { openBrowser, PHONE, Staff, until } from './staff.mjs';

let server, browser, doctor, consultant, plan;

before(async () => {
  server = await Server.start();
  browser = await openBrowser();
  [doctor, consultant] = await signInAll(browser, server.origin, ['dr-okonkwo', 'dr-shah']);
  plan = await (await Plan.begin(doctor)).without(HOSPITAL);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The page is no barrier, on a desk and on a phone, and a picture of it is kept. */
async function look(staff, name) {
  await staff.picture(name, { fullPage: true });
  assert.deepEqual(await staff.barriers(), [], name);
  await staff.page.setViewportSize(PHONE);
  await staff.picture(`${name}-phone`, { fullPage: true });
  assert.deepEqual(await staff.barriers(), [], `${name} on a phone`);
  const overflow = await staff.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(overflow <= 0, `${name} is ${overflow} px wider than the screen`);
  await staff.page.setViewportSize({ width: 1366, height: 900 });
}

test('who asks without a number or a reason is told what is missing, and nothing is sent', async () => {
  await consultant.page.goto('/professional/');
  await consultant.page
    .getByRole('link', {
      name: 'Someone you are caring for who is not listed?',
    })
    .click();
  await consultant.page.getByRole('button', { name: 'Open the plan' }).click();
  await consultant.page.getByText('Enter an NHS number').waitFor();
  await consultant.page.getByText('Choose a reason').waitFor();
  assert.equal(await consultant.page.evaluate(() => document.activeElement?.id), 'nhs-number');
  await look(consultant, 'find-missing');
});

test('a number without a plan and a plan that does not open have the same words', async () => {
  const closed = await (await (await Plan.begin(doctor)).without(HOSPITAL)).keepOut('dr-shah', 'a neighbour');
  const said = [];
  for (const number of [inventedNumber(), closed.number]) {
    await consultant.page.goto('/professional/find');
    await giveReason(consultant, {
      number,
      reason: 'They were referred to us',
      button: 'Open the plan',
    });
    said.push(await consultant.page.getByRole('alert').innerText());
  }
  assert.match(said[0], /There is no plan for this number, or it is not one that you can open/);
  assert.equal(said[0], said[1]);
  await look(consultant, 'find-none');
});

test('a plan opens for a reason, which the team reads, until its reader ends it', async () => {
  await consultant.page.goto('/professional/find');
  await giveReason(consultant, {
    number: plan.number,
    reason: 'They were referred to us',
    words: 'by Dr Okonkwo',
    button: 'Open the plan',
  });
  await consultant.page.waitForURL(`**${plan.at()}`);
  await consultant.page.getByText('You said that you care for this person.').first().waitFor();
  assert.ok(!(await consultant.page.url()).includes(plan.number), 'no number stands in an address');
  await consultant.picture('asserted');

  await doctor.page.goto(plan.at('team'));
  await doctor.page.getByText('“They were referred to us: by Dr Okonkwo”').waitFor();
  await look(doctor, 'team');

  await consultant.page.getByRole('link', { name: 'End it sooner' }).click();
  await consultant.page.getByRole('button', { name: /^End mine/ }).click();
  await consultant.page.getByRole('button', { name: 'End it', exact: true }).click();
  await consultant.page.getByRole('heading', { name: 'You no longer have access to this plan' }).waitFor();
  await look(consultant, 'no-longer');
});

test('a broken glass says on every page when it closes', async () => {
  await consultant.page.goto('/professional/find');
  await consultant.page.getByLabel('NHS number').fill(plan.number);
  await consultant.page.getByRole('link', { name: 'Break the glass' }).click();
  await consultant.page.getByText('Only in an emergency').waitFor();
  assert.equal(await consultant.page.getByLabel('NHS number').inputValue(), plan.number, 'typed once');
  await look(consultant, 'break-glass');
  await breakGlass(consultant, undefined, 'found unconscious on the ward');
  await consultant.page.waitForURL(`**${plan.at()}`);
  const strip = consultant.page.locator('.way-strip--break-glass');
  await strip.waitFor();
  assert.match(
    await strip.innerText(),
    /You opened this plan by breaking the glass at \d\d:\d\d; it closes at \d\d:\d\d\.\s+(60|59|58) minutes left/,
  );
  await consultant.page.goto(plan.at('history'));
  await strip.waitFor();
  await consultant.picture('glass-broken');
  assert.deepEqual(await consultant.barriers(), []);
});

test('the plan says who has opened it and why', async () => {
  await doctor.page.goto(plan.at('opened'));
  await until('the broken glass stands there', async () =>
    /found unconscious on the ward/.test(await doctor.page.locator('main').innerText()),
  );
  await look(doctor, 'who-has-opened');
  await doctor.page.getByLabel('Show').selectOption('refused');
  await until(
    'none of it was refused',
    async () => !/found unconscious/.test(await doctor.page.locator('main').innerText()),
  );
});

test('a privacy officer looks at it by keyboard, without the person, and finds it in order', async () => {
  const officers = (await everybody(server.origin)).filter(({ role }) => role === 'privacy-officer');
  const one = officers.find(({ organisation_code: code }) => code === HOSPITAL);
  assert.ok(one, 'the hospital has a privacy officer');
  const officer = await Staff.signIn(browser, server.origin, one.id);
  await officer.page.goto('/professional/');
  await officer.page.locator('.review-card').first().waitFor();
  const list = await officer.page.locator('main').innerText();
  assert.match(list, /Broke the glass/);
  assert.ok(!list.includes(plan.number), 'no NHS number in the list');
  assert.ok(
    !list.includes(`${plan.number.slice(0, 3)} ${plan.number.slice(3, 6)}`),
    'nor written with spaces',
  );
  await look(officer, 'review');
  await officer.page.locator('.review-card').first().focus();
  await officer.page.keyboard.press('ArrowDown');
  await officer.page.keyboard.press('ArrowUp');
  await officer.page.keyboard.press('Enter');
  await officer.page.getByText('What was opened').waitFor();
  await look(officer, 'review-one');
  await officer.page.getByRole('button', { name: 'Save the finding' }).click();
  await officer.page.getByText('Choose one').waitFor();
  await officer.page.getByLabel('In order', { exact: true }).focus();
  await officer.page.keyboard.press('Space');
  await officer.page.getByLabel('Note').fill('Asked her; the ward confirms.');
  await officer.page.keyboard.press('Enter');
  await officer.page.getByRole('heading', { name: 'Opened by their own word' }).waitFor();
  await officer.page.getByRole('button', { name: 'Looked at' }).click();
  await officer.page.getByText('In order').first().waitFor();
  await officer.page.goto(plan.at());
  await officer.page.getByText('Page not found').waitFor();
  assert.deepEqual(officer.faults, []);
  await officer.close();
});

test('a code is shown for a reason and hides again by itself', async () => {
  const nurse = await Staff.signIn(browser, server.origin, 'dn-akhtar');
  await nurse.page.clock.install();
  await nurse.page.goto(plan.at('about-me'));
  const card = nurse.page.locator('.vault');
  await card.getByText('Key-safe and door codes').click();
  await card.getByText('Write or replace a code').click();
  await card.getByLabel('Code, and how it is used').fill('C2468Y');
  await card.getByRole('button', { name: 'Keep it' }).click();
  await card.getByText('Key-safe code: kept.').waitFor();
  assert.ok(!(await card.innerText()).includes('C2468Y'), 'it does not stand there after it was kept');
  await card.getByRole('button', { name: 'Show Key-safe code' }).click();
  await card.getByRole('button', { name: 'Show it for 1 minute' }).click();
  await card.getByText('Give a reason').waitFor();
  await card.getByLabel('What do you need it for?').fill('evening visit');
  await card.getByRole('button', { name: 'Show it for 1 minute' }).click();
  await card.getByText('C2468Y').waitFor();
  assert.match(await card.innerText(), /Hidden again in (60|59|58) s/);
  await nurse.picture('vault-shown');
  assert.deepEqual(await nurse.barriers(), []);
  await nurse.page.clock.fastForward(61_000);
  await card.getByText('C2468Y').waitFor({ state: 'detached' });
  assert.ok(!(await nurse.page.content()).includes('C2468Y'), 'nowhere on the page');
  await nurse.close();
});

test('no page met a fault of its own', () => {
  assert.deepEqual([doctor.faults, consultant.faults], [[], []]);
});
