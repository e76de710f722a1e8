// Every page of the staff app in each of its states, on a desk and on a phone: nothing that axe knows of WCAG 2.2 AA.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server } from './server.mjs';
import { DESKTOP, openBrowser, PHONE, Staff, until } from './staff.mjs';

const PLAN = 'demo-001';

let server, browser;

before(async () => {
  server = await Server.start();
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const [device, viewport] of [
  ['desk', DESKTOP],
  ['phone', PHONE],
]) {
  test(`no page is a barrier on a ${device}`, async (t) => {
    const doctor = await Staff.signIn(browser, server.origin, 'prof-eze', viewport);
    const look = async (name, options) => {
      await doctor.picture(`${name}-${device}`, options);
      assert.deepEqual(await doctor.barriers(), [], name);
      const overflow = await doctor.page.evaluate(
        () => document.documentElement.scrollWidth - window.innerWidth,
      );
      assert.ok(overflow <= 0, `${name} is ${overflow} px wider than the screen`);
    };

    await t.test('the list of plans, full, searched and without a result', async () => {
      await doctor.page.goto('/professional/');
      await doctor.page.locator('.plan-table').waitFor();
      await look('list');
      await doctor.page.getByLabel('Find by name or NHS number').fill('edith');
      await until(
        'one is found',
        async () => (await doctor.page.locator('.plan-table tbody tr').count()) === 1,
      );
      await look('list-searched');
      await doctor.page.getByLabel('Find by name or NHS number').fill('nobody at all');
      await doctor.page.getByText('No plan matches').waitFor();
      await look('list-nothing-found');
    });

    await t.test('starting a plan, and a number that is none', async () => {
      await doctor.page.goto('/professional/start');
      await doctor.page.getByLabel('NHS number').fill('999 012 0006');
      await doctor.page.getByRole('button', { name: 'Start or open the plan' }).click();
      await doctor.page.getByText('This is not a valid NHS number').waitFor();
      await look('start-plan-fault');
    });

    for (const section of [
      'about-me',
      'contacts',
      'preferences',
      'contingency',
      'sickle-cell',
      'health',
      'tasks',
    ]) {
      await t.test(`the section ${section}`, async () => {
        await doctor.open(PLAN, section);
        await doctor.untilStatus('Saved');
        await look(`section-${section}`, { fullPage: true });
      });
    }

    await t.test('the decisions, the history, and the suggestions', async () => {
      await doctor.page.goto(`/professional/plans/${PLAN}/decisions`);
      await doctor.page.locator('.kind').first().waitFor();
      await look('decisions', { fullPage: true });
      await doctor.page.goto(`/professional/plans/${PLAN}/history`);
      await doctor.page.locator('.slider__range').waitFor();
      await look('plan-history');
      await doctor.page.goto(`/professional/plans/${PLAN}/suggestions`);
      await doctor.page.getByRole('heading', { level: 1, name: 'Suggestions' }).waitFor();
      await until('they are read', async () => (await doctor.page.getByText('Opening the').count()) === 0);
      await look('plan-suggestions');
    });

    await t.test('what is published of a section that one does not sync', async () => {
      const carer = await Staff.signIn(browser, server.origin, 'home-santos', viewport);
      await carer.page.goto(`/professional/plans/${PLAN}/health`);
      await carer.page.getByText('You read what is published of this section').waitFor();
      await carer.picture(`published-only-${device}`, { fullPage: true });
      assert.deepEqual(await carer.barriers(), []);
      await carer.close();
    });

    await t.test('an item that is open, help, and a removal', async () => {
      await doctor.open(PLAN, 'contacts');
      await doctor.page
        .getByRole('button', { name: /^Change/ })
        .first()
        .click();
      await doctor.page
        .getByRole('button', { name: /^Help with/ })
        .first()
        .click();
      await doctor.page
        .getByRole('button', { name: /^Remove / })
        .first()
        .click();
      await doctor.page
        .getByRole('button', { name: /^Remove [a-z ]+$/ })
        .last()
        .click();
      await doctor.page.getByText('Give a reason').waitFor();
      await look('item-open', { fullPage: true });
    });

    await t.test('a group that is being changed', async () => {
      await doctor.open(PLAN, 'sickle-cell');
      const group = doctor.field('analgesia_first_line');
      await group.getByRole('button', { name: /^Change/ }).click();
      await group.getByLabel('Dose').fill('');
      await group.getByRole('button', { name: /^Save/ }).click();
      await group.getByText('must be filled in').waitFor();
      await look('group-being-changed');
      await group.getByRole('button', { name: 'Cancel' }).click();
    });

    await t.test('the sign page with nothing to sign, and signing out', async () => {
      await doctor.page.goto(`/professional/plans/${PLAN}/sign-and-publish`);
      await doctor.page.getByRole('heading', { name: 'Shared automatically' }).waitFor();
      await look('sign-nothing');
      await doctor.page.goto('/professional/sign-out');
      await doctor.page.getByRole('button', { name: 'Sign out' }).waitFor();
      await look('sign-out');
    });

    await t.test('pages that lead nowhere', async () => {
      await doctor.page.goto('/professional/plans/no-such-plan');
      await doctor.page.getByText('This plan does not open').waitFor();
      await look('no-such-plan');
    });

    await t.test('a section that one may only read', async () => {
      const planner = await Staff.signIn(browser, server.origin, 'sc-hussein', viewport);
      await planner.open(PLAN, 'contingency');
      await planner.page.getByText('You read this section').waitFor();
      assert.equal(await planner.page.locator('.section :is(textarea, input, select)').count(), 0);
      await planner.untilStatus('Saved');
      await planner.picture(`read-only-${device}`, { fullPage: true });
      assert.deepEqual(await planner.barriers(), []);
      await planner.close();
    });

    assert.deepEqual(doctor.faults, []);
    await doctor.close();
  });
}

test('a plan is worked through by keyboard alone', async () => {
  const nurse = await Staff.signIn(browser, server.origin, 'dn-akhtar');
  await nurse.page.goto('/professional/');
  await nurse.page.locator('.plan-table').waitFor();
  await nurse.page.keyboard.press('/');
  await nurse.page.keyboard.type('edith');
  await until('one is found', async () => (await nurse.page.locator('.plan-table tbody tr').count()) === 1);
  await nurse.page.keyboard.press('Enter');
  await nurse.page.getByRole('heading', { level: 1, name: 'Decisions' }).waitFor();
  await nurse.page.keyboard.press('j');
  await nurse.page.getByRole('heading', { level: 1, name: 'About me' }).waitFor();
  await nurse.page.keyboard.press('j');
  await nurse.page.getByRole('heading', { level: 1, name: 'Contacts' }).waitFor();
  await nurse.page.keyboard.press('k');
  await nurse.page.getByRole('heading', { level: 1, name: 'About me' }).waitFor();
  await nurse.page.keyboard.press('/');
  await nurse.page.keyboard.type('allerg');
  await until(
    'one section has it',
    async () => (await nurse.page.locator('.section-nav__link').count()) === 1,
  );
  await nurse.page.keyboard.press('Escape');
  await nurse.page.locator('.section__title').focus();
  await nurse.page.keyboard.press('?');
  await nurse.page.getByText('section before').waitFor();
  await nurse.page.keyboard.press('h');
  await nurse.page.locator('#history .entry').first().waitFor();
  await nurse.page.keyboard.press('e');
  assert.equal(await nurse.page.evaluate(() => document.activeElement?.tagName), 'TEXTAREA');
  const before = await nurse.words('most_important');
  await nurse.page.keyboard.type('By mistake. ');
  await nurse.page.keyboard.press('Escape');
  await until('Escape took it back', async () => (await nurse.words('most_important')) === before);
  await nurse.close();
});

test('signing out wipes what the device kept', async () => {
  const nurse = await Staff.signIn(browser, server.origin, 'dn-akhtar');
  await nurse.open(PLAN, 'about-me');
  await nurse.untilStatus('Saved');
  await nurse.page.goto('/professional/sign-out');
  await nurse.page.getByRole('button', { name: 'Sign out' }).click();
  await nurse.page.waitForURL((url) => url.pathname === '/');
  const left = await nurse.page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const rows = async ({ name }) => {
      const database = await new Promise((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      const count = (store) =>
        new Promise((resolve) => {
          const request = database.transaction(store).objectStore(store).count();
          request.onsuccess = () => resolve(request.result);
        });
      const counts = await Promise.all([...database.objectStoreNames].map(count));
      return counts.reduce((sum, n) => sum + n, 0);
    };
    return (await Promise.all(databases.filter(({ name }) => name.startsWith('coplan-')).map(rows))).reduce(
      (sum, n) => sum + n,
      0,
    );
  });
  assert.equal(left, 0);
  await nurse.close();
});
