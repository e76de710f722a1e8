// Passkeys in a real browser with a virtual authenticator: an account of an organisation without a national identity.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { binary, Server } from '../identity/server.mjs';
import { openBrowser } from './staff.mjs';

let folder, server, browser, origin;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coplan-passkeys-'));
  const identity = join(folder, 'identity.toml');
  writeFileSync(identity, '');
  server = await Server.start(identity);
  // A relying party has a name; an address of numbers has none.
  origin = server.origin.replace('127.0.0.1', 'localhost');
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await server?.end();
  rmSync(folder, { recursive: true, force: true });
});

test('an_invited_account_registers_a_device_and_signs_in_with_it', async () => {
  account('add', 'carer-one', ...CARER);
  const device = await Device.open();
  await device.enrol(invite('carer-one'), 'Ward laptop');
  await device.page.waitForURL('**/professional/**');
  const me = await device.json('/api/me');
  assert.equal(me.via, 'passkey');
  assert.equal(me.user.name, 'Carer of the tests');
  assert.equal(me.assurance, 2);
  await device.signOut();
  await device.signIn();
  await device.page.waitForURL('**/professional/**');
  const [key] = await device.json('/api/passkeys');
  assert.equal(key.name, 'Ward laptop');
  assert.ok(key.used_at);
  await device.close();
});

test('a_code_works_once_and_only_if_it_is_one', async () => {
  account('add', 'carer-two', ...CARER);
  const code = invite('carer-two');
  const device = await Device.open();
  await device.enrol(code, 'First');
  await device.page.waitForURL('**/professional/**');
  for (const wrong of [code, 'f'.repeat(32), '']) {
    const other = await Device.open();
    await other.page.goto(`${origin}/enrol#${wrong}`);
    await other.page.getByText('this code was used, is too old, or is not one').waitFor();
    await other.close();
  }
  const newer = [invite('carer-two'), invite('carer-two')];
  const first = await Device.open();
  await first.page.goto(`${origin}/enrol#${newer[0]}`);
  await first.page.getByText('this code was used, is too old, or is not one').waitFor();
  await first.close();
  await device.close();
});

test('the_code_leaves_the_address_and_is_sent_to_nobody_but_in_a_body', async () => {
  account('add', 'carer-three', ...CARER);
  const code = invite('carer-three');
  const device = await Device.open();
  const asked = [];
  device.page.on('request', (request) => asked.push(request.url(), request.headers().referer ?? ''));
  await device.page.goto(`${origin}/enrol#${code}`);
  await device.page.getByText('Carer of the tests').waitFor();
  assert.equal(device.page.url(), `${origin}/enrol`);
  const sent = asked.filter((text) => text.includes(code) && !text.endsWith(`/enrol#${code}`));
  assert.deepEqual(sent, []);
  await device.close();
});

test('a_key_of_another_site_or_another_relying_party_is_refused', async () => {
  account('add', 'carer-four', ...CARER);
  const device = await Device.open();
  await device.enrol(invite('carer-four'), 'Laptop');
  await device.page.waitForURL('**/professional/**');
  await device.signOut();
  const from = server.logged;
  // What a page of another origin would send, had it got the same key to answer.
  const answer = await device.answer((said) => ({ ...said, origin: 'https://evil.example' }));
  assert.deepEqual(await device.finish(answer), [403, 'passkey-refused']);
  const another = await device.answer((said) => ({ ...said, challenge: 'AAAAAAAAAAAAAAAAAAAAAA' }));
  assert.deepEqual(await device.finish(another), [403, 'passkey-refused']);
  const honest = await device.answer((said) => said);
  assert.deepEqual(await device.finish(honest), [200, undefined]);
  assert.deepEqual(await device.finish(honest), [403, 'passkey-refused'], 'an answer counts once');
  assert.match(server.log.split('\n').slice(from).join('\n'), /a passkey was refused/);
  await device.close();
});

test('an_authenticator_that_does_not_verify_its_user_is_refused', async () => {
  account('add', 'carer-five', ...CARER);
  const device = await Device.open({ isUserVerified: false });
  await device.enrol(invite('carer-five'), 'Laptop');
  await device.page.getByText('the device gave no passkey').waitFor();
  await device.close();
});

test('a_copied_key_is_noticed_by_its_counter', async () => {
  account('add', 'carer-six', ...CARER);
  const device = await Device.open();
  await device.enrol(invite('carer-six'), 'Laptop');
  await device.page.waitForURL('**/professional/**');
  await device.signOut();
  await device.signIn();
  await device.page.waitForURL('**/professional/**');
  await device.signOut();
  await device.turnCounterBack();
  await device.signIn();
  await device.page.getByText('this passkey was not taken').waitFor();
  await device.close();
});

test('a_removed_passkey_signs_nobody_in', async () => {
  account('add', 'carer-seven', ...CARER);
  const device = await Device.open();
  await device.enrol(invite('carer-seven'), 'Lost phone');
  await device.page.waitForURL('**/professional/**');
  const [key] = await device.json('/api/passkeys');
  assert.equal((await device.context.request.delete(`${origin}/api/passkeys/${key.id}`)).status(), 204);
  assert.deepEqual(await device.json('/api/passkeys'), []);
  await device.signOut();
  await device.signIn();
  await device.page.getByText('this passkey was not taken').waitFor();
  await device.close();
});

test('an_ended_account_signs_in_no_more_and_is_signed_out', async () => {
  account('add', 'carer-eight', ...CARER);
  const device = await Device.open();
  await device.enrol(invite('carer-eight'), 'Laptop');
  await device.page.waitForURL('**/professional/**');
  account('end', 'carer-eight');
  assert.equal((await device.context.request.get(`${origin}/api/me`)).status(), 401);
  await device.signIn();
  await device.page.getByText('this passkey was not taken').waitFor();
  assert.throws(() => account('invite', 'carer-eight'));
  await device.close();
});

test('somebody_adds_a_second_device_only_with_a_passkey_of_the_first', async () => {
  const context = await browser.newContext();
  const asked = await context.request.post(`${origin}/api/passkeys/registration`, { data: {} });
  assert.equal(asked.status(), 401);
  await context.request.post(`${origin}/dev/sign-in`, { data: { user: 'dr-okonkwo' } });
  const other = await context.request.post(`${origin}/api/passkeys/registration`, { data: {} });
  assert.equal((await other.json()).code, 'not-allowed');
  await context.close();
});

const CARER = ['--name', 'Carer of the tests', '--role', 'social-care', '--job-title', 'Care worker'];

/** Runs `coplan account` beside the running service. */
function account(what, id, ...more) {
  const organisation = what === 'add' ? ['--organisation', 'Z9A01'] : [];
  const words = ['account', what, '--data', server.data, '--account', id, ...organisation, ...more];
  return execFileSync(binary(), words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function invite(id) {
  return /^\/enrol#([0-9a-f]{32})$/m.exec(account('invite', id))[1];
}

/** A browser whose device has an authenticator. */
class Device {
  context;
  page;
  #cdp;
  #authenticator;

  static async open(authenticator = {}) {
    const device = new Device();
    device.context = await browser.newContext();
    device.page = await device.context.newPage();
    device.#cdp = await device.context.newCDPSession(device.page);
    await device.#cdp.send('WebAuthn.enable');
    const options = {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      ...authenticator,
    };
    device.#authenticator = await device.#cdp.send('WebAuthn.addVirtualAuthenticator', { options });
    return device;
  }

  async enrol(code, name) {
    await this.page.goto(`${origin}/enrol#${code}`);
    await this.page.getByLabel('A name for this device').fill(name);
    await this.page.getByRole('button', { name: 'Register this device' }).click();
  }

  async signIn() {
    // A page whose session has ended goes there by itself, perhaps at this moment.
    await this.page.goto(origin).catch(() => this.page.waitForURL(`${origin}/`));
    await this.page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  }

  signOut() {
    return this.context.request.post(`${origin}/api/sign-out`);
  }

  async json(path) {
    return (await this.context.request.get(`${origin}${path}`)).json();
  }

  /** The key's answer to a fresh question, with what the browser says of itself changed. */
  async answer(change) {
    await this.page.goto(origin);
    const asked = await this.page.evaluate(async () => {
      const { options } = await (await fetch('/auth/passkey/start', { method: 'POST' })).json();
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
      return (await navigator.credentials.get({ publicKey })).toJSON();
    });
    const said = JSON.parse(Buffer.from(asked.response.clientDataJSON, 'base64url'));
    const changed = JSON.stringify(change(said));
    if (changed !== JSON.stringify(said)) {
      asked.response.clientDataJSON = Buffer.from(changed).toString('base64url');
    }
    return asked;
  }

  async finish(answer) {
    const response = await this.context.request.post(`${origin}/auth/passkey/finish`, { data: answer });
    return [response.status(), (await response.json()).code];
  }

  /** As a copy of the key would have it that was made before the last sign-ins. */
  async turnCounterBack() {
    const { authenticatorId } = this.#authenticator;
    const { credentials } = await this.#cdp.send('WebAuthn.getCredentials', { authenticatorId });
    await this.#cdp.send('WebAuthn.clearCredentials', { authenticatorId });
    for (const credential of credentials) {
      await this.#cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { ...credential, signCount: 0 } });
    }
  }

  close() {
    return this.context.close();
  }
}
