// CPR decided twice: recorded, taken offline, disputed, settled, endorsed; and what each person is told on the way.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server } from './server.mjs';
import { openBrowser, PHONE, Staff, until } from './staff.mjs';

const PLAN = 'demo-001';
const SECTION = 'decisions';

let server, browser, registrar, consultant, junior;

before(async () => {
  server = await Server.start();
  browser = await openBrowser();
  registrar = await Staff.signIn(browser, server.origin, 'dr-quarshie');
  consultant = await Staff.signIn(browser, server.origin, 'dr-solberg');
  junior = await Staff.signIn(browser, server.origin, 'dr-finch');
  for (const staff of [registrar, consultant, junior]) await openDecisions(staff);
  await consultant.untilInstalled();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function openDecisions(staff) {
  await staff.page.goto(`/professional/plans/${PLAN}/${SECTION}`);
  await cpr(staff).waitFor();
}

const cpr = (staff) => staff.page.locator('#kind-cpr');
const form = (staff) => cpr(staff).locator('form.decision-form');
const banner = (staff) => staff.page.locator('.person-fact').first().innerText();

/** Fills in a recommendation, as a doctor would, from what the form asks. */
async function fillIn(staff, { recommendation, reason }) {
  const choose = (label) => form(staff).getByLabel(label, { exact: true }).check();
  await choose(recommendation);
  if (reason)
    await form(staff)
      .getByLabel(/^Main reason/)
      .selectOption({ label: reason });
  await choose('Lacks capacity for this decision');
  await form(staff)
    .getByLabel('How do you know?')
    .fill('Could not say back what was explained, with an interpreter.');
  await form(staff).getByLabel('Who was involved', { exact: true }).selectOption({
    label: 'The person lacks capacity; made with their legal proxy, family or others who know them',
  });
  await choose('Discussed with the person');
  await form(staff)
    .getByLabel('Have the family or carers been told?')
    .selectOption({ label: 'Discussed with the family' });
  await form(staff).getByLabel('Review by').fill('1/3/2027');
}

const record = (staff) => form(staff).getByRole('button', { name: 'Record it in my name' }).click();

test('a decision is asked for as its definition says, and nothing is recorded before all of it is there', async () => {
  await cpr(registrar)
    .getByRole('button', { name: /^Record a recommendation/ })
    .click();
  await form(registrar).waitFor();
  assert.equal(await form(registrar).getByLabel('How do you know?').count(), 0, 'asked only when it applies');
  await record(registrar);
  await form(registrar).getByText('Recommendation must be chosen').waitFor();
  await fillIn(registrar, {
    recommendation: 'Not for attempted CPR',
    reason: 'CPR would not succeed',
  });
  await registrar.picture('decision-form', { fullPage: true });
  assert.deepEqual(await registrar.barriers(), []);
});

test('a decision without a signal is kept on the device, says that it is not in force, and survives a reload', async () => {
  await consultant.offline();
  await consultant.untilStatus(/^Offline/);
  await cpr(consultant)
    .getByRole('button', { name: /^Record a recommendation/ })
    .click();
  await fillIn(consultant, { recommendation: 'For attempted CPR' });
  await record(consultant);
  const waiting = consultant.page.locator('.waiting__command');
  await waiting.getByText('Not in force yet: waits for a connection').waitFor();
  assert.match(
    await waiting.innerText(),
    /Records CPR recommendation: For attempted CPR; .*Nobody else sees it/s,
  );
  assert.match(await banner(consultant), /No decision recorded/);
  await consultant.untilStatus('Offline, 1 change waiting');
  await consultant.page.reload();
  await waiting.waitFor();
  await consultant.untilStatus('Offline, 1 change waiting');
  await consultant.picture('decision-waits');
  assert.deepEqual(await consultant.barriers(), []);
});

test('one decision that stands is current, with who made it', async () => {
  await record(registrar);
  const card = cpr(registrar).locator('.record');
  await card.waitFor();
  assert.match(await card.innerText(), /Not for attempted CPR\s+In force, not endorsed yet/);
  assert.match(
    await card.innerText(),
    /Dr Naa Quarshie, Specialty registrar in acute medicine, .* \(GMC 7908123\)/,
  );
  await until('the banner', async () => /Not for attempted CPR/.test(await banner(registrar)));
  assert.match(await banner(registrar), /not endorsed/);
});

test('on return both decisions stand, neither as current, for everybody', async () => {
  await consultant.online();
  for (const staff of [consultant, registrar, junior]) {
    await until(
      'both stand disputed',
      async () => (await cpr(staff).locator('.record--disputed').count()) === 2,
    );
    const words = await cpr(staff).innerText();
    assert.match(words, /Disputed: different decisions were recorded, and none is agreed/);
    assert.match(words, /Dr Naa Quarshie/);
    assert.match(words, /Wenford|Hospice|hospice/);
    assert.doesNotMatch(words, /In force|Endorse/);
    await until('the banner', async () => /disputed, none is agreed/.test(await banner(staff)));
  }
  assert.equal(await consultant.page.locator('.waiting__command').count(), 0);
  await registrar.picture('cpr-disputed', { fullPage: true });
  await registrar.page.setViewportSize(PHONE);
  await registrar.picture('cpr-disputed-phone');
  assert.deepEqual(await registrar.barriers(), []);
  await registrar.page.setViewportSize({ width: 1366, height: 900 });
});

test('one decision that takes the place of both settles it, with a reason', async () => {
  await cpr(consultant).getByRole('button', { name: 'Settle it: record one that supersedes both' }).click();
  await fillIn(consultant, { recommendation: 'For attempted CPR' });
  await record(consultant);
  await form(consultant).getByText('Give a reason').waitFor();
  await form(consultant)
    .getByLabel('Why does it take the place of what stood before?')
    .fill('Sepsis is reversible; agreed with the registrar on the telephone.');
  await record(consultant);
  for (const staff of [consultant, registrar]) {
    await until('one stands', async () =>
      /^For attempted CPR\s+In force/.test(await cpr(staff).locator('.record').first().innerText()),
    );
    assert.match(await cpr(staff).innerText(), /Sepsis is reversible/);
    await until('the banner', async () => !/disputed/.test(await banner(staff)));
    assert.match(await banner(staff), /For attempted CPR/);
  }
  await cpr(consultant)
    .getByText(/earlier recommendations/)
    .click();
  assert.match(await cpr(consultant).innerText(), /Superseded: no longer in force/);
  await consultant.picture('cpr-settled', { fullPage: true });
  assert.deepEqual(await consultant.barriers(), []);
});

test('somebody who may not endorse is told who may', async () => {
  assert.equal(
    await cpr(junior)
      .getByRole('button', { name: /^Endorse/ })
      .count(),
    0,
  );
  assert.match(
    await cpr(junior).innerText(),
    /A senior decision-maker other than the person who recorded it endorses this/,
  );
  const { kinds } = await (await junior.context.request.get(`/api/plans/${PLAN}/decisions`)).json();
  const { records } = kinds.find(({ kind }) => kind === 'cpr');
  const { id } = records.find(({ state }) => state === 'current');
  const answer = await junior.context.request.post(`/api/plans/${PLAN}/decisions`, {
    data: { command: 'endorse', kind: 'cpr', id },
    headers: { origin: server.origin },
  });
  assert.equal(answer.status(), 403);
});

test('a second senior decision-maker endorses it, and not whoever recorded it', async () => {
  assert.equal(
    await cpr(consultant)
      .getByRole('button', { name: /^Endorse/ })
      .count(),
    0,
  );
  await cpr(registrar)
    .getByRole('button', { name: /^Endorse/ })
    .click();
  await cpr(registrar)
    .getByText(/^Endorsed by Dr Naa Quarshie/)
    .waitFor();
  await until('the banner', async () => !/not endorsed/.test(await banner(registrar)));
});

test('what waits can be discarded, and what is withdrawn says why', async () => {
  await consultant.offline();
  await consultant.untilStatus(/^Offline/);
  await cpr(consultant)
    .getByRole('button', { name: /^Withdraw/ })
    .click();
  await cpr(consultant).getByRole('button', { name: 'Withdraw it' }).click();
  await cpr(consultant).getByText('Give a reason').waitFor();
  await cpr(consultant).getByLabel('Why is it withdrawn?').fill('Recorded for the wrong person.');
  await cpr(consultant).getByRole('button', { name: 'Withdraw it' }).click();
  const waiting = consultant.page.locator('.waiting__command');
  await waiting.getByText('Not in force yet: waits for a connection').waitFor();
  assert.match(await waiting.innerText(), /Withdraws CPR recommendation/);
  await waiting.getByRole('button', { name: 'Discard it' }).click();
  await waiting.waitFor({ state: 'detached' });
  await consultant.online();
  await consultant.untilStatus('Saved');
  assert.match(await cpr(registrar).locator('.record').first().innerText(), /In force/);

  await cpr(registrar)
    .getByRole('button', { name: /^Withdraw/ })
    .click();
  await cpr(registrar).getByLabel('Why is it withdrawn?').fill('She wants to think again.');
  await cpr(registrar).getByRole('button', { name: 'Withdraw it' }).click();
  await until('none stands', async () => /Nothing is recorded/.test(await cpr(registrar).innerText()));
  await cpr(registrar)
    .getByText(/earlier recommendations/)
    .click();
  assert.match(
    await cpr(registrar).innerText(),
    /Withdrawn by Dr Naa Quarshie.*because: She wants to think again/s,
  );
});

test('no page met a fault of its own', () => {
  assert.deepEqual([registrar.faults, consultant.faults, junior.faults], [[], [], []]);
});
