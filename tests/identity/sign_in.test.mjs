// Signing in through a certified OpenID provider: who one is afterwards, in which role, and for how long.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GP, HOSPICE, identities } from './identities.mjs';
import { TestProvider } from './provider.mjs';
import { Server } from './server.mjs';
import { Visitor } from './visitor.mjs';

const HOUR_MS = 3_600_000;

let provider, server;

before(async () => {
  provider = await TestProvider.start(identities());
  server = await Server.start(provider.identityFile());
  provider.open(server.origin);
});

after(async () => {
  await server?.end();
  await provider?.end();
});

async function signedIn(way, who, to) {
  const visitor = new Visitor(server.origin);
  const answer = await visitor.signInAs(way, who, to);
  assert.equal(answer.status, 303);
  assert.ok(!answer.headers.get('location').includes('trouble'), `${answer.headers.get('location')}\n${server.log}`);
  return { visitor, to: answer.headers.get('location') };
}

async function me(visitor) {
  const { status, body } = await visitor.json('/api/me');
  assert.equal(status, 200);
  return body;
}

test('the_ways_to_sign_in_are_those_of_the_identity_file_and_development', async () => {
  const { ways } = (await new Visitor(server.origin).json('/api/sign-in')).body;
  const of = (wanted) => ways.find(({ id }) => id === wanted);
  assert.deepEqual(of('cis2'), {
    id: 'cis2',
    kind: 'oidc',
    title: 'NHS Care Identity',
    for: 'staff',
    url: '/auth/cis2/start',
  });
  assert.equal(of('nhs-login').for, 'people');
  assert.equal(of('development').kind, 'development');
});

test('a_doctor_signs_in_with_the_role_that_the_provider_vouches_for', async () => {
  const { visitor, to } = await signedIn('cis2', 'doctor', '/professional/plans/some-plan');
  assert.equal(to, '/professional/plans/some-plan');
  const { user, roles, role_required, via, assurance, only_plan, development } = await me(visitor);
  assert.equal(user.name, 'Dr Ada Fernsby');
  assert.equal(user.kind, 'staff');
  assert.equal(user.role, 'doctor');
  assert.equal(user.job_title, 'General Medical Practitioner');
  assert.equal(user.organisation, 'Millpond Surgery');
  assert.equal(user.registration, 'GMC 7099901');
  assert.equal(user.senior, true);
  assert.ok(!user.id.includes('555021935101'), 'an id says nothing of whose it is');
  assert.deepEqual([role_required, via, assurance, only_plan, development], [false, 'oidc', 3, null, true]);
  assert.deepEqual(roles.map(({ organisation, selected }) => [organisation, selected]), [['Z9A01', true]]);
});

test('the_session_cookie_is_strict_and_the_other_ends_with_the_sign_in', async () => {
  const visitor = new Visitor(server.origin);
  const back = await visitor.goAs('cis2', 'doctor');
  const during = visitor.cookie('coplan_sign_in').attributes;
  for (const attribute of ['HttpOnly', 'SameSite=Lax', 'Path=/auth', 'Max-Age=600']) {
    assert.ok(during.includes(attribute), attribute);
  }
  const answer = await visitor.ask(back);
  const session = visitor.cookie('coplan_session').attributes;
  for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/']) assert.ok(session.includes(attribute), attribute);
  assert.equal(visitor.cookie('coplan_sign_in'), undefined);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
});

test('the_same_identity_comes_to_the_same_account', async () => {
  const [first, second] = [await signedIn('cis2', 'doctor'), await signedIn('cis2', 'doctor')];
  assert.equal((await me(first.visitor)).user.id, (await me(second.visitor)).user.id);
  assert.notEqual(first.visitor.cookie('coplan_session').value, second.visitor.cookie('coplan_session').value);
});

test('a_paramedic_comes_to_the_crews_app', async () => {
  const { visitor, to } = await signedIn('cis2', 'paramedic');
  assert.equal(to, '/crew/');
  const { user } = await me(visitor);
  assert.deepEqual([user.kind, user.role, user.organisation], ['crew', 'crew', 'Three Rivers Ambulance Service']);
});

test('with_two_roles_one_is_asked_once_and_nothing_else_is_answered_before', async () => {
  const { visitor, to } = await signedIn('cis2', 'two-roles');
  assert.equal(to, '/');
  const before = await me(visitor);
  assert.equal(before.role_required, true);
  const titles = before.roles.map(({ job_title, organisation }) => [job_title, organisation]);
  assert.deepEqual(titles, [
    ['General Medical Practitioner', 'Z9A01'],
    ['Staff Nurse', 'Z9C01'],
  ]);
  for (const [method, address] of [
    ['GET', '/api/plans'],
    ['GET', '/api/sections'],
    ['POST', '/api/sync-tickets'],
    ['GET', '/api/urgent?nhs_number=9990120005'],
  ]) {
    const { status, body } = await visitor.json(address, { method });
    assert.deepEqual([status, body?.code], [403, 'role-required'], address);
  }
  const token = visitor.cookie('coplan_session').value;
  const chosen = before.roles[1].id;
  assert.equal((await visitor.ask('/api/me/role', { method: 'POST', body: { role: chosen } })).status, 204);
  assert.notEqual(visitor.cookie('coplan_session').value, token);
  const after = await me(visitor);
  assert.equal(after.role_required, false);
  assert.deepEqual([after.user.role, after.user.organisation], ['registered-professional', "St Brannoc's Hospice"]);
  assert.equal((await visitor.json('/api/plans')).status, 200);
});

test('another_role_is_another_session_and_the_one_before_is_over', async () => {
  const { visitor } = await signedIn('cis2', 'two-roles');
  const { roles } = await me(visitor);
  await visitor.ask('/api/me/role', { method: 'POST', body: { role: roles[0].id } });
  const [old, expires] = [visitor.cookie('coplan_session').value, (await me(visitor)).expires_at];
  assert.equal((await visitor.ask('/api/me/role', { method: 'POST', body: { role: roles[1].id } })).status, 204);
  assert.equal((await me(visitor)).user.role, 'registered-professional');
  assert.equal((await me(visitor)).expires_at, expires, 'another role is not another hour');
  const thief = new Visitor(server.origin);
  assert.equal((await thief.ask('/api/me', { headers: { cookie: `coplan_session=${old}` } })).status, 401);
});

test('a_role_of_somebody_else_is_none', async () => {
  const [one, two] = [await signedIn('cis2', 'doctor'), await signedIn('cis2', 'two-roles')];
  const [{ id }] = (await me(one.visitor)).roles;
  const { status, body } = await two.visitor.json('/api/me/role', { method: 'POST', body: { role: id } });
  assert.deepEqual([status, body.code], [422, 'unknown-role']);
  assert.equal((await me(two.visitor)).role_required, true);
});

test('the_role_that_was_selected_at_the_provider_is_the_sessions', async () => {
  const { visitor, to } = await signedIn('cis2', 'selected');
  assert.equal(to, '/professional/');
  const { user, roles, assurance } = await me(visitor);
  assert.deepEqual([user.organisation, roles.length, assurance], ["St Brannoc's Hospice", 2, 2]);
});

test('a_role_that_was_selected_at_the_provider_and_is_none_here_is_not_replaced_by_another', async () => {
  provider.say('selected', { ...identities().selected, selected_roleid: 'of-somewhere-else', nhsid_nrbac_roles: [GP] });
  try {
    const { visitor } = await signedIn('cis2', 'selected');
    assert.equal((await me(visitor)).role_required, true);
  } finally {
    provider.say('selected', identities().selected);
  }
});

test('roles_that_the_provider_no_longer_vouches_for_end_with_their_sessions', async () => {
  const { visitor } = await signedIn('cis2', 'two-roles');
  const { roles, user } = await me(visitor);
  await visitor.ask('/api/me/role', { method: 'POST', body: { role: roles[1].id } });
  assert.equal((await me(visitor)).user.role, 'registered-professional');
  provider.say('two-roles', { ...identities()['two-roles'], nhsid_nrbac_roles: [GP] });
  const later = await signedIn('cis2', 'two-roles');
  const now = await me(later.visitor);
  assert.equal(now.user.id, user.id);
  assert.deepEqual(now.roles.map(({ role }) => role), ['doctor']);
  assert.equal((await visitor.ask('/api/me')).status, 401);
  provider.say('two-roles', { ...identities()['two-roles'], nhsid_nrbac_roles: [] });
  const none = new Visitor(server.origin);
  const answer = await none.signInAs('cis2', 'two-roles');
  assert.equal(answer.headers.get('location'), '/?trouble=no-role');
  assert.equal((await later.visitor.ask('/api/me')).status, 401, 'whoever has no role left is signed out everywhere');
  provider.say('two-roles', { ...identities()['two-roles'], nhsid_nrbac_roles: [HOSPICE] });
  const again = await signedIn('cis2', 'two-roles');
  assert.equal((await me(again.visitor)).user.id, user.id);
  provider.say('two-roles', identities()['two-roles']);
});

test('a_role_whose_rights_changed_begins_anew', async () => {
  const { visitor } = await signedIn('cis2', 'doctor');
  const specialist = { ...GP, activity_codes: ['B1611'] };
  provider.say('doctor', { ...identities().doctor, nhsid_nrbac_roles: [specialist] });
  const { visitor: later } = await signedIn('cis2', 'doctor');
  assert.equal((await me(later)).user.role, 'specialist');
  assert.equal((await visitor.ask('/api/me')).status, 401);
  provider.say('doctor', identities().doctor);
});

test('a_person_sees_their_own_plan_and_no_other', async () => {
  const { visitor, to } = await signedIn('nhs-login', 'tunde');
  assert.ok(['/person/', '/'].includes(to), 'to their app, or to the front page while there is none');
  const { user, roles, assurance, expires_at } = await me(visitor);
  assert.deepEqual([user.kind, user.role, user.name, assurance], ['person', 'person', 'Ọlátúndé Adéyẹmí', 2]);
  assert.deepEqual(roles.map(({ role, organisation_name }) => [role, organisation_name]), [['person', 'The person']]);
  const plans = (await visitor.json('/api/plans')).body;
  assert.deepEqual(plans.map(({ person }) => person.nhs_number), ['9990120005']);
  const left = Date.parse(expires_at) - Date.now();
  assert.ok(left > 1.9 * HOUR_MS && left <= 2 * HOUR_MS, `${left} ms`);
});

test('a_person_who_was_never_here_sees_their_plan_at_the_first_sign_in', async () => {
  const staff = new Visitor(server.origin);
  const doctor = (await staff.json('/dev/users')).body.find(({ role }) => role === 'doctor');
  await staff.ask('/dev/sign-in', { method: 'POST', body: { user: doctor.id } });
  // Whatever the service keeps in memory of who is connected to the plan is there before the person is.
  assert.equal((await staff.json('/api/plans')).status, 200);
  const { visitor } = await signedIn('nhs-login', 'edith');
  const plans = (await visitor.json('/api/plans')).body;
  assert.deepEqual(plans.map(({ person }) => person.nhs_number), [identities().edith.nhs_number]);
});

test('the_session_of_a_person_is_idle_sooner_than_one_of_staff', async () => {
  const [person, doctor] = [await signedIn('nhs-login', 'tunde'), await signedIn('cis2', 'doctor')];
  const idle = (minutes) => server.sql(`update session set seen_at = (unixepoch() - ${minutes} * 60) * 1000`);
  idle(19);
  assert.equal((await person.visitor.ask('/api/me')).status, 200);
  idle(21);
  assert.equal((await person.visitor.ask('/api/me')).status, 401);
  assert.equal((await doctor.visitor.ask('/api/me')).status, 200);
  idle(61);
  assert.equal((await doctor.visitor.ask('/api/me')).status, 401);
});

test('a_session_ends_after_a_long_shift_whatever_happens', async () => {
  const { visitor } = await signedIn('cis2', 'doctor');
  const left = Date.parse((await me(visitor)).expires_at) - Date.now();
  assert.ok(left > 12.9 * HOUR_MS && left <= 13 * HOUR_MS, `${left} ms`);
  server.sql('update session set expires_at = (unixepoch() - 1) * 1000');
  assert.equal((await visitor.ask('/api/me')).status, 401);
});

test('whoever_acts_for_somebody_chooses_for_whom_and_sees_that_plan_alone', async () => {
  const first = await signedIn('nhs-login', 'tunde');
  const { user } = await me(first.visitor);
  const isla = server.sql("select nhs_number from person where name like 'Isla%'");
  server.sql(`insert into proxy (account, nhs_number, basis, from_at, until_at)
    values ('${user.id}', '${isla}', 'lasting power of attorney', 0, 9999999999999)`);
  // A process keeps what it has read of a plan until it is told; a new one has read nothing.
  await server.stop();
  await server.again();
  const { visitor } = await signedIn('nhs-login', 'tunde');
  const { roles, role_required } = await me(visitor);
  assert.equal(role_required, true);
  assert.deepEqual(roles.map(({ role }) => role), ['person', 'proxy']);
  assert.match(roles[1].job_title, /^Attorney for Isla /);
  await visitor.ask('/api/me/role', { method: 'POST', body: { role: roles[1].id } });
  const acting = await me(visitor);
  assert.deepEqual([acting.user.role, acting.user.name], ['proxy', 'Ọlátúndé Adéyẹmí']);
  const plans = (await visitor.json('/api/plans')).body;
  assert.deepEqual(plans.map(({ id, person }) => [id, person.nhs_number]), [[acting.only_plan, isla]]);
  await visitor.ask('/api/me/role', { method: 'POST', body: { role: roles[0].id } });
  assert.equal((await me(visitor)).only_plan, null);
  const own = (await visitor.json('/api/plans')).body;
  assert.deepEqual(own.map(({ person }) => person.nhs_number), ['9990120005']);
  server.sql(`update proxy set ended_at = 1`);
  const last = await signedIn('nhs-login', 'tunde');
  assert.deepEqual((await me(last.visitor)).roles.map(({ role }) => role), ['person']);
});

test('signing_out_ends_one_session_and_everywhere_ends_all', async () => {
  const [one, two, three] = await Promise.all([1, 2, 3].map(() => signedIn('cis2', 'doctor')));
  const other = await signedIn('cis2', 'paramedic');
  assert.equal((await one.visitor.ask('/api/sign-out', { method: 'POST' })).status, 204);
  assert.equal((await one.visitor.ask('/api/me')).status, 401);
  assert.equal((await two.visitor.ask('/api/me')).status, 200);
  assert.equal((await two.visitor.ask('/api/sign-out?everywhere=true', { method: 'POST' })).status, 204);
  for (const { visitor } of [two, three]) assert.equal((await visitor.ask('/api/me')).status, 401);
  assert.equal((await other.visitor.ask('/api/me')).status, 200);
});

test('a_browser_that_signs_in_again_leaves_no_session_behind', async () => {
  const { visitor } = await signedIn('cis2', 'doctor');
  const old = visitor.cookie('coplan_session').value;
  await visitor.follow('/auth/cis2/start', (next) => next.startsWith(`${server.origin}/auth/callback`));
  const back = visitor.seen.at(-1).next ?? (await visitor.follow(`${visitor.seen.at(-1).url}/as/doctor`)).next;
  if (back) await visitor.ask(back);
  assert.notEqual(visitor.cookie('coplan_session').value, old);
  const thief = new Visitor(server.origin);
  assert.equal((await thief.ask('/api/me', { headers: { cookie: `coplan_session=${old}` } })).status, 401);
});

test('development_sign_in_takes_a_role_and_is_visible_and_no_other_machines', async () => {
  const visitor = new Visitor(server.origin);
  const [{ id: user }] = (await visitor.json('/dev/users')).body;
  assert.equal((await visitor.ask('/dev/sign-in', { method: 'POST', body: { user } })).status, 200);
  const { roles, via, development } = await me(visitor);
  assert.deepEqual([via, development], ['development', true]);
  const again = await visitor.ask('/dev/sign-in', { method: 'POST', body: { user, role: roles[0].id } });
  assert.equal(again.status, 200);
  const wrong = await visitor.json('/dev/sign-in', { method: 'POST', body: { user, role: 99_999 } });
  assert.deepEqual([wrong.status, wrong.body.code], [422, 'unknown-role']);
});
