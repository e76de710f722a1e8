// What a launch out of a host's record is refused for: the reason stands in the log under a stable name, and nothing of it,
// of the token or of a person is told to anybody. The host lets each launch go through by its own hand once it does not
// lie, so that a refusal is for the lie alone.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HostRecord } from './host.mjs';
import { tampered } from './liar.mjs';
import { Server } from './server.mjs';
import { Visitor } from './visitor.mjs';

const WITH_PLAN = { hollis: '9990192669', chen: '9990137307' };
const NOBODY_KNOWN = '9990018057';
/** Shorter words stand in a log by chance. */
const TELLING_CHARS_MIN = 6;

/** What was handed out in all these launches, and who was meant. */
const secrets = new Set();
let host, server;
let visitors = 0;

before(async () => {
  host = await HostRecord.start({ ...WITH_PLAN, stranger: NOBODY_KNOWN });
  server = await Server.start(host.identityFile(), ['--trusted-proxy', '127.0.0.1']);
  host.open(server.origin);
});

after(async () => {
  await server?.end();
  await host?.end();
});

/** A browser at an address of its own: more are launched here than one address may launch. */
function somebody() {
  visitors += 1;
  return new Visitor(server.origin, { 'x-forwarded-for': `203.0.113.${visitors}` });
}

/** Lets the host tell `lie` from now on; gives what it hands out, each id token before its access token. */
function lies(lie) {
  const told = [];
  host.tamper = async (token, access) => {
    const again = await host.retold(token, lie);
    const given = lie.token ? lie.token(again) : again;
    told.push(given, access);
    return given;
  };
  host.extra = lie.answer ?? {};
  host.alter = lie.resource ?? ((resource) => resource);
  return told;
}

const isBack = (next) => next.startsWith(`${server.origin}/launch/callback`);
const isIn = (next) => next.startsWith(server.origin) && !new URL(next).pathname.startsWith('/launch');

/** Everything that is kept of those who were let in. */
function kept() {
  const tables = ['session', 'account', 'identity', 'relationship'];
  return server.sql(`select ${tables.map((table) => `(select count(*) from ${table})`)}`);
}

/** Asserts that `answer` let nobody in and says nothing, and that the log says `reason` and none of what was told. */
async function refused(visitor, answer, from, reason, told = []) {
  assert.equal(answer.status, 303);
  assert.equal(answer.headers.get('location'), '/?trouble=launch-failed');
  assert.equal(answer.text, '');
  assert.ok(answer.headers.getSetCookie().every((line) => !line.startsWith('coplan_session=')));
  assert.equal(await server.launchReason(from), reason);
  const page = await visitor.ask(answer.next);
  assert.equal(page.status, 200);
  assert.ok(!page.text.includes(reason));
  nothingTold(visitor, told, from);
}

/** The same of a browser in which nobody was before. */
async function refusedToBegin(visitor, answer, from, reason, told) {
  await refused(visitor, answer, from, reason, told);
  assert.equal(visitor.cookie('coplan_session'), undefined);
  assert.equal((await visitor.ask('/api/me')).status, 401);
}

/** Asserts that the log since line `from` has nothing of what was handed out on the way, or of those who are meant. */
function nothingTold(visitor, tokens, from) {
  const log = server.loggedSince(from);
  const parts = tokens.filter((token) => typeof token === 'string').flatMap((token) => [token, ...token.split('.')]);
  const claims = parts.map(readable).flatMap(words);
  const addresses = visitor.seen.flatMap(({ url, next = url }) => [new URL(url), new URL(next)]);
  const queries = addresses.filter(({ pathname }) => pathname !== '/').flatMap((url) => [...url.searchParams.values()]);
  // Of a launch under way, the part that nobody else can make.
  const cookies = visitor.seen.flatMap(({ headers }) => headers.getSetCookie().map((line) => line.split(/[=;.]/)[1]));
  const people = ['Fernsby', '7099901', NOBODY_KNOWN, ...Object.values(WITH_PLAN)];
  for (const word of [...parts, ...claims, ...queries, ...cookies, ...people]) {
    if (word.length < TELLING_CHARS_MIN) continue;
    assert.ok(!log.includes(word), `${word} in ${log}`);
    secrets.add(word);
  }
  assert.doesNotMatch(log, /\b(ada|hollis|chen)\b|eyJ/);
}

/** What a part of a token says, if it is JSON. */
function readable(part) {
  try {
    return JSON.parse(Buffer.from(part, 'base64url'));
  } catch {
    return null;
  }
}

function words(value) {
  if (value !== null && typeof value === 'object') return Object.values(value).flatMap(words);
  return value === null || typeof value === 'boolean' ? [] : [String(value)];
}

/** Asserts that a launch of Ada's for `patient` comes to the plan. */
async function goesThrough(visitor, address, patient = 'hollis') {
  const answer = await visitor.follow(address, isIn);
  assert.match(answer.headers.get('location') ?? '', /^\/professional\/plans\/[\w-]+$/);
  const { body: me } = await visitor.json('/api/me');
  assert.equal(me.user.name, 'Dr Ada Fernsby');
  assert.equal(me.via, 'smart');
  assert.equal(me.only_plan, answer.headers.get('location').split('/').at(-1));
  assert.equal((await visitor.json('/api/launch')).body.person.nhs_number, WITH_PLAN[patient]);
}

/** Of Ada at her own practice, for its own client, and yet not as it must be. */
const LIES = [
  ['a_token_of_another_issuer', { claims: () => ({ iss: 'https://id.example' }) }, 'wrong-issuer'],
  ['a_token_of_the_record_and_not_of_its_issuer', { claims: (_, { iss }) => ({ iss: `${iss}/fhir` }) }, 'wrong-issuer'],
  ['a_token_of_no_issuer', { claims: () => ({ iss: undefined }) }, 'malformed'],
  ['a_token_of_two_issuers', { claims: (_, { iss }) => ({ iss: [iss, 'https://id.example'] }) }, 'malformed'],
  ['a_token_for_another_service', { claims: () => ({ aud: 'another-client' }) }, 'wrong-audience'],
  ['a_token_for_several_others', { claims: () => ({ aud: ['another-client', 'third-client'] }) }, 'wrong-audience'],
  ['a_token_for_us_and_another', { claims: (_, { aud }) => ({ aud: [aud, 'another-client'] }) }, 'wrong-audience'],
  ['a_token_for_nobody', { claims: () => ({ aud: undefined }) }, 'malformed'],
  ['a_token_that_another_client_asked_for', { claims: () => ({ azp: 'another-client' }) }, 'wrong-audience'],
  ['a_token_of_another_launch', { claims: () => ({ nonce: 'of another' }) }, 'wrong-nonce'],
  ['a_token_of_no_launch', { claims: () => ({ nonce: undefined }) }, 'wrong-nonce'],
  ['a_token_that_expired', { claims: (now) => ({ iat: now - 200, exp: now - 61 }) }, 'expired'],
  ['a_token_of_the_future', { claims: (now) => ({ iat: now + 90, exp: now + 300 }) }, 'malformed'],
  ['a_token_that_does_not_count_yet', { claims: (now) => ({ nbf: now + 90, exp: now + 300 }) }, 'malformed'],
  ['a_token_of_long_ago', { claims: (now) => ({ iat: now - 3_600, exp: now + 300 }) }, 'expired'],
  ['a_token_of_before_all_time', { claims: () => ({ iat: -9_223_372_036_854_775_000 }) }, 'expired'],
  ['a_token_of_no_time', { claims: () => ({ iat: undefined }) }, 'malformed'],
  ['a_token_that_never_expires', { claims: () => ({ exp: undefined }) }, 'malformed'],
  ['a_token_that_expires_at_no_time', { claims: (now) => ({ exp: `${now + 300}` }) }, 'malformed'],
  ['a_token_of_nobody', { claims: () => ({ sub: undefined }) }, 'malformed'],
  ['a_token_of_an_empty_name', { claims: () => ({ sub: ' ' }) }, 'malformed'],
  ['a_token_that_does_not_say_who', { claims: () => ({ name: undefined, fhirUser: undefined }) }, 'malformed'],
  [
    'a_token_that_sends_us_to_another_resource',
    { claims: () => ({ name: undefined, fhirUser: 'Practitioner/../Patient/hollis' }) },
    'malformed',
  ],
  ['a_token_that_was_changed', { token: tampered }, 'wrong-signature'],
  ['a_token_without_its_signature', { token: (token) => token.replace(/[^.]+$/, '') }, 'wrong-signature'],
  ['a_token_that_another_key_has_signed', { by: 'stranger' }, 'wrong-signature'],
  ['a_token_of_a_key_that_is_not_published', { by: 'stranger', header: { kid: 'other' } }, 'wrong-signature'],
  ['a_token_of_the_key_that_is_for_something_else', { header: { kid: 'rs512' } }, 'wrong-signature'],
  ['a_token_that_does_not_say_which_of_two_keys', { header: { kid: undefined } }, 'wrong-signature'],
  ['a_token_that_has_to_be_understood', { header: { crit: ['b64'], b64: true } }, 'wrong-signature'],
  ['a_token_of_another_kind_of_key', { by: 'launch', header: { alg: 'ES256' } }, 'wrong-signature'],
  ['a_token_that_nobody_has_signed', { header: { alg: 'none' } }, 'malformed'],
  ['a_token_signed_by_what_everybody_may_read', { by: 'published', header: { alg: 'HS256' } }, 'wrong-signature'],
  ['an_answer_without_a_token', { token: () => undefined }, 'malformed'],
  ['an_answer_with_what_is_no_token', { token: () => 'of no three parts' }, 'wrong-signature'],
  ['an_answer_with_a_number_for_a_token', { token: () => 1_142_000 }, 'no-answer'],
  ['an_answer_without_a_patient', { answer: { patient: undefined } }, 'malformed'],
  ['an_answer_with_another_path_for_a_patient', { answer: { patient: '../Practitioner/ada' } }, 'malformed'],
  ['an_answer_with_a_number_that_is_none', { answer: { nhs_number: '1234567890' } }, 'malformed'],
  ['a_record_of_another_patient', { resource: (patient) => ({ ...patient, id: 'chen' }) }, 'malformed'],
  ['a_record_of_no_patient', { resource: (patient) => ({ ...patient, resourceType: 'Person' }) }, 'malformed'],
  [
    'a_record_of_two_people',
    {
      resource: ({ identifier: [one], ...patient }) => {
        return { ...patient, identifier: [one, { ...one, value: WITH_PLAN.chen }] };
      },
    },
    'malformed',
  ],
];

for (const [name, lie, reason] of LIES) {
  test(`${name}_launches_nobody_and_only_the_log_says_why`, async () => {
    const [visitor, from, before] = [somebody(), server.logged, kept()];
    const address = host.launch('ada', 'hollis');
    const told = lies(lie);
    const answer = await visitor.follow(address, isIn);
    assert.equal(told.length, 2, 'the host was asked, and has lied');
    await refusedToBegin(visitor, answer, from, reason, told);
    assert.equal(kept(), before);
    lies({});
    await goesThrough(visitor, address);
  });
}

for (const [name, word, reason] of [
  ['a_role_that_is_not_mapped', { claims: () => ({ role: 'receptionist' }) }, 'no-role'],
  ['a_patient_whom_nobody_knows', { answer: { patient: 'stranger' } }, 'unknown-person'],
]) {
  test(`a_host_that_is_believed_and_names_${name}_launches_nobody_and_its_launch_is_spent`, async () => {
    const [visitor, from, before] = [somebody(), server.logged, kept()];
    const address = host.launch('ada', 'hollis');
    const told = lies(word);
    await refusedToBegin(visitor, await visitor.follow(address, isIn), from, reason, told);
    assert.equal(kept(), before);
    lies({});
    const later = server.logged;
    await refusedToBegin(visitor, await visitor.follow(address, isIn), later, 'replayed');
    await goesThrough(visitor, host.launch('ada', 'hollis'));
  });
}

test('a_stranger_who_brings_a_key_along_launches_nobody', async () => {
  const [visitor, from, before] = [somebody(), server.logged, kept()];
  const jwk = { ...(await host.strangersKey()), kid: 'rs256', alg: 'RS256', use: 'sig' };
  const told = lies({ by: 'stranger', header: { jwk } });
  const answer = await visitor.follow(host.launch('ada', 'hollis'), isIn);
  await refusedToBegin(visitor, answer, from, 'wrong-signature', told);
  assert.equal(kept(), before);
});

for (const [name, truth] of [
  ['says_all_that_it_may_of_us', { claims: (_, { aud }) => ({ aud: [aud], azp: aud }) }],
  ['has_a_clock_that_is_a_minute_off', { claims: (now) => ({ iat: now - 350, exp: now - 50 }) }],
  ['has_a_clock_that_is_a_minute_ahead', { claims: (now) => ({ iat: now + 50, nbf: now + 50, exp: now + 350 }) }],
  ['says_the_number_beside_the_patient', { answer: { nhs_number: WITH_PLAN.hollis } }],
]) {
  test(`a_host_that_signs_again_what_is_true_launches: it ${name}`, async () => {
    const told = lies(truth);
    await goesThrough(somebody(), host.launch('ada', 'hollis'));
    assert.equal(told.length, 2);
  });
}

test('the_token_of_one_launch_is_of_no_use_in_another', async () => {
  const used = lies({});
  await goesThrough(somebody(), host.launch('ada', 'hollis'));
  const told = lies({ token: () => used[0] });
  const [visitor, from] = [somebody(), server.logged];
  const answer = await visitor.follow(host.launch('ada', 'hollis'), isIn);
  await refusedToBegin(visitor, answer, from, 'wrong-nonce', told);
});

test('the_claims_of_one_launch_are_of_no_use_under_the_signature_of_another', async () => {
  const used = lies({});
  await goesThrough(somebody(), host.launch('ada', 'hollis'));
  const signature = used[0].split('.')[2];
  const told = lies({ token: (token) => token.replace(/[^.]+$/, signature) });
  const [visitor, from] = [somebody(), server.logged];
  const answer = await visitor.follow(host.launch('ada', 'hollis'), isIn);
  await refusedToBegin(visitor, answer, from, 'wrong-signature', told);
});

test('a_launch_that_was_used_begins_no_other', async () => {
  lies({});
  const [own, other] = [somebody(), somebody()];
  const address = host.launch('ada', 'hollis');
  await goesThrough(own, address);
  const before = kept();
  const from = server.logged;
  await refused(own, await own.follow(address, isIn), from, 'replayed');
  const later = server.logged;
  await refusedToBegin(other, await other.follow(address, isIn), later, 'replayed');
  assert.equal(kept(), before);
});

test('an_answer_counts_once_even_if_the_cookie_of_its_launch_was_kept', async () => {
  lies({});
  const [own, other] = [somebody(), somebody()];
  const { next: back } = await own.follow(host.launch('ada', 'hollis'), isBack);
  const { name, value } = own.cookie(`coplan_launch_${new URL(back).searchParams.get('state').slice(0, 8)}`);
  await goesThrough(own, back);
  const before = kept();
  for (const [visitor, request, reason] of [
    [own, {}, 'not-begun'],
    [other, {}, 'not-begun'],
    [other, { headers: { cookie: `${name}=${value}` } }, 'replayed'],
  ]) {
    const from = server.logged;
    await refused(visitor, await visitor.ask(back, request), from, reason);
  }
  assert.equal(other.cookie('coplan_session'), undefined);
  assert.equal(kept(), before);
});

test('a_launch_that_was_begun_twice_ends_once', async () => {
  const told = lies({});
  const [first, second] = [somebody(), somebody()];
  const address = host.launch('ada', 'hollis');
  const backs = [await first.follow(address, isBack), await second.follow(address, isBack)];
  await goesThrough(first, backs[0].next);
  const [before, from] = [kept(), server.logged];
  await refusedToBegin(second, await second.ask(backs[1].next), from, 'replayed', told);
  assert.equal(kept(), before);
});

test('an_answer_in_another_browser_is_refused_there_and_does_not_harm_the_own', async () => {
  lies({});
  const [own, other, third] = [somebody(), somebody(), somebody()];
  const { next: back } = await own.follow(host.launch('ada', 'hollis'), isBack);
  await third.follow(host.launch('ada', 'chen'), isBack);
  for (const visitor of [other, third]) {
    const from = server.logged;
    await refusedToBegin(visitor, await visitor.ask(back), from, 'not-begun');
  }
  await goesThrough(own, back);
});

test('the_code_of_one_launch_is_of_no_use_in_another', async () => {
  lies({});
  const [first, second] = [somebody(), somebody()];
  const stolen = new URL((await first.follow(host.launch('ada', 'chen'), isBack)).next).searchParams.get('code');
  const back = new URL((await second.follow(host.launch('ada', 'hollis'), isBack)).next);
  back.searchParams.set('code', stolen);
  const from = server.logged;
  await refusedToBegin(second, await second.ask(back.href), from, 'no-answer');
});

for (const [name, change, reason] of [
  ['a_made_up_state', { state: 'made-up' }, 'not-begun'],
  ['no_state', { state: undefined }, 'malformed'],
  ['no_code', { code: undefined }, 'malformed'],
  ['a_made_up_code', { code: 'made-up' }, 'no-answer'],
  ['a_word_that_it_was_broken_off', { error: 'access_denied' }, 'broken-off'],
]) {
  test(`a_browser_that_comes_back_with_${name}_is_not_let_in`, async () => {
    lies({});
    const visitor = somebody();
    const back = new URL((await visitor.follow(host.launch('ada', 'hollis'), isBack)).next);
    for (const [part, value] of Object.entries(change)) {
      if (value === undefined) back.searchParams.delete(part);
      else back.searchParams.set(part, value);
    }
    const from = server.logged;
    await refusedToBegin(visitor, await visitor.ask(back.href), from, reason);
  });
}

test('nothing_of_all_that_was_handed_out_stands_in_the_log_later_either', () => {
  assert.ok(secrets.size > LIES.length);
  for (const word of secrets) assert.ok(!server.log.includes(word), word);
});
