// How often somebody may ask, and from where: limits that stop abuse, and a sign-in for this machine only.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { identities } from './identities.mjs';
import { TestProvider } from './provider.mjs';
import { Server } from './server.mjs';
import { Visitor } from './visitor.mjs';

let provider, server;

before(async () => {
  provider = await TestProvider.start(identities());
  const flags = ['--trusted-proxy', '127.0.0.1', '--requests-per-second', '5'];
  server = await Server.start(provider.identityFile(), flags);
  provider.open(server.origin);
});

after(async () => {
  await server?.end();
  await provider?.end();
});

const from = (address) => ({ headers: { 'x-forwarded-for': address } });

/** Asks until the answer is 429, at most `times`; gives how often it was another, and the last answer. */
async function until429(times, ask) {
  for (let count = 0; count < times; count += 1) {
    const answer = await ask();
    if (answer.status === 429) return { count, answer };
  }
  throw new Error(`answered ${times} times`);
}

test('sign_ins_from_one_address_are_limited_and_no_other_address_is_kept_out', async () => {
  const visitor = new Visitor(server.origin);
  const { count, answer } = await until429(400, () => visitor.ask('/auth/cis2/start', from('203.0.113.9')));
  assert.ok(count >= 100, `${count}`);
  assert.equal(JSON.parse(answer.text).code, 'too-often');
  assert.ok(Number(answer.headers.get('retry-after')) >= 1);
  // Of many at once: room for another may have come while the last answer was read.
  const others = await Promise.all(Array.from({ length: 40 }, () => visitor.ask('/auth/callback?state=x', from('203.0.113.9'))));
  assert.ok(others.some((other) => other.status === 429), 'the way back counts as well');
  assert.equal((await visitor.ask('/auth/cis2/start', from('203.0.113.10'))).status, 303);
});

test('sign_ins_under_way_are_bounded', async () => {
  const kept = Number(server.sql('select count(*) from pending_sign_in'));
  assert.ok(kept >= 100 && kept <= 501, `${kept}`);
});

test('an_address_that_guesses_sessions_is_limited', async () => {
  const visitor = new Visitor(server.origin);
  const guess = { headers: { cookie: `coplan_session=${'0'.repeat(64)}`, 'x-forwarded-for': '203.0.113.20' } };
  const { count } = await until429(3_000, () => visitor.ask('/api/me', guess));
  assert.ok(count >= 1_000, `${count}`);
  assert.equal((await visitor.ask('/api/me', from('203.0.113.21'))).status, 401);
});

test('one_who_is_signed_in_may_ask_so_often_and_keeps_nobody_else_out', async () => {
  const [eager, calm] = [new Visitor(server.origin), new Visitor(server.origin)];
  await eager.signInAs('cis2', 'doctor');
  await calm.signInAs('cis2', 'paramedic');
  const { count, answer } = await until429(500, () => eager.ask('/api/me'));
  assert.ok(count >= 20 && count < 200, `${count}`);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  assert.ok(Number(answer.headers.get('retry-after')) >= 1);
  assert.equal((await calm.ask('/api/me')).status, 200);
});

test('development_sign_in_is_refused_to_whoever_comes_from_another_machine_through_a_proxy', async () => {
  const visitor = new Visitor(server.origin);
  const [{ id: user }] = (await visitor.json('/dev/users')).body;
  const request = (address) => ({ method: 'POST', body: { user }, ...from(address) });
  const far = await visitor.json('/dev/sign-in', request('203.0.113.9'));
  assert.deepEqual([far.status, far.body.code], [403, 'not-this-machine']);
  assert.equal((await visitor.ask('/dev/sign-in', request('127.0.0.1'))).status, 200);
});

test('a_session_of_development_is_worth_nothing_without_development', async () => {
  const visitor = new Visitor(server.origin);
  const [{ id: user }] = (await visitor.json('/dev/users')).body;
  await visitor.ask('/dev/sign-in', { method: 'POST', body: { user } });
  const token = visitor.cookie('coplan_session').value;
  const plain = await server.withoutDevelopment();
  const ask = (address) => fetch(`${plain}${address}`, { headers: { cookie: `coplan_session=${token}` } });
  assert.equal((await ask('/api/me')).status, 401);
  assert.equal((await fetch(`${plain}/dev/users`)).status, 404);
  const { ways } = await (await fetch(`${plain}/api/sign-in`)).json();
  assert.ok(ways.every(({ kind }) => kind !== 'development'));
});
