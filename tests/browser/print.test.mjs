// A plan on paper: two sides in black and white, the code that says whether it still counts, the plan in easy words. (J16)

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import jsQR from 'jsqr';
import { PNG } from 'pngjs';
import { signIn } from '../interop/session.mjs';
import { accessible } from './crew.mjs';
import { Server } from './server.mjs';
import { openBrowser, Staff, until } from './staff.mjs';

const SHOTS = resolve(import.meta.dirname, '../output/browser');
/** The richest plan of the demo, and one whose CPR decisions contradict each other. */
const RICHEST = 'demo-002';
const DISPUTED = 'demo-017';
const CODE = /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/;
/** A frame that a copier does not lose. */
const THICK_PX_MIN = 7;
/** 14 points. */
const EASY_PX_MIN = 18.6;
/** A side of A4 at 96 dots to the inch, without its margins. */
const SIDE = { width: 726, height: 1058 };

let server, browser, doctor, plans;

before(async () => {
  mkdirSync(SHOTS, { recursive: true });
  server = await Server.start();
  browser = await openBrowser();
  doctor = await Staff.signIn(browser, server.origin, 'dr-bello');
  plans = (await (await signIn(server, 'dr-bello')).get('/api/plans?limit=100')).map(({ id }) => id);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const print = (plan) => `/api/plans/${plan}/views/print`;

async function sides(page) {
  const pdf = (await page.pdf({ tagged: true, preferCSSPageSize: true })).toString('latin1');
  assert.match(pdf, /\/MarkInfo/, 'it is tagged');
  return pdf.match(/\/Type\s*\/Page[^s]/g).length;
}

/** As a printer without colours puts it on paper. */
async function inBlackAndWhite(page, name) {
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize(SIDE);
  const style = page.locator('html');
  await style.evaluate((html) => html.style.setProperty('filter', 'grayscale(1)'));
  await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
  await style.evaluate((html) => html.style.removeProperty('filter'));
  await page.emulateMedia({ media: 'screen' });
}

test('every_plan_of_the_demo_has_its_urgent_part_on_two_sides_at_most', async () => {
  let pages = 0;
  for (const plan of plans) {
    const answer = await doctor.page.goto(print(plan));
    assert.equal(answer.status(), 200, plan);
    const count = await sides(doctor.page);
    assert.ok(count <= 2, `${plan} has ${count} sides`);
    pages += count;
  }
  console.log(`${plans.length} plans on ${pages} sides`);
});

test('the_print_is_legible_in_black_and_white_and_fetches_and_breaks_nothing', async () => {
  const asked = [];
  const said = [];
  const page = await doctor.context.newPage();
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  page.on('console', (message) => said.push(message.text()));
  // The second time the browser has the bytes already, and only the policy is new.
  for (const plan of [RICHEST, RICHEST, DISPUTED]) {
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(print(plan));
    await accessible(page, `the print of ${plan}`);
    assert.match(await page.evaluate(() => getComputedStyle(document.body).fontFamily), /Arial/);
    const colours = await page.evaluate(() => {
      const of = (element) => [getComputedStyle(element).color, getComputedStyle(element).backgroundColor];
      return [...new Set([...document.querySelectorAll('body *')].flatMap(of))];
    });
    const grey = (colour) => {
      const [red, green, blue] = colour.match(/\d+/g);
      return red === green && green === blue;
    };
    assert.deepEqual(colours.filter((colour) => !grey(colour)), [], 'nothing has a colour');
    await inBlackAndWhite(page, `print-${plan}`);
  }
  const frames = page.locator('.disputed');
  assert.ok((await frames.count()) >= 2);
  assert.match(await frames.first().innerText(), /NOT AGREED/);
  const frame = await frames.first().evaluate((one) => parseFloat(getComputedStyle(one).borderTopWidth));
  assert.ok(frame >= THICK_PX_MIN, `${frame}`);
  await page.setViewportSize({ width: 360, height: 640 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 360), 'a phone shows it too');
  const other = asked.filter((path) => !path.endsWith('/views/print') && path !== '/favicon.ico');
  assert.deepEqual(other, []);
  assert.deepEqual(said.filter((line) => /Content Security Policy/.test(line)), []);
  await page.close();
});

test('the_code_of_an_old_print_says_superseded_to_whoever_scans_or_types_it', async () => {
  await doctor.page.setViewportSize({ width: 1280, height: 900 });
  await doctor.page.goto(print(RICHEST));
  const code = await doctor.page.locator('.code').innerText();
  assert.match(code, CODE);
  const picture = PNG.sync.read(await doctor.page.locator('svg.qr').screenshot());
  const scanned = jsQR(new Uint8ClampedArray(picture.data), picture.width, picture.height);
  assert.equal(scanned?.data, `${server.origin}/check/${code.replaceAll('-', '')}`);

  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(scanned.data);
  await stranger.getByRole('heading', { level: 1, name: 'CURRENT' }).waitFor();
  await accessible(stranger, 'a print that is current');

  await publishAgain();
  await stranger.goto(`${server.origin}/check`);
  await accessible(stranger, 'the page to type a code on');
  await stranger.screenshot({ path: `${SHOTS}/check-form.png` });
  await stranger.getByLabel('The code on the print').fill(code.toLowerCase());
  await stranger.getByRole('button', { name: 'Check' }).click();
  await stranger.getByRole('heading', { level: 1, name: 'SUPERSEDED' }).waitFor();
  const text = await stranger.locator('main').innerText();
  assert.match(text, /Do not go by this print\..*A newer version was published on \d+ \w+ \d{4}, \d\d:\d\d/s);
  assert.doesNotMatch(text + stranger.url(), /Mick|Donnchadha|999|demo-002/);
  await accessible(stranger, 'a print that is superseded');
  await stranger.screenshot({ path: `${SHOTS}/check-superseded.png` });
  await stranger.getByRole('link', { name: 'Check another print' }).click();
  await stranger.getByLabel('The code on the print').fill('nonsense');
  await stranger.getByRole('button', { name: 'Check' }).click();
  await stranger.getByText('That is not a code.').waitFor();
  await accessible(stranger, 'a code that is none');
  await stranger.context().close();
});

test('the_plan_in_easy_words_is_large_and_has_a_picture_beside_each_part', async () => {
  const { page } = doctor;
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(`${print('demo-006')}?variant=easy-read`);
  await accessible(page, 'the plan in easy words');
  const parts = await page.locator('main section').count();
  assert.equal(await page.locator('main section > svg.picture').count(), parts);
  const sizes = await page.locator('p').evaluateAll((all) => all.map((p) => parseFloat(getComputedStyle(p).fontSize)));
  assert.ok(Math.min(...sizes) >= EASY_PX_MIN, `${Math.min(...sizes)}`);
  await inBlackAndWhite(page, 'print-easy-read');
});

/** Writes a line that needs no signature, and waits until it is published. */
async function publishAgain() {
  const version = async () => (await (await doctor.context.request.get(`/api/plans/${RICHEST}`)).json()).version;
  const before = await version();
  await doctor.open(RICHEST, 'about-me');
  await doctor.caretTo('most_important', 'end');
  await doctor.page.keyboard.type(' And the sea.');
  await until('a newer version', async () => (await version()) > before);
}
