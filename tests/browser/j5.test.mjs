// The person writes their own plan on a phone while staff write in it too: at once, apart, and together again. (J5)

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server } from './server.mjs';
import { DESKTOP, openBrowser, Staff, until } from './staff.mjs';

const PHONE = { width: 360, height: 640 };
const PLAN = 'demo-001';
const HOME = `/person/plans/${PLAN}`;
const [TEXT, OTHER] = ['please_do', 'please_dont'];
const GOAL = 'Walk to the shop by May';
const ACTION = 'Stairs twice a day';
const SISTER = { id: 'p-adeyemi-bisi', name: 'Bísí Adéyẹmí' };

let server, browser, person, nurse, physio;
/** What the person's browser has asked for, by path. */
const asked = [];

before(async () => {
  server = await Server.start();
  browser = await openBrowser();
  person = await Staff.signIn(browser, server.origin, 'p-adeyemi', PHONE);
  person.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  nurse = await Staff.signIn(browser, server.origin, 'dn-akhtar');
  physio = await Staff.signIn(browser, server.origin, 'physio-weiss');
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Where a part is written, at one field of it. */
async function change(who, section, field = '', plan = PLAN) {
  await who.page.goto(`/person/plans/${plan}/change/${section}${field && `/${encodeURIComponent(field)}`}`);
  await who.page.locator('.box').first().waitFor();
  await who.untilStatus('Saved');
}

/** What the person reads, on the page and on paper. */
const VIEWS = ['person', 'print?variant=easy-read'];

/** A view of the plan, as its reader gets it. */
async function viewed(who, view) {
  const answer = await who.context.request.get(`/api/plans/${PLAN}/views/${view}`);
  assert.equal(answer.status(), 200, view);
  return answer.text();
}

/** Says to a page that somebody looks at it, or that nobody does. */
const turn = (page, state) =>
  page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, state);

const wasm = () => asked.filter((path) => path.endsWith('.wasm')).length;
const automerge = () => asked.filter((path) => /automerge|ChangePage/i.test(path)).length;
const press = (who, name) => who.page.getByRole('button', { name, exact: true }).click();

test('nothing that it takes to write is fetched before somebody presses Change this', async () => {
  await person.page.goto('/person/');
  const about = person.page.getByRole('region', { name: 'About me', exact: true });
  await about.getByRole('heading', { name: 'Please do', exact: true }).waitFor();
  await person.page.getByRole('link', { name: 'Who has opened it' }).click();
  await person.page.locator('.event').first().waitFor();
  await person.page.getByRole('link', { name: 'Who can see it' }).click();
  await person.page.locator('.now').waitFor();
  await person.page.getByRole('link', { name: 'Your plan', exact: true }).click();
  const way = about.getByRole('link', { name: /^Change this ?: Please do$/ });
  await way.waitFor();
  await about
    .getByText(/^You wrote this/)
    .first()
    .waitFor();
  assert.deepEqual([wasm(), automerge()], [0, 0], asked.join('\n'));

  await way.click();
  await person.box(TEXT).waitFor();
  await person.untilStatus('Saved');
  assert.equal(wasm(), 1, 'it is fetched once, and then');
  await until('the words that were chosen have the caret', () =>
    person.box(TEXT).evaluate((box) => box === document.activeElement),
  );
});

test('the first card says what crews read, and nothing that they do not', async () => {
  const crew = await Staff.signIn(browser, server.origin, 'crew-okafor');
  const { person: of } = await (await person.context.request.get(`/api/plans/${PLAN}`)).json();
  const urgent = await (await crew.context.request.get(`/api/urgent?nhs_number=${of.nhs_number}`)).json();
  await crew.close();
  const read = JSON.stringify(urgent.sections);
  const reader = await Staff.signIn(browser, server.origin, 'p-adeyemi', PHONE);
  await reader.page.goto('/person/');
  const card = reader.page.locator('.panel.emergency');
  await card.getByText('Everything else they can read').click();
  const shown = await card
    .locator('dd')
    .evaluateAll((all) => all.flatMap((one) => one.innerText.split(/: |\. |, /)));
  assert.ok(shown.length > 30, `${shown.length}`);
  const plain = (words) => words.replace(/\s+/g, ' ').trim();
  const lost = shown.map(plain).filter((words) => words.length > 3 && !plain(read).includes(words));
  assert.deepEqual(lost, [], 'every word of the card stands in what crews read');
  const staffOnly = ['staff-safety'];
  for (const { section, fields } of urgent.sections.filter(({ section: id }) => !staffOnly.includes(id)))
    for (const { display } of fields.filter((field) => field.type === 'line' || field.type === 'coded'))
      assert.ok(plain(await card.innerText()).includes(plain(display)), `${section}: ${display}`);
  await reader.close();
});

test('the person and a nurse write the same words at once, and each sees the other', async () => {
  await nurse.open(PLAN, 'about-me');
  await change(person, 'about-me', TEXT);
  const before = await person.words(TEXT);
  await nurse.caretTo(TEXT, 'start');
  await person.caretTo(TEXT, 'end');
  await Promise.all([
    nurse.page.keyboard.type('From the nurse. ', { delay: 40 }),
    person.page.keyboard.type(' From me.', { delay: 40 }),
  ]);
  const wanted = `From the nurse. ${before} From me.`;
  for (const who of [nurse, person]) {
    await until('both wrote where their carets were', async () => (await who.words(TEXT)) === wanted);
    await who.untilStatus('Saved');
  }
  await person.page.getByText('Samina Akhtar (district nurse) is here too.').waitFor();
  await person.field(TEXT).getByText('Samina Akhtar is writing here now').waitFor();
  await until('the nurse sees the person', async () =>
    (await nurse.field(TEXT).innerText()).includes('Ọlátúndé Adéyẹmí'),
  );
  await person.picture('j5-writing-together');
  assert.deepEqual(await person.barriers(), []);
});

test('a goal is set with how sure the person is, and what the physio does for it comes while they look', async () => {
  await change(person, 'goals');
  await physio.open(PLAN, 'goals');
  await person.page.getByRole('button', { name: /^Add a goal/ }).click();
  await until('the caret stands in the new goal', () =>
    person.page.evaluate(() => document.activeElement?.id.startsWith('goals.goals.')),
  );
  await person.page.keyboard.type(GOAL);
  await person.page.keyboard.press('Tab');
  const card = person.page.locator('.thing', { hasText: GOAL });
  const sure = card.getByRole('radiogroup', { name: 'How sure I am that I can do it' });
  await sure.getByRole('radio', { name: '6' }).check();
  await person.untilStatus('Saved');
  await physio.page.getByText(GOAL).first().waitFor();

  await physio.page.getByRole('button', { name: /^Add an action/ }).click();
  await until('the caret stands in the new action', () =>
    physio.page.evaluate(() => document.activeElement?.id.startsWith('goals.actions.')),
  );
  await physio.page.keyboard.type(ACTION);
  const aim = physio.page.locator('.item--open [data-field$="/for_goal"] textarea');
  await aim.fill(GOAL);
  await aim.blur();
  await physio.untilStatus('Saved');
  await person.page.locator('.thing', { hasText: ACTION }).waitFor();
  assert.ok(await sure.getByRole('radio', { name: '6' }).isChecked());
  await person.picture('j5-goals', { fullPage: true });
  assert.deepEqual(await person.barriers(), []);
});

test('the plan shows the goal as a card, with how sure the person was over time, as soon as it is published', async () => {
  await person.page.getByRole('link', { name: 'Done' }).click();
  const card = person.page.locator('.goal', { hasText: GOAL });
  await card.waitFor();
  await until('it says how sure', async () =>
    /How sure I am that I can do it: 6 out of 10/.test(await card.innerText()),
  );
  await card.getByText(ACTION).waitFor();
  await card.getByText(/^You wrote this/).waitFor();

  await card.getByRole('link', { name: /^Change this/ }).click();
  const thing = person.page.locator('.thing--open', { hasText: GOAL });
  const sure = thing.getByRole('radiogroup', { name: 'How sure I am that I can do it' });
  await sure.getByRole('radio', { name: '8' }).check();
  await person.untilStatus('Saved');
  await person.page.getByRole('link', { name: 'Done' }).click();
  await until('it says 8', async () => /8 out of 10/.test(await card.innerText()));
  await until(
    'the line and its table are there',
    async () => (await card.locator('svg circle').count()) === 2,
  );
  await card.getByText('The same as a table').click();
  assert.match(await card.getByRole('table').innerText(), /6[\s\S]*8/);
  await card.scrollIntoViewIfNeeded();
  await person.picture('j5-goal-card');
  assert.deepEqual(await person.barriers(), []);
});

test('a goal is shared with the physio and not with the sister', async () => {
  const sister = await Staff.signIn(browser, server.origin, SISTER.id, PHONE);
  const goals = sister.page.locator('.goal', { hasText: GOAL });
  await sister.page.goto(HOME);
  await goals.waitFor();
  for (const view of VIEWS) assert.ok((await viewed(sister, view)).includes(GOAL), view);
  await change(sister, 'goals');
  await sister.page.locator('.thing', { hasText: GOAL }).first().waitFor();
  const documents = () => held(sister.page, SISTER.id, ['standings']);
  await until('the device of the sister holds the part', async () => (await documents()) > 0);
  const reading = await sister.context.newPage();
  await reading.goto(HOME);
  await reading.locator('.goal', { hasText: GOAL }).waitFor();

  await person.page.getByRole('link', { name: 'Who can see it' }).click();
  const acting = person.page.getByRole('region', { name: 'Who acts for you' });
  await acting.getByText(`${SISTER.name} sees and can change: Goals and actions`).waitFor();
  await press(person, `Keep Goals and actions from ${SISTER.name}`);
  await acting.getByText('Your team still sees it.').waitFor();
  await person.picture('j5-keep', { fullPage: true });
  assert.deepEqual(await person.barriers(), []);
  assert.ok((await viewed(sister, VIEWS[0])).includes(GOAL), 'nothing holds before the yes');
  await press(person, `Yes, keep it from ${SISTER.name}`);
  await person.page.getByText(/^Changed\./).waitFor();
  await acting.getByText('You keep Goals and actions between you and your team.').waitFor();
  await person.picture('j5-kept', { fullPage: true });
  assert.deepEqual(await person.barriers(), []);

  await sister.page.getByRole('heading', { name: 'This part is not open to you' }).waitFor();
  assert.ok(!(await sister.page.content()).includes(GOAL));
  await reading.locator('.goal', { hasText: GOAL }).waitFor({ state: 'detached' });
  assert.doesNotMatch(await reading.content(), new RegExp(`${GOAL}|${ACTION}|Goals and actions`));
  assert.deepEqual(await sister.barriers(), []);
  await until('the device of the sister holds nothing of it', async () => (await documents()) === 0);
  await sister.page.goto(HOME);
  await sister.page.getByRole('region', { name: 'About me', exact: true }).waitFor();
  assert.doesNotMatch(await sister.page.content(), new RegExp(`${GOAL}|${ACTION}|Goals and actions`));
  for (const view of VIEWS)
    assert.doesNotMatch(await viewed(sister, view), new RegExp(`${GOAL}|${ACTION}`), view);
  await sister.page.getByRole('link', { name: 'Who can see it' }).click();
  await sister.page.getByText('Túndé keeps Goals and actions between them and their team.').waitFor();
  assert.equal(await sister.page.getByRole('button', { name: /Goals and actions/ }).count(), 0);
  assert.deepEqual(await sister.barriers(), []);

  await physio.page.goto(`/professional/plans/${PLAN}/sharing`);
  await physio.page.getByText(`Kept from ${SISTER.name} (`).waitFor();
  assert.deepEqual(await physio.barriers(), []);
  await physio.open(PLAN, 'goals');
  await physio.page.getByText(GOAL).first().waitFor();
  await physio.page.getByText(`Kept from ${SISTER.name}, who acts for the person.`).waitFor();
  await physio.picture('j5-kept-from');
  for (const view of VIEWS) assert.ok((await viewed(person, view)).includes(GOAL), view);

  // A page that nobody looks at is told nothing, and looks for itself when somebody does.
  await turn(reading, 'hidden');
  await press(person, `Let ${SISTER.name} see Goals and actions`);
  await press(person, `Yes, let ${SISTER.name} see it`);
  await acting.getByText(`${SISTER.name} sees and can change: Goals and actions`).waitFor();
  await turn(reading, 'visible');
  await reading.locator('.goal', { hasText: GOAL }).waitFor();
  await sister.page.goto(HOME);
  await goals.waitFor();
  await change(sister, 'goals');
  await sister.page.locator('.thing', { hasText: GOAL }).first().waitFor();
  assert.deepEqual(sister.faults, []);
  await sister.close();
});

test('what is written without a signal is kept, and meets what others wrote', async () => {
  await change(person, 'about-me', OTHER);
  await nurse.open(PLAN, 'about-me');
  const before = await person.words(OTHER);
  await person.offline();
  await person.untilStatus(/^Offline/);
  await person.caretTo(OTHER, 'end');
  await person.page.keyboard.type(' On the bus.');
  await person.untilStatus('Offline, 1 change waiting');
  await nurse.caretTo(OTHER, 'start');
  await nurse.page.keyboard.type('At the bed. ');
  await nurse.untilStatus('Saved');
  await person.picture('j5-offline');
  assert.deepEqual(await person.barriers(), []);
  await person.online();
  const wanted = `At the bed. ${before} On the bus.`;
  for (const who of [person, nurse]) {
    await until('both are there', async () => (await who.words(OTHER)) === wanted);
    await who.untilStatus('Saved');
  }
});

test('words that were not sent when the page was closed are named, and go out when it is opened', async () => {
  await person.offline();
  await person.untilStatus(/^Offline/);
  await person.caretTo(OTHER, 'end');
  await person.page.keyboard.type(' Before I got off.');
  await person.untilStatus('Offline, 1 change waiting');
  await person.page.goto('about:blank');
  await person.online();
  await person.page.goto('/person/');
  await person.page.getByText('1 change in “About me” waits on this device.').waitFor();
  await person.picture('j5-waiting');
  assert.deepEqual(await person.barriers(), []);
  await press(person, 'Sign out');
  await person.page.getByText('1 change has not been sent yet.').waitFor();
  await press(person, 'Stay');
  await person.page.getByRole('link', { name: 'Open it to send them' }).click();
  await person.box(OTHER).waitFor();
  await person.untilStatus('Saved');
  await until('the nurse reads it', async () => (await nurse.words(OTHER)).endsWith(' Before I got off.'));
});

test('the last change is shown and taken back', async () => {
  await nurse.caretTo('wellness', 'end');
  await nurse.page.keyboard.type(' So says his wife.');
  await nurse.untilStatus('Saved');
  const mine = 'most_valued';
  const before = await person.words(mine);
  await person.caretTo(mine, 'end');
  await person.page.keyboard.type(' Not so.');
  await person.untilStatus('Saved');
  await press(person, 'Undo my last change');
  await person.page.getByText('Your last change here:').waitFor();
  assert.match(await person.page.locator('.undo').innerText(), /Not so\./);
  assert.deepEqual(await person.barriers(), []);
  await press(person, 'Take it back');
  await person.page.getByText('Taken back.').waitFor();
  for (const who of [person, nurse])
    await until('the words are gone', async () => (await who.words(mine)) === before);
});

test('what is not agreed stands side by side until somebody says why', async () => {
  await change(person, 'goals');
  await nurse.open(PLAN, 'goals');
  const choice = person.field('agreed_with_person');
  await person.offline();
  await person.untilStatus(/^Offline/);
  await choice.getByRole('combobox').selectOption('declined');
  await nurse.field('agreed_with_person').getByRole('combobox').selectOption('not-discussed');
  await nurse.untilStatus('Saved');
  await person.online();
  await choice.getByText('They have not agreed yet').waitFor();
  const said = await choice.innerText();
  assert.match(said, /declined to discuss/);
  assert.match(said, /Not discussed yet/);
  await person.picture('j5-not-agreed', { fullPage: true });
  assert.deepEqual(await person.barriers(), []);
  await choice.getByRole('button', { name: /^Keep this one ?: The person declined/ }).click();
  await press(person, 'Yes, this one');
  await choice.getByText('Write a few words').waitFor();
  await choice.getByRole('textbox').fill('I said so myself');
  await press(person, 'Yes, this one');
  await until(
    'one value is left',
    async () => (await choice.getByRole('combobox').inputValue()) === 'declined',
  );
  await person.untilStatus('Saved');
});

test('a newer version is said quietly, and nothing moves under the reader', async () => {
  await person.page.goto('/person/');
  const part = person.page.locator('details.part').first();
  await part.waitFor();
  await part.locator('summary').click();
  const words = person.page.locator('.letter__part', { hasText: 'People who are important to me' });
  await words.getByText(/^You wrote this/).waitFor();
  const before = await words.innerText();
  await nurse.open(PLAN, 'about-me');
  await nurse.caretTo('people_important', 'end');
  await nurse.page.keyboard.type(' And the cat.');
  await nurse.untilStatus('Saved');
  await person.page.getByText('A newer version exists.').waitFor();
  assert.equal(await words.innerText(), before);
  await person.picture('j5-newer');
  assert.deepEqual(await person.barriers(), []);
  // Half a sentence may have been published on the way; then there is a newer one again.
  const show = person.page.getByRole('button', { name: 'Show it' });
  await until('it is there', async () => {
    if (await show.isVisible()) await show.click();
    return (await words.innerText()).includes('And the cat.');
  });
  assert.ok(await part.evaluate((one) => one.open), 'what was open stays open');
  await until('nothing is newer', async () => (await show.count()) === 0);
});

test('the other screen sizes can be read', async () => {
  const wide = await Staff.signIn(browser, server.origin, 'p-adeyemi', DESKTOP);
  await wide.page.goto('/person/');
  await wide.page.locator('.goal').first().waitFor();
  await wide.picture('j5-desktop', { fullPage: true });
  assert.deepEqual(await wide.barriers(), []);
  await change(wide, 'goals');
  await wide.picture('j5-desktop-goals', { fullPage: true });
  assert.deepEqual(await wide.barriers(), []);
  await wide.close();
  for (const path of [HOME, `${HOME}/change/goals`]) {
    await person.page.goto(path);
    await person.page.locator('.goal, .thing').first().waitFor();
    const wider = await person.page.evaluate(
      () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
    );
    assert.ok(!wider, `${path} needs no scrolling sideways`);
  }
});

test('whoever acts for somebody writes under their own name, and loses it all at once with the right', async () => {
  const proxy = await Staff.signIn(browser, server.origin, 'p-pemberton', PHONE);
  await change(proxy, 'about-me', TEXT, 'demo-005');
  await proxy.caretTo(TEXT, 'end');
  await proxy.page.keyboard.type(' Her cardigan.');
  await proxy.untilStatus('Saved');
  await proxy.page.goto('/person/plans/demo-005');
  await proxy.page.getByText('Her cardigan.').filter({ visible: true }).first().waitFor();
  const history = await (await proxy.context.request.get('/api/plans/demo-005/history?limit=20')).json();
  const entry = history.entries.find(({ differences }) => JSON.stringify(differences).includes('cardigan'));
  assert.match(entry.sentence, /^Susan Farrow/);
  assert.equal(entry.by.role, 'proxy');

  const { person: of } = await (await proxy.context.request.get('/api/plans/demo-005')).json();
  const taken = await proxy.context.request.put(`/dev/people/${of.nhs_number}/demographics`, {
    data: { restriction: 'V' },
  });
  assert.equal(taken.status(), 204, await taken.text());
  await proxy.page.getByRole('heading', { name: 'There is nothing here for you' }).waitFor();
  assert.doesNotMatch(await proxy.page.content(), /cardigan|Pemberton/);
  await until('the device holds nothing of it', async () => (await held(proxy.page, 'p-pemberton')) === 0);

  await proxy.page.goto('/person/');
  await proxy.page.getByRole('heading', { name: 'You have no plan yet' }).waitFor();
  await proxy.page.getByLabel('Your NHS number').fill('123');
  await press(proxy, 'Start my plan');
  await proxy.page.getByText('An NHS number has 10 digits').waitFor();
  await proxy.picture('j5-no-plan', { fullPage: true });
  assert.deepEqual(await proxy.barriers(), []);
  await proxy.page.getByLabel('Your NHS number').fill('999 012 3462');
  await press(proxy, 'Start my plan');
  await proxy.page.getByText('You cannot start a plan by yourself here').waitFor();
  await proxy.page.getByText('your GP surgery').waitFor();
  assert.deepEqual(await proxy.barriers(), []);
  assert.deepEqual(proxy.faults, []);
  await proxy.close();
});

test('no page met a fault of its own', () => {
  assert.deepEqual([person.faults, nurse.faults, physio.faults], [[], [], []]);
});

/** How many documents the device holds for a user, and how many things of these stores beside them. */
function held(page, user, beside = ['answers', 'standings']) {
  const of = { name: user, pages: beside };
  return page.evaluate(async ({ name, pages }) => {
    const opened = (request) => new Promise((found) => (request.onsuccess = () => found(request.result)));
    let all = 0;
    for (const [base, stores] of [
      [`coplan-documents-${name}`, ['documents']],
      [`coplan-pages-${name}`, pages],
    ]) {
      const database = await opened(indexedDB.open(base));
      for (const store of stores.filter((one) => database.objectStoreNames.contains(one))) {
        const keys = await opened(database.transaction(store).objectStore(store).getAllKeys());
        // The name of the device's own store is nobody's plan.
        all += keys.filter((key) => !String(key).startsWith('storage-adapter-id')).length;
      }
      database.close();
    }
    return all;
  }, of);
}
