// What a sign-in is refused for: the reason stands in the log under a stable name, and nothing of it on the page.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { identities } from './identities.mjs';
import { Liar, tampered } from './liar.mjs';
import { TestProvider } from './provider.mjs';
import { Server } from './server.mjs';
import { Visitor } from './visitor.mjs';

let provider, liar, server;

before(async () => {
  provider = await TestProvider.start(identities());
  liar = await Liar.start();
  server = await Server.start(provider.identityFile(liar.entry));
  provider.open(server.origin);
});

after(async () => {
  await server?.end();
  await liar?.end();
  await provider?.end();
});

/** Asserts that `answer` signed nobody in, said no more than `trouble`, and that the log says `reason`. */
async function refused(visitor, answer, from, reason, trouble = 'sign-in-failed') {
  assert.equal(answer.status, 303);
  assert.equal(answer.headers.get('location'), `/?trouble=${trouble}`);
  assert.equal(answer.text, '');
  assert.equal(await server.reason(from), reason);
  assert.equal(visitor.cookie('coplan_session'), undefined);
  assert.equal((await visitor.ask('/api/me')).status, 401);
  const page = await visitor.ask(answer.next);
  assert.equal(page.status, 200);
  if (reason !== trouble) assert.ok(!page.text.includes(reason));
}

const LIES = [
  ['a_token_of_another_issuer', { claims: () => ({ iss: 'https://id.example' }) }, 'wrong-issuer'],
  ['a_token_for_another_service', { claims: () => ({ aud: 'another-client' }) }, 'wrong-audience'],
  ['a_token_for_another_service_too', { claims: () => ({ aud: ['coplan-liar', 'another'] }) }, 'wrong-audience'],
  ['a_token_that_another_client_asked_for', { claims: () => ({ azp: 'another-client' }) }, 'wrong-audience'],
  ['a_token_of_another_sign_in', { claims: () => ({ nonce: 'of another' }) }, 'wrong-nonce'],
  ['a_token_of_no_sign_in', { claims: () => ({ nonce: undefined }) }, 'wrong-nonce'],
  ['a_token_that_expired', { claims: (now) => ({ iat: now - 200, exp: now - 61 }) }, 'expired-token'],
  ['a_token_of_the_future', { claims: (now) => ({ iat: now + 90, exp: now + 300 }) }, 'wrong-time'],
  ['a_token_of_long_ago', { claims: (now) => ({ iat: now - 3_600, exp: now + 300 }) }, 'wrong-time'],
  ['a_token_that_was_changed', { token: tampered }, 'wrong-signature'],
  ['a_token_that_another_key_has_signed', { header: { by: 'stranger' } }, 'wrong-signature'],
  ['a_token_of_a_key_that_is_not_published', { header: { by: 'stranger', kid: 'other' } }, 'unknown-key'],
  ['a_token_that_nobody_has_signed', { header: { alg: 'none' } }, 'wrong-algorithm'],
  ['a_token_signed_by_a_shared_secret', { header: { alg: 'HS256' } }, 'wrong-algorithm'],
  ['a_token_of_another_algorithm', { header: { alg: 'RS512' } }, 'wrong-algorithm'],
  ['a_token_for_another_access_token', { claims: () => ({ at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }) }, 'wrong-access-token'],
  ['an_answer_without_a_token', { answer: { access_token: 'a', token_type: 'Bearer' } }, 'no-id-token'],
  ['an_answer_that_is_none', { answer: { nothing: true } }, 'token-unreadable'],
  ['an_answer_that_does_not_come', { silent: true }, 'provider-unavailable'],
  ['an_answer_of_any_length', { answer: { padding: 'x'.repeat(300 * 1024) } }, 'provider-unavailable'],
  ['a_code_that_is_not_taken', { answer: { error: 'invalid_grant' }, status: 400 }, 'code-refused'],
  ['a_provider_that_says_no', { back: { error: 'access_denied', code: undefined } }, 'provider-said-no'],
  ['an_answer_without_a_code', { back: { code: undefined } }, 'no-code'],
  ['an_answer_in_the_name_of_another', { back: { iss: 'https://id.example' } }, 'wrong-response-issuer'],
  ['an_answer_that_does_not_say_whose', { back: { iss: undefined } }, 'wrong-response-issuer'],
];

for (const [name, lie, reason] of LIES) {
  test(`${name}_is_refused_and_only_the_log_says_why`, async () => {
    liar.lie = lie;
    const [visitor, from] = [new Visitor(server.origin), server.logged];
    const isFront = (next) => new URL(next).pathname === '/';
    const answer = await visitor.follow('/auth/liar/start', isFront);
    await refused(visitor, answer, from, reason);
  });
}

test('the_same_provider_signs_in_when_it_does_not_lie_and_its_clock_is_a_minute_off', async () => {
  liar.lie = { claims: (now) => ({ iat: now + 50, exp: now + 300 }) };
  const visitor = new Visitor(server.origin);
  await visitor.follow('/auth/liar/start');
  assert.equal((await visitor.json('/api/me')).body.user.name, 'Dr Ada Fernsby');
});

test('a_key_that_was_published_since_is_found', async () => {
  liar.lie = {};
  await liar.changeKey('newer');
  // The service asks again for a key that it does not know, and not more often than every few seconds.
  await new Promise((resume) => setTimeout(resume, 5_100));
  const visitor = new Visitor(server.origin);
  await visitor.follow('/auth/liar/start');
  assert.equal((await visitor.json('/api/me')).status, 200);
});

test('an_answer_counts_once', async () => {
  const visitor = new Visitor(server.origin);
  const back = await visitor.goAs('cis2', 'doctor');
  assert.equal((await visitor.ask(back)).headers.get('location'), '/professional/');
  const from = server.logged;
  const again = await visitor.ask(back);
  assert.equal(again.headers.get('location'), '/?trouble=sign-in-failed');
  assert.equal(await server.reason(from), 'unknown-state');
});

test('a_code_counts_once_in_another_sign_in_too', async () => {
  const [first, second] = [new Visitor(server.origin), new Visitor(server.origin)];
  const used = new URL(await first.goAs('cis2', 'doctor'));
  await first.ask(used.href);
  const back = new URL(await second.goAs('cis2', 'doctor'));
  back.searchParams.set('code', used.searchParams.get('code'));
  const from = server.logged;
  await refused(second, await second.ask(back.href), from, 'code-refused');
});

test('an_answer_with_a_made_up_state_is_refused', async () => {
  const [visitor, from] = [new Visitor(server.origin), server.logged];
  await refused(visitor, await visitor.ask('/auth/callback?code=a&state=made-up'), from, 'unknown-state');
  const without = server.logged;
  await refused(visitor, await visitor.ask('/auth/callback'), without, 'unknown-state');
});

test('an_answer_in_another_browser_is_refused_there_and_is_of_no_use_afterwards', async () => {
  const [own, other] = [new Visitor(server.origin), new Visitor(server.origin)];
  const back = await own.goAs('cis2', 'doctor');
  const from = server.logged;
  await refused(other, await other.ask(back), from, 'other-browser');
  const later = server.logged;
  await refused(own, await own.ask(back), later, 'unknown-state');
});

test('a_browser_with_a_sign_in_of_its_own_cannot_end_another', async () => {
  const [own, other] = [new Visitor(server.origin), new Visitor(server.origin)];
  const back = await own.goAs('cis2', 'doctor');
  await other.goAs('cis2', 'paramedic');
  const from = server.logged;
  await refused(other, await other.ask(back), from, 'other-browser');
});

test('a_sign_in_that_took_too_long_is_refused', async () => {
  const visitor = new Visitor(server.origin);
  const back = await visitor.goAs('cis2', 'doctor');
  server.sql('update pending_sign_in set created_at = created_at - 601000');
  const from = server.logged;
  await refused(visitor, await visitor.ask(back), from, 'too-late', 'expired');
});

for (const [who, way, reason, trouble] of [
  ['unproved', 'nhs-login', 'proofing-too-low', 'proofing-too-low'],
  ['stranger', 'nhs-login', 'unknown-person', 'no-account'],
  ['other-birthday', 'nhs-login', 'other-birthday', 'no-account'],
  ['doctor', 'nhs-login', 'proofing-too-low', 'proofing-too-low'],
  ['nobody', 'cis2', 'no-role', 'no-role'],
  ['unsure', 'cis2', 'assurance-too-low', 'sign-in-failed'],
]) {
  test(`somebody_for_whom_it_does_not_suffice_is_refused: ${who} by ${way}`, async () => {
    const [visitor, from] = [new Visitor(server.origin), server.logged];
    await refused(visitor, await visitor.signInAs(way, who), from, reason, trouble);
  });
}

test('a_person_whose_identity_is_not_proved_is_never_shown_a_number', async () => {
  const visitor = new Visitor(server.origin);
  await visitor.ask((await visitor.signInAs('nhs-login', 'unproved')).next);
  const ours = visitor.seen.filter(({ url }) => url.startsWith(server.origin));
  assert.ok(ours.length >= 3);
  assert.ok(ours.every(({ url, text, next = '' }) => !`${url} ${text} ${next}`.includes('9990120005')));
});

test('a_provider_that_is_away_is_said_to_be_and_serves_again_once_it_is_back', async () => {
  await provider.stop();
  try {
    const [visitor, from] = [new Visitor(server.origin), server.logged];
    // What it published is known: the browser is sent there, and only its answer cannot be redeemed.
    const sent = await visitor.ask('/auth/cis2/start');
    assert.ok(sent.next.startsWith(provider.issuer));
    const state = new URL(sent.next).searchParams.get('state');
    const answer = await visitor.ask(`/auth/callback?code=a&state=${state}&iss=${provider.issuer}`);
    await refused(visitor, answer, from, 'provider-unavailable');
    await server.stop();
    await server.again();
    const start = server.logged;
    await refused(visitor, await visitor.ask('/auth/cis2/start'), start, 'provider-unavailable');
  } finally {
    await provider.again();
  }
  const visitor = new Visitor(server.origin);
  assert.equal((await visitor.signInAs('cis2', 'doctor')).headers.get('location'), '/professional/');
});

test('nobody_is_sent_to_another_site_after_a_sign_in', async () => {
  for (const path of ['https://evil.example/', '//evil.example', '/dev/sign-in', '/person/', '/professional/../x']) {
    const visitor = new Visitor(server.origin);
    const answer = await visitor.signInAs('cis2', 'doctor', path);
    assert.equal(answer.headers.get('location'), '/professional/', path);
  }
});

test('a_provider_that_nobody_named_is_not_there', async () => {
  assert.equal((await new Visitor(server.origin).ask('/auth/other/start')).status, 404);
});

test('no_name_number_code_token_or_secret_stands_in_the_log', () => {
  const kept = ['Fernsby', '9990120005', 'an-access-token', 'a-code', 'eyJ', 'a-secret-of-the-tests', '555021935'];
  for (const word of kept) assert.ok(!server.log.includes(word), word);
});
