// Out of a host's record in a real browser: the right person and role, no login, no search. (J7, J3)

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HostRecord } from '../identity/host.mjs';
import { Server } from '../identity/server.mjs';
import { openBrowser } from './staff.mjs';

const WITH_PLAN = { hollis: '9990192669', chen: '9990137307' };
const WITHOUT_PLAN = { nobody: '9990208239' };
const PHONE = { width: 390, height: 780 };

let host, server, browser;

before(async () => {
  host = await HostRecord.start({ ...WITH_PLAN, ...WITHOUT_PLAN, stranger: '9990018057' });
  server = await Server.start(host.identityFile());
  host.open(server.origin);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await server?.end();
  await host?.end();
});

test('the_record_that_is_open_opens_the_right_plan_in_the_right_role_without_login_or_search', async () => {
  const desk = await Desk.of('ada');
  const page = await desk.click('hollis');
  await page.waitForURL('**/professional/plans/**');
  await page.getByText('999 019 2669').first().waitFor();
  assert.doesNotMatch(page.url(), /[?#]/, 'no token stands in the address');
  const me = await desk.json('/api/me');
  assert.equal(me.via, 'smart');
  assert.equal(me.user.name, 'Dr Ada Fernsby');
  assert.equal(me.user.job_title, 'GP partner');
  assert.equal(me.user.registration, 'GMC 7099901');
  assert.equal(me.only_plan, page.url().split('/').at(-1));
  assert.equal((await desk.json('/api/launch')).host, 'Northgate record');
  await desk.close();
});

test('switching_the_patient_in_the_host_closes_ours', async () => {
  const desk = await Desk.of('ada');
  const page = await desk.click('hollis');
  await page.waitForURL('**/professional/plans/**');
  const before = await desk.cookie();
  const first = page.url();
  const second = await desk.click('chen');
  await second.waitForURL((url) => /professional\/plans\//.test(url.href) && url.href !== first);
  await second.getByText('999 013 7307').first().waitFor();
  const old = await fetch(`${server.origin}/api/me`, { headers: { cookie: `coplan_session=${before}` } });
  assert.equal(old.status, 401);
  assert.equal((await desk.context.request.get(`/api/plans/${first.split('/').at(-1)}`)).status(), 403);
  await desk.close();
});

test('somebody_with_two_roles_is_asked_once_and_comes_to_the_plan', async () => {
  const desk = await Desk.of('bryn');
  const page = await desk.click('hollis');
  await page.getByRole('radio', { name: /Practice nurse/ }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('999 019 2669').first().waitFor();
  assert.match(page.url(), /\/professional\/plans\//);
  const again = await desk.click('chen');
  await again.getByText('999 013 7307').first().waitFor();
  const me = await desk.json('/api/me');
  assert.equal(me.role_required, false);
  assert.equal(me.user.job_title, 'Practice nurse');
  await desk.close();
});

test('where_there_is_no_plan_one_is_offered_with_the_person_filled_in', async () => {
  const desk = await Desk.of('ada');
  const page = await desk.click('nobody');
  await page.waitForURL('**/professional/launched');
  await page.getByText('999 020 8239').waitFor();
  await page.getByRole('button', { name: 'Start a plan' }).click();
  await page.waitForURL('**/professional/plans/**');
  await page.getByText('999 020 8239').first().waitFor();
  await desk.close();
});

test('a_host_that_says_little_is_asked_who_its_user_is', async () => {
  const desk = await Desk.of('cleo');
  const page = await desk.click('hollis');
  await page.waitForURL('**/professional/plans/**');
  const { user } = await desk.json('/api/me');
  assert.equal(user.name, 'Dr Cleo Marchbanks');
  assert.equal(user.registration, 'GMC 7099903');
  await desk.close();
});

test('a_launch_is_used_once_by_the_browser_that_began_it', async () => {
  const desk = await Desk.of('ada');
  const address = host.launch('ada', 'hollis');
  const callback = desk.callback();
  await desk.page.goto(address);
  await desk.page.waitForURL('**/professional/plans/**');
  const stranger = await browser.newContext();
  for (const [who, again, reason] of [
    [desk.context, address, 'replayed'],
    [desk.context, await callback, 'not-begun'],
    [stranger, await callback, 'not-begun'],
  ]) {
    const page = await who.newPage();
    const from = server.logged;
    await page.goto(again);
    await page.getByText('Coplan could not be opened from the other record').waitFor();
    assert.doesNotMatch(await page.content(), new RegExp(reason));
    assert.equal(await server.launchReason(from), reason);
    await page.close();
  }
  await stranger.close();
  await desk.close();
});

test('a_host_that_lies_launches_nobody', async () => {
  const forged = (change) => (token) => {
    const [header, claims, signature] = token.split('.');
    const said = JSON.parse(Buffer.from(claims, 'base64url'));
    return [header, Buffer.from(JSON.stringify({ ...said, ...change })).toString('base64url'), signature].join('.');
  };
  const unsigned = (token) => {
    const header = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    return `${header}.${token.split('.')[1]}.`;
  };
  const another = host.launch('ada', 'hollis');
  for (const [what, tamper, extra, patient, reason] of [
    ['changed', forged({ role: 'nurse' }), {}, 'hollis', 'wrong-signature'],
    ['unsigned', unsigned, {}, 'hollis', 'malformed'],
    ['no token', () => undefined, {}, 'hollis', 'malformed'],
    ['no patient', (token) => token, { patient: undefined }, 'hollis', 'malformed'],
    ['another path', (token) => token, { patient: '../Practitioner/ada' }, 'hollis', 'malformed'],
    ['a number that is none', (token) => token, { nhs_number: '1234567890' }, 'hollis', 'malformed'],
    ['nobody we know', (token) => token, {}, 'stranger', 'unknown-person'],
  ]) {
    host.tamper = tamper;
    host.extra = extra;
    assert.equal(await refusedAt(host.launch('ada', patient)), reason, what);
  }
  host.tamper = (token) => token;
  host.extra = {};
  for (const [address, reason] of [
    [`${server.origin}/launch?iss=https://evil.example/fhir&launch=x`, 'unknown-host'],
    [`${server.origin}/launch?iss=${encodeURIComponent(`${host.iss}/`)}&launch=x`, 'unknown-host'],
    [`${server.origin}/launch?iss=${encodeURIComponent(host.iss)}`, 'malformed'],
    [`${server.origin}/launch?iss=${encodeURIComponent(host.iss)}&launch=made-up`, 'broken-off'],
  ]) {
    assert.equal(await refusedAt(address), reason, address);
  }
  assert.ok(another);
});

test('an_id_token_of_another_launch_another_issuer_or_another_audience_is_refused_in_the_same_words', async () => {
  let kept;
  host.tamper = async (token) => {
    kept = await host.retold(token);
    return kept;
  };
  const desk = await Desk.of('ada');
  await desk.page.goto(host.launch('ada', 'hollis'));
  await desk.page.waitForURL('**/professional/plans/**');
  const retold = (lie) => (token) => host.retold(token, lie);
  const pages = new Set();
  for (const [tamper, reason] of [
    [() => kept, 'wrong-nonce'],
    [retold({ claims: () => ({ iss: 'https://id.example' }) }), 'wrong-issuer'],
    [retold({ claims: () => ({ aud: 'another-client' }) }), 'wrong-audience'],
    [retold({ claims: (now) => ({ exp: now - 61 }) }), 'expired'],
    [retold({ by: 'stranger' }), 'wrong-signature'],
  ]) {
    host.tamper = tamper;
    assert.equal(await refusedAt(host.launch('ada', 'hollis'), (text) => pages.add(text)), reason);
  }
  host.tamper = (token) => token;
  assert.equal(pages.size, 1, [...pages].join('\n\n'));
  await desk.close();
});

test('an_ambulance_record_lands_a_crew_on_the_urgent_page_of_the_right_person', async () => {
  const context = await browser.newContext({ baseURL: server.origin, viewport: PHONE });
  const token = await host.sign({ nhs_number: WITH_PLAN.chen, job: 'WAS-2026-1142' });
  const taken = await fetch(`${server.origin}/launch/tickets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(taken.status, 201);
  const { url } = await taken.json();
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForURL('**/crew/plans/**');
  await page.locator('.person').getByText('999 013 7307').waitFor();
  const me = await (await context.request.get('/api/me')).json();
  assert.equal(me.via, 'launch-token');
  assert.equal((await (await context.request.get('/api/launch')).json()).job, 'WAS-2026-1142');
  await page.goto(url);
  await page.getByText('Coplan could not be opened from the other record').waitFor();
  await context.close();
});

test('nothing_secret_of_all_these_launches_stands_in_the_log', async () => {
  for (const word of ['Fernsby', 'Castellane', 'Okonjo', ...Object.values(WITH_PLAN), ...Object.values(WITHOUT_PLAN)]) {
    assert.ok(!server.log.includes(word), word);
  }
  assert.doesNotMatch(server.log, /eyJ[\w-]{10,}\./, 'a signed token');
  assert.doesNotMatch(server.log, /[?&](code|state|t|launch|iss)=/, 'an address with its query');
  for (const secret of Desk.secrets) assert.ok(!server.log.includes(secret), 'a token');
});

/** Why a launch at this address was refused, in a browser of its own; `read` is given what its page says. */
async function refusedAt(address, read = () => {}) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const from = server.logged;
  await page.goto(address);
  await page.getByText('Coplan could not be opened from the other record').waitFor();
  // The whole of the page: who could sign in comes after the words.
  await page.getByText('Looking who is signed in…').waitFor({ state: 'detached' });
  await page.waitForLoadState('networkidle');
  assert.equal((await context.cookies()).filter(({ name }) => name === 'coplan_session').length, 0);
  const [reason, text] = [await server.launchReason(from), await page.locator('body').innerText()];
  assert.ok(!text.includes(reason), reason);
  read(text);
  await context.close();
  return reason;
}

/** Somebody at the host's record, in a browser of their own. */
class Desk {
  /** Every token that was handed out. */
  static secrets = [];
  context;
  page;

  static async of(user) {
    const desk = new Desk();
    desk.context = await browser.newContext({ baseURL: server.origin, viewport: { width: 1366, height: 900 } });
    desk.page = await desk.context.newPage();
    await desk.page.goto(host.page(user));
    return desk;
  }

  /** Opens the plan of a patient from the host's page. Our pages leave the host's windows, so each is one of its own. */
  async click(patient) {
    const link = this.page.getByRole('link', { name: `Open the plan of ${patient}` });
    const [page] = await Promise.all([this.context.waitForEvent('page'), link.click()]);
    return page;
  }

  /** The address by which the host sends the browser back, once it does. */
  callback() {
    return new Promise((found) => {
      this.page.on('request', (request) => {
        if (request.url().includes('/launch/callback')) found(request.url());
      });
    });
  }

  async json(path) {
    return (await this.context.request.get(path)).json();
  }

  async cookie() {
    const cookies = await this.context.cookies(server.origin);
    return cookies.find(({ name }) => name === 'coplan_session')?.value;
  }

  async close() {
    const secret = await this.cookie();
    if (secret) Desk.secrets.push(secret);
    await this.context.close();
  }
}
