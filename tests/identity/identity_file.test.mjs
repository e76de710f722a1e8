// An identity file with faults: the service does not start, and says each of them in a line, without a secret.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as jose from 'jose';
import { ROLES } from './provider.mjs';
import { binary } from './server.mjs';

let folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coplan-identity-'));
  const { privateKey } = await jose.generateKeyPair('RS512', { extractable: true });
  write('key.pem', await jose.exportPKCS8(privateKey), 0o600);
  write('open.pem', await jose.exportPKCS8(privateKey), 0o644);
  write('not-a-key.pem', 'not a key, and not to be printed', 0o600);
  write('empty', '\n', 0o600);
});

after(() => rmSync(folder, { recursive: true, force: true }));

function write(name, text, mode) {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
}

const WHOLE = {
  id: '"cis2"',
  title: '"NHS Care Identity"',
  for: '"staff"',
  issuer: '"https://id.example"',
  client_id: '"coplan"',
  auth: '"private_key_jwt"',
  key_file: '"key.pem"',
};

/** What the service says of an identity file with one provider, changed by `wrong`, and `before` and `after` it. */
function said({ wrong = {}, first = 'public_url = "https://plans.example"', last = ROLES, development = false }) {
  const lines = Object.entries({ ...WHOLE, ...wrong }).filter(([, value]) => value !== undefined);
  const entry = lines.map(([name, value]) => `${name} = ${value}`).join('\n');
  write('identity.toml', `${first}\n[[provider]]\n${entry}\n${last}`, 0o600);
  const flags = ['serve', '--data', join(folder, 'data'), '--listen', '127.0.0.1:0'];
  const more = development ? ['--development'] : [];
  const options = { encoding: 'utf8', timeout: 20_000, env: { ...process.env, RUST_LOG: 'error' } };
  const ended = spawnSync(binary(), [...flags, ...more, '--identity', join(folder, 'identity.toml')], options);
  assert.equal(ended.status, 1, ended.stderr);
  assert.ok(!ended.stderr.includes('not to be printed') && !ended.stderr.includes('BEGIN PRIVATE KEY'));
  return ended.stderr.trim().split('\n');
}

for (const [name, what, expected] of [
  ['a_word_that_it_does_not_know', { wrong: { colour: '"blue"' } }, /line \d+: unknown field `colour`/],
  ['no_issuer', { wrong: { issuer: undefined } }, /line \d+: missing field `issuer`/],
  ['something_that_is_no_toml', { first: 'public_url = ' }, /line 1: /],
  ['plain_http', { wrong: { issuer: '"http://id.example"' } }, /`cis2`: `issuer`: `http:\/\/id.example` is not `https`/],
  ['plain_http_on_loopback', { wrong: { issuer: '"http://127.0.0.1:1"' } }, /is not `https`/],
  [
    'plain_http_elsewhere_in_development',
    { wrong: { issuer: '"http://id.example"' }, development: true },
    /is not `https`/,
  ],
  ['an_id_with_spaces', { wrong: { id: '"CIS 2"' } }, /`id` is 1 to 32 lower-case letters/],
  ['an_id_that_is_taken', { wrong: { id: '"callback"' } }, /a word that this service uses itself/],
  ['no_title', { wrong: { title: '" "' } }, /`title` is empty/],
  ['no_key', { wrong: { key_file: undefined } }, /`auth = "private_key_jwt"` needs `key_file`/],
  ['no_secret', { wrong: { auth: '"client_secret"', key_file: undefined } }, /needs `secret_file`/],
  ['a_key_too_many', { wrong: { auth: '"none"' } }, /`key_file` does not go with this `auth`/],
  ['a_key_that_is_not_there', { wrong: { key_file: '"none.pem"' } }, /none.pem` cannot be read/],
  ['a_key_that_others_may_read', { wrong: { key_file: '"open.pem"' } }, /open.pem` is open to others/],
  ['a_key_that_is_none', { wrong: { key_file: '"not-a-key.pem"' } }, /is not a private key in PEM for RS512/],
  ['a_key_of_another_algorithm', { wrong: { alg: '"ES256"' } }, /is not a private key in PEM for ES256/],
  ['an_algorithm_that_signs_nothing', { wrong: { alg: '"HS256"' } }, /`HS256` is none of RS256/],
  [
    'an_empty_secret',
    { wrong: { auth: '"client_secret"', key_file: undefined, secret_file: '"empty"' } },
    /empty` is empty/,
  ],
  ['a_token_that_nobody_signs', { wrong: { id_token_alg: '"none"' } }, /`id_token_alg` is none of RS256/],
  ['a_parameter_of_ours', { wrong: { extra: '{ state = "x" }' } }, /`extra` sets `state`/],
  ['no_public_address', { first: '' }, /public_url: missing/],
  ['a_public_address_with_a_path', { first: 'public_url = "https://plans.example/here"' }, /without a path/],
  ['no_roles_for_staff', { last: '' }, /needs at least one `\[\[role\]\]`/],
  [
    'a_role_for_everybody',
    { last: '[[role]]\nrole_code = ""\nrole = "doctor"' },
    /an empty code would fit everybody/,
  ],
  ['a_role_of_people', { last: '[[role]]\nactivity = "B1"\nrole = "person"' }, /nobody of staff is that/],
  ['a_role_without_a_code', { last: '[[role]]\nrole = "doctor"' }, /one of `activity` and `role_code`/],
]) {
  test(`the_service_does_not_start_with_${name}`, () => {
    const lines = said(what);
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0], /^coplan: .*identity\.toml: /);
    assert.match(lines[0], expected);
  });
}

test('all_faults_are_said_at_once_a_line_each', () => {
  const lines = said({ wrong: { title: '""', client_id: '""', issuer: '"nowhere"', id_token_alg: '"none"' } });
  assert.equal(lines.length, 4, lines.join('\n'));
});

test('an_identity_file_that_is_not_there_is_named', () => {
  const flags = ['serve', '--data', join(folder, 'data'), '--listen', '127.0.0.1:0', '--identity', '/nowhere.toml'];
  const { status, stderr } = spawnSync(binary(), flags, { encoding: 'utf8', timeout: 20_000 });
  assert.equal(status, 1);
  assert.match(stderr, /the identity file `\/nowhere.toml` cannot be read/);
});
