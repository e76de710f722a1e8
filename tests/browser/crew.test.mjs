// The crew app in a real browser against the real server: what a crew sees, what it weighs, what stays on the phone.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { Server } from '../interop/server.mjs';
import { accessible, Crew, DESKTOP, easyToPress, PHONE, weigh } from './crew.mjs';
import { CrewCast } from './crew_cast.mjs';
import { Wire } from './wire.mjs';

/** A whole first visit: page, styles, script, service worker, data, and the heads of every answer. */
const FIRST_VISIT_BYTES_MAX = 60_000;
/** What is asked for about one person, with its heads. */
const DATA_BYTES_MAX = 14_000;
const DAY_MS = 86_400_000;
const SHOTS = resolve(import.meta.dirname, '../output/browser');
/** A number with a right check digit that no demo person has. */
const NOBODY = '999 999 9999';

let server, wire, browser, cast;

before(async () => {
  mkdirSync(SHOTS, { recursive: true });
  server = await Server.start();
  wire = await Wire.to(server.origin);
  cast = await CrewCast.of(server);
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_BIN ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
});

// A test that failed may have left the signal lost.
beforeEach(() => wire.restore());

after(async () => {
  await browser?.close();
  await wire?.close();
  await server?.stop();
});

for (const [size, device, theme] of [
  ['phone', PHONE, 'dark'],
  ['phone', PHONE, 'light'],
  ['desktop', DESKTOP, 'light'],
]) {
  test(`every_state_is_accessible_and_in_plain_words: ${size}, ${theme}`, async () => {
    const crew = await signedIn(device, theme);
    const look = async (name) => {
      await crew.page.screenshot({ path: `${SHOTS}/crew-${size}-${theme}-${name}.png` });
      await accessible(crew.page, name);
      if (size === 'phone') await easyToPress(crew.page, name);
    };
    await look('find');
    await crew.ask('999 000 0081');
    await crew.says('not a real NHS number');
    await look('wrong-number');
    await crew.ask(NOBODY);
    await crew.says('there is no published plan that your service may open');
    await look('none');
    await crew.press('Find another');
    for (const [name, view] of [
      ['sickle-cell', cast.with('sickle-cell')],
      ['contingency', cast.with('contingency')],
      ['disputed-cpr', cast.disputedCpr()],
      ['decided', cast.decided()],
      ['disputed', cast.disputed()],
      ['no-crisis-plan', cast.withoutCrisisPlan()],
    ]) {
      assert.ok(view, `the demo world has a plan for ${name}`);
      await crew.open(view);
      await look(`plan-${name}`);
      await crew.page.screenshot({
        path: `${SHOTS}/crew-${size}-${theme}-plan-${name}-whole.png`,
        fullPage: true,
      });
      if (await crew.button('Ring').count()) {
        await crew.press('Ring');
        await look(`ring-${name}`);
        await crew.press('Close');
      }
      await crew.press('Find another');
    }
    await look('find-again');
    wire.lose();
    await crew.ask(NOBODY);
    await crew.says('No answer from the service');
    await look('no-answer');
    await crew.press('Find another');
    await crew.page.locator('.copies__open').first().click();
    await crew.says('not checked since');
    await look('saved-copy');
    wire.restore();
    await crew.press('Check again');
    await crew.page.locator('.plan:not(.plan--copy)').waitFor();
    await crew.press('Find another');
    await crew.press('Sign out and delete plans from this device');
    await crew.says('You are signed out');
    await look('signed-out');
    await crew.end();
  });
}

describe('the first visit', () => {
  test('weighs_at_most_60_kB_in_all_and_its_data_14_kB_and_loads_no_Automerge', async () => {
    const largest = cast.views.toSorted((a, b) => JSON.stringify(b).length - JSON.stringify(a).length)[0];
    const crew = await signedOut(PHONE);
    await crew.signIn();
    const seen = await weigh(crew.page);
    wire.weighFromNow();
    await crew.visit();
    await crew.open(largest);
    await crew.page.evaluate(() => navigator.serviceWorker.ready);
    await crew.end();

    const data = sum(seen.filter(({ url }) => url.includes('/api/')));
    const page = sum(seen);
    console.log(
      `first visit: ${page} bytes to the page, of them ${data} data; ${wire.bytes} with the service worker`,
    );
    assert.ok(seen.length >= 4, 'the page, its styles, its script and its data were seen');
    assert.deepEqual(
      seen.filter(({ url }) => /wasm|automerge/i.test(url)),
      [],
    );
    assert.ok(data <= DATA_BYTES_MAX, `${data} bytes of data`);
    assert.ok(page <= FIRST_VISIT_BYTES_MAX, `${page} bytes to the page`);
    assert.ok(wire.bytes <= FIRST_VISIT_BYTES_MAX, `${wire.bytes} bytes with the service worker`);
  });
});

describe('the urgent page', () => {
  test('opens_by_NHS_number_and_says_who_what_is_not_known_and_how_old_it_is', async () => {
    const view = cast.withoutCpr();
    const crew = await signedIn(PHONE);
    await crew.ask(` ${spaced(view.person.nhs_number)}\u00a0`);
    const page = crew.page.locator('.plan');
    await page.waitFor();
    const words = await page.innerText();
    assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), view.person.name);
    for (const said of [
      spaced(view.person.nhs_number),
      'No CPR decision is recorded in this plan.',
      `Published ${inLondon(view.published_at)}`,
      `version ${view.version}`,
    ]) {
      assert.ok(words.replaceAll(/\s+/g, ' ').includes(said), said);
    }
    await crew.end();
  });

  test('answers_first_what_is_asked_first_on_a_small_phone', async () => {
    const view = cast.decided();
    const crew = await signedIn(PHONE);
    await crew.open(view);
    const reach = await crew.page.locator('.reach').boundingBox();
    const decisions = crew.page.locator('[aria-labelledby="decisions-urgent"]');
    for (const [what, answer] of [
      ['who', crew.page.locator('h1')],
      ['NHS number', crew.page.getByRole('main').getByText(spaced(view.person.nhs_number))],
      ['age of the plan', crew.page.getByText(/^Published/)],
      ['CPR', decisions.locator('.record__lead').nth(0)],
      ['who decided', decisions.locator('.record .standing').nth(0)],
      ['focus of care', decisions.locator('.record__lead').nth(1)],
    ]) {
      const box = await answer.boundingBox();
      assert.ok(box && box.y >= 0 && box.y + box.height <= reach.y, `${what} stands above the fold`);
    }
    assert.ok(reach.y + reach.height <= PHONE.viewport.height, 'the buttons stand under the thumb');
    await crew.end();
  });

  test('says_of_every_section_who_stands_behind_it', async () => {
    const view = cast.with('sickle-cell');
    const crew = await signedIn(PHONE);
    await crew.open(view);
    // Each decision says it by itself.
    for (const section of view.sections.filter(({ section }) => section !== 'decisions')) {
      const words = await crew.page
        .locator(`[aria-labelledby^="${section.section}-"] .standing`)
        .first()
        .innerText();
      const { state, by, job_title, organisation, at } = section.standing;
      const said = state === 'signed' ? [by, job_title, organisation] : ['Shared, not signed'];
      for (const part of [...said, inLondon(at)])
        assert.ok(words.replaceAll(/\s+/g, ' ').includes(part), part);
    }
    await crew.end();
  });

  test('shows_values_that_people_disagree_about_side_by_side_and_none_as_current', async () => {
    const view = cast.disputed();
    const crew = await signedIn(PHONE);
    await crew.open(view);
    const box = crew.page.locator('.row--disputed').first();
    const values = await box.locator('.disputed > li').all();
    assert.ok(values.length >= 2, 'every value stands there');
    const looks = await Promise.all(
      values.map((value) =>
        value.evaluate((node) => {
          const { fontSize, fontWeight, color, backgroundColor } = getComputedStyle(node);
          return JSON.stringify({ fontSize, fontWeight, color, backgroundColor });
        }),
      ),
    );
    assert.equal(new Set(looks).size, 1, 'all look alike');
    assert.match(
      await box.innerText(),
      /(not agreed|disputed)[^]*(None of them is agreed|There is no agreed value)/,
    );
    await crew.end();
  });

  test('shows_two_CPR_decisions_alike_names_neither_and_says_what_to_go_by', async () => {
    const view = cast.disputedCpr();
    const crew = await signedIn(PHONE);
    await crew.open(view);
    const box = crew.page.locator('[aria-labelledby="decisions-urgent"] .row--disputed').first();
    assert.equal(await box.locator('.disputed > li').count(), 2);
    assert.match(await box.innerText(), /None of them is agreed[^]*the usual rule is to start CPR/);
    await crew.end();
  });

  test('tells_ages_by_the_service_clock_however_wrong_the_phone_is', async () => {
    const view = cast.with('sickle-cell');
    const told = [];
    for (const days of [0, -40, 400]) {
      const crew = await signedOut(PHONE);
      await crew.page.clock.setFixedTime(Date.now() + days * DAY_MS);
      await crew.signIn();
      await crew.visit();
      await crew.open(view);
      told.push(await crew.page.getByText(/^Published/).innerText());
      await crew.end();
    }
    const age = Date.now() - Date.parse(view.published_at);
    for (const words of told) assert.ok(Math.abs(toldAge(words) - age) < 2 * DAY_MS, words);
  });

  test('leaves_no_NHS_number_in_an_address_a_title_or_the_history', async () => {
    const view = cast.with('sickle-cell');
    const crew = await signedIn(PHONE);
    const asked = [];
    crew.page.on('request', (request) => asked.push(request.url()));
    await crew.open(view);
    const traces = await crew.page.evaluate(() =>
      [location.href, document.title, JSON.stringify(history.state)].join(' '),
    );
    assert.ok(!traces.includes(view.person.nhs_number) && !traces.includes(view.person.name), traces);
    const withNumber = asked.filter((url) => url.includes(view.person.nhs_number));
    assert.deepEqual(withNumber, []);
    await crew.page.goBack();
    await crew.page.locator('#number').waitFor();
    assert.equal(await crew.page.locator('#number').inputValue(), '');
    await crew.end();
  });

  test('asks_nothing_for_a_number_that_cannot_be_one', async () => {
    const crew = await signedIn(PHONE);
    const asked = [];
    crew.page.on('request', (request) => asked.push(request.url()));
    for (const [typed, words] of [
      ['', 'Enter an NHS number'],
      ['999 000', 'This has 6 digits'],
      ['999 OOO 0018', 'only digits'],
      ['999 000 0081', 'not a real NHS number'],
    ]) {
      await crew.ask(typed);
      await crew.says(words);
    }
    assert.deepEqual(
      asked.filter((url) => url.includes('/api/urgent')),
      [],
    );
    await crew.end();
  });

  test('prints_on_every_sheet_whose_it_is_and_that_it_may_be_old', async () => {
    const view = cast.with('sickle-cell');
    const crew = await signedIn(DESKTOP);
    await crew.open(view);
    const paper = await crew.page.pdf({
      preferCSSPageSize: true,
      tagged: true,
      path: `${SHOTS}/crew-print.pdf`,
    });
    assert.ok(paper.length > 10_000);
    await crew.page.emulateMedia({ media: 'print' });
    const head = crew.page.locator('.print-head');
    const words = (await head.innerText()).replaceAll(/\s+/g, ' ');
    for (const said of [
      view.person.name,
      spaced(view.person.nhs_number),
      `version ${view.version}`,
      `published ${inLondon(view.published_at)}`,
      'Check for a newer version before you act on this paper',
    ]) {
      assert.ok(words.includes(said), said);
    }
    assert.equal(await head.evaluate((node) => getComputedStyle(node).display), 'table-header-group');
    assert.equal(await crew.button('Ring').isVisible(), false);
    assert.equal(
      await crew.page.getByText('ago)').first().isVisible(),
      false,
      'an age on paper would soon be false',
    );
    await crew.end();
  });
});

describe('a development sign-in', () => {
  test('is_told_at_the_foot_of_every_screen_and_covers_nothing_and_a_real_one_tells_nothing', async () => {
    const crew = await signedIn(PHONE);
    const told = crew.page.getByText('Development sign-in: not for real people', { exact: true });
    const standsAtTheFoot = async () => {
      await told.waitFor();
      const { y, height } = await told.boundingBox();
      assert.equal(Math.round(y + height), PHONE.viewport.height);
      return y;
    };
    await standsAtTheFoot();
    await crew.open(cast.with('sickle-cell'));
    const top = await standsAtTheFoot();
    const reach = await crew.page.locator('.reach').boundingBox();
    assert.ok(reach.y + reach.height <= top, 'the buttons stand above it');
    await crew.press('Find another');
    await crew.page.route('**/api/me', async (route) => {
      const response = await route.fetch();
      const { user } = await response.json();
      await route.fulfill({ response, json: { user } });
    });
    await crew.visit();
    await crew.says('Signed in:');
    assert.equal(await told.count(), 0);
    await crew.end();
  });
});

describe('without a signal', () => {
  test('a_plan_opened_before_is_shown_as_a_copy_with_its_dates_and_goes_back_to_checked', async () => {
    const view = cast.with('sickle-cell');
    const crew = await signedIn(PHONE);
    await crew.open(view);
    await crew.offline();
    await crew.page.reload();
    await crew.page.locator('.copies__open').click();
    await crew.page.locator('.plan--copy').waitFor();
    const warning = (await crew.page.locator('.fresh--warn').innerText()).replaceAll(/\s+/g, ' ');
    assert.match(warning, /^Saved copy, published /);
    assert.ok(warning.includes(inLondon(view.published_at)));
    assert.match(warning, /not checked since \d\d:\d\d/);
    assert.equal(await crew.page.locator('h1').innerText(), view.person.name);
    await crew.online();
    await crew.page.locator('.plan:not(.plan--copy)').waitFor();
    assert.match(await crew.page.getByText(/^Published/).innerText(), /ago\)/);
    await crew.end();
  });

  test('a_slow_answer_shows_the_copy_meanwhile_and_says_so', async () => {
    const view = cast.with('sickle-cell');
    const crew = await signedIn(PHONE);
    await crew.open(view);
    await crew.press('Find another');
    wire.stall();
    await crew.ask(view.person.nhs_number);
    await crew.says('Asking for the plan');
    await crew.says('Checking for a newer version');
    await crew.page.screenshot({ path: `${SHOTS}/crew-phone-checking.png` });
    assert.equal(await crew.page.locator('.plan--copy').count(), 1);
    wire.restore();
    await crew.end();
  });

  test('a_copy_is_gone_when_its_day_is_over_and_when_the_clock_is_turned_back', async () => {
    const view = cast.with('sickle-cell');
    for (const hours of [25, -1]) {
      const crew = await signedIn(PHONE);
      await crew.open(view);
      assert.equal(await crew.copiesKept(), 1);
      await crew.offline();
      await crew.page.clock.setFixedTime(Date.now() + hours * 3_600_000);
      await crew.page.reload();
      await crew.ask(view.person.nhs_number);
      await crew.says('No answer from the service');
      assert.equal(await crew.copiesKept(), 0);
      await crew.online();
      await crew.end();
    }
  });

  test('nothing_of_a_plan_can_be_read_from_what_the_device_keeps', async () => {
    const view = cast.with('sickle-cell');
    const crew = await signedIn(PHONE);
    await crew.open(view);
    assert.equal(await crew.copiesKept(), 1);
    const kept = await crew.page.evaluate(async () => {
      const caches_ = await Promise.all(
        (await caches.keys()).map(async (name) =>
          (await (await caches.open(name)).keys()).map(({ url }) => url),
        ),
      );
      const database = await new Promise(
        (found) => (indexedDB.open('coplan-crew').onsuccess = (event) => found(event.target.result)),
      );
      const read = (store) =>
        new Promise(
          (found) =>
            (database.transaction(store).objectStore(store).getAll().onsuccess = (event) =>
              found(event.target.result)),
        );
      const copies = (await read('copies')).map(({ bytes }) => new TextDecoder('latin1').decode(bytes));
      return {
        caches: caches_.flat(),
        text: JSON.stringify([copies, { ...localStorage }, { ...sessionStorage }]),
      };
    });
    assert.deepEqual(
      kept.caches.filter((url) => url.includes('/api/')),
      [],
    );
    for (const secret of [view.person.name, view.person.nhs_number]) assert.ok(!kept.text.includes(secret));
    await crew.end();
  });
});

describe('what was opened', () => {
  test('is_deleted_from_the_device_at_sign_out', async () => {
    const crew = await signedIn(PHONE);
    await crew.open(cast.with('sickle-cell'));
    assert.equal(await crew.copiesKept(), 1);
    await crew.press('Find another');
    await crew.press('Sign out and delete plans from this device');
    await crew.says('You are signed out');
    assert.equal(await crew.copiesKept(), 0);
    await crew.page.reload();
    await crew.says('You are signed out');
    await crew.end();
  });

  test('is_not_found_by_another_user_of_the_device', async () => {
    const crew = await signedIn(PHONE);
    await crew.open(cast.with('sickle-cell'));
    assert.equal(await crew.copiesKept(), 1);
    await crew.signIn(cast.crew[1]);
    await crew.visit();
    await crew.says('Signed in:');
    assert.equal(await crew.page.locator('.copies__open').count(), 0);
    assert.equal(await crew.copiesKept(), 0);
    await crew.end();
  });
});

function signedIn(device, theme) {
  return Crew.signedIn({ browser, wire, cast }, device, theme);
}

function signedOut(device) {
  return Crew.signedOut({ browser, wire, cast }, device);
}

function sum(seen) {
  return seen.reduce((all, { bytes }) => all + bytes, 0);
}

function spaced(number) {
  return number.replace(/(\d{3})(\d{3})(\d{4})/, '$1 $2 $3');
}

function inLondon(moment) {
  const options = {
    timeZone: 'Europe/London',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  };
  return new Intl.DateTimeFormat('en-GB', options).format(new Date(moment)).replace(' at ', ', ');
}

/** "(3 days ago)" in milliseconds; an age is told in days up to 60 of them. */
function toldAge(words) {
  const [, count, unit] =
    /\((?:(\d+) (minute|hour|day)s?|less than a minute) ago\)/.exec(words) ?? assert.fail(words);
  return Number(count ?? 0) * { minute: 60_000, hour: 3_600_000, day: DAY_MS }[unit ?? 'minute'];
}
