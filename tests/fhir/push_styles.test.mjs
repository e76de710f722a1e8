// What other systems get in the forms that `push.test.mjs` leaves out: pointers as the National Record Locator takes them,
// calls of a rest-hook, what is void and stays. And what none of them gets: whoever may not be reached, whoever is not who
// they say, and whatever the person or the demographics feed no longer lets out.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { authority } from './authority.mjs';
import { between } from './faults.mjs';
import { start as fhirServer } from './fhir_server.mjs';
import { start as recordLocator } from './locator.mjs';
import { filesEqualOurs, messages, publicationOf } from './mesh_folder.mjs';
import { World, everythingAt, until, whatStandsFor } from './push_world.mjs';
import { start as restHook } from './rest_hook.mjs';
import { whatIsWrong } from './validate.mjs';
import { whereabouts, whoseWhereaboutsNobodyTells } from './whereabouts.mjs';

const PUBLICATION = 'https://coplan.example/id/publication';
const PLANS = 'https://coplan.example/plans/';
const QUICK = { retry_first_ms: 20, retry_max_ms: 200, timeout_ms: 10_000, failures_max: 40, refusals_max: 3 };
const HERE = { allow_http: true, allow_private: true, ...QUICK };
/** For targets that nothing ever arrives at: there is no hurry. */
const NEVER = { retry_first_ms: 1_000, retry_max_ms: 2_000, timeout_ms: 4_000, refusals_max: 2 };
/** Targets that everything arrives at. */
const ALL = ['locator', 'naming', 'hook', 'calls', 'ids', 'marked', 'documents', 'secure', 'files'];

const ours = authority('An authority of our own');
const world = new World();
let locator;
let naming;
let hooks;
let servers;
let ways;
let plans;
/** Plans that a test had taken back. */
const takenBack = new Set();

before(async () => {
  locator = await recordLocator({ ods: 'X26', token: 'first-token' });
  naming = await recordLocator({ ods: 'X26', token: 'naming-token', names: true });
  hooks = {
    full: await restHook(),
    calls: await restHook(),
    inward: await restHook({ host: 'localhost' }),
    secure: await restHook({ host: 'localhost', tls: ours.certify('localhost'), token: 'secure-token' }),
    unknown: await restHook({ host: 'localhost', tls: ours.certify('localhost') }),
    misnamed: await restHook({ host: 'localhost', tls: ours.certify('documents.example') }),
  };
  servers = { marked: await fhirServer(), documents: await fhirServer() };
  const fronts = { locator: locator.base, naming: naming.base, marked: servers.marked.base, documents: servers.documents.base, ids: undefined };
  ways = Object.fromEntries(await Promise.all(Object.entries(fronts).map(async ([name, base]) => [name, await between(base)])));
  put('ours.pem', ours.pem);
  for (const [name, token] of [['locator', 'first-token\n'], ['secure', 'secure-token'], ['naming', 'naming-token']]) put(`${name}.token`, token);
  world.targets(targets());
  // Two pointers are made of which nobody hears: one answer breaks off, the other never comes.
  for (const way of [ways.locator, ways.naming]) for (const how of ['cut-answer', 'deaf-after']) way.fail(how);
  await world.start();
  plans = await world.editable();
  await world.delivered(...ALL);
});

after(async () => {
  await world.end();
  for (const one of [locator, naming]) one.stop();
  for (const hook of Object.values(hooks)) hook.stop();
  for (const way of Object.values(ways)) way.stop();
  for (const server of Object.values(servers)) await server.stop();
});

/** A file beside the targets file. */
const put = (name, text) => writeFileSync(join(world.folder, name), text);

function targets(pointerUrl = `${PLANS}{plan}`, more = {}) {
  const base_url = 'https://coplan.example/fhir/R4';
  const called = { kind: 'subscription', style: 'r4', base_url };
  const pointing = { kind: 'record-locator', ods: 'X26', style: 'nrl', pointer_url: pointerUrl, ...HERE, ...more };
  return [
    { id: 'locator', ...pointing, url: ways.locator.base, bearer_file: 'locator.token', timeout_ms: 3_000 },
    { id: 'naming', ...pointing, url: ways.naming.base, bearer_file: 'naming.token', timeout_ms: 3_000 },
    { id: 'hook', ...called, url: hooks.full.base, payload: 'full', ...HERE },
    { id: 'calls', ...called, url: hooks.calls.base, payload: 'empty', ...HERE },
    { id: 'ids', kind: 'subscription', url: ways.ids.base, payload: 'id-only', base_url, ...HERE },
    { id: 'marked', kind: 'fhir-server', url: ways.marked.base, entries_max: 45, on_withdraw: 'mark', ...HERE },
    { id: 'documents', kind: 'fhir-documents', url: ways.documents.base, ods: 'X26', on_withdraw: 'mark', ...HERE },
    { id: 'secure', ...called, url: hooks.secure.base, payload: 'full', ca_file: 'ours.pem', bearer_file: 'secure.token', allow_private: true, ...QUICK },
    { id: 'files', kind: 'mesh', dir: world.mesh, from: 'X26OT001', to: 'RX1OT002', workflow_id: 'CAREPLAN' },
    { id: 'unknown', ...called, url: hooks.unknown.base, payload: 'full', allow_private: true, ...NEVER },
    { id: 'misnamed', ...called, url: hooks.misnamed.base, payload: 'full', ca_file: 'ours.pem', allow_private: true, ...NEVER },
    { id: 'inward', ...called, url: hooks.inward.base, payload: 'full', allow_http: true, ...NEVER },
  ];
}

const isSearch = ({ path }) => path.endsWith('/_search');
const planOf = (url) => url.slice(url.lastIndexOf('/') + 1);
const pointers = (at = locator) => [...at.held.values()];
const pointerOf = (plan, at = locator) => pointers(at).find(({ content: [{ attachment }] }) => planOf(attachment.url) === plan);

/** What stands in our own database now: each target is compared with this. */
async function whatIsOurs() {
  const [published, people, hidden] = [await world.published(), await world.people(), await world.hidden()];
  const ever = `select distinct plan from audit where action = 'publication:deliver' and resource = 'target:marked'`;
  const withdrawn = (await world.sql(ever)).split('\n').filter((plan) => hidden.includes(plan));
  const documents = new Map(published.map(({ text }) => [`Bundle/${JSON.parse(text).id}`, text]));
  return { published, people, withdrawn, documents, voids: await voidsOf(withdrawn, people) };
}

/** What is left at a server that marks of plans that were taken back. */
async function voidsOf(plans, people) {
  const type = { coding: [{ system: 'http://snomed.info/sct', code: '734163000', display: 'Care plan' }] };
  const left = new Map();
  for (const plan of plans) {
    const newest = `from publication_view where view = 'fhir' and plan = '${plan}' order by version desc limit 1`;
    const document = JSON.parse(await world.sql(`select cast(bytes as text) ${newest}`));
    const told = await world.sql(`select at from outbox where plan = '${plan}' order by seq desc limit 1`);
    const date = new Date(Number(told)).toISOString();
    const subject = { identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: people.get(plan).number } };
    const titled = { date, author: [{ display: 'Coplan' }], title: 'Care plan, withdrawn' };
    for (const { resource: { resourceType, id } } of document.entry) {
      const own = { resourceType, id, subject };
      if (resourceType === 'CarePlan') left.set(`CarePlan/${id}`, { ...own, status: 'revoked', intent: 'plan', category: [type] });
      if (resourceType === 'Composition') left.set(`Composition/${id}`, { ...own, status: 'entered-in-error', type, ...titled });
    }
  }
  return left;
}

/** One pointer for each plan, in the name of its person and leading to it. The locator has judged everything else. */
function locatorEqualsOurs(at, { published, people }, base = PLANS) {
  const led = pointers(at).map(({ subject, content: [{ attachment }] }) => [attachment.url, subject.identifier.value]);
  assert.deepEqual(led.sort(), published.map(({ plan }) => [`${base}${plan}`, people.get(plan).number]).sort());
}

/** The documents that are published, to the byte, and no other. */
function hookEqualsOurs(hook, { documents }) {
  assert.deepEqual([...hook.held.keys()].sort(), [...documents.keys()].sort());
  for (const [name, text] of documents) assert.equal(hook.held.get(name), text);
}

const events = () => ways.ids.seen.map(({ body }) => JSON.parse(body));
const kindOf = (bundle) => bundle.entry[0].resource.parameter.find(({ name }) => name === 'type').valueCode;

/**
 * Whoever goes by the notifications knows of the newest document of each plan, and of none of a plan that was taken back: each
 * version that they were told of, they are told is gone.
 */
function idsEqualOurs({ documents, published }) {
  const known = new Set();
  for (const { entry: [, ...entries] } of events()) {
    for (const { request: { method, url } } of entries) {
      if (method === 'PUT') known.add(url);
      else known.delete(url);
    }
  }
  const plans = new Set(published.map(({ plan }) => `Bundle/${plan}`));
  const missing = [...documents.keys()].filter((name) => !known.has(name));
  const left = [...known].filter((name) => !plans.has(name.replace(/-\d+$/, '')));
  assert.deepEqual([missing, left], [[], []], 'what they were not told of, and what they still take for shared');
}

/** What is published is there as it is; of what was there and may not be any more, that it is void, and nothing else. */
function markedEqualsOurs({ published, voids }) {
  const expected = new Map(published.flatMap(({ text }) => [...whatStandsFor(text)]).concat([...voids]));
  const theirs = everythingAt(servers.marked);
  const missing = [...expected.keys()].filter((name) => !theirs.has(name));
  const more = [...theirs.keys()].filter((name) => !expected.has(name));
  assert.deepEqual([missing, more], [[], []], 'what is missing there, and what is there too much');
  for (const [name, resource] of expected) assert.deepEqual(theirs.get(name), resource, name);
}

const referencesOf = (plan) => [...everythingAt(servers.documents).values()].filter(({ identifier }) => identifier[0].value.startsWith(`${plan}/`));
const dataOf = ({ content: [{ attachment }] }) => (attachment.data === undefined ? undefined : Buffer.from(attachment.data, 'base64'));

/** One current reference to each plan, to the version that is published, and nothing attached to any other. */
function documentsEqualOurs({ published, withdrawn }) {
  const all = [...everythingAt(servers.documents).values()];
  const current = all.filter(({ status }) => status === 'current').map(({ identifier: [{ system, value }] }) => `${system}|${value}`);
  assert.deepEqual(current.sort(), published.map(({ plan, version }) => `${PUBLICATION}|${plan}/${version}`).sort());
  for (const reference of all) assert.equal(dataOf(reference) !== undefined, reference.status === 'current', reference.status);
  for (const plan of withdrawn) {
    const said = referencesOf(plan).map(({ status, docStatus }) => `${status} ${docStatus}`);
    assert.deepEqual([...new Set(said)], ['entered-in-error entered-in-error'], plan);
  }
}

/** By target, what its state is compared by. Whoever is only called has none. */
const equal = {
  locator: (state) => locatorEqualsOurs(locator, state),
  naming: (state) => locatorEqualsOurs(naming, state),
  hook: (state) => hookEqualsOurs(hooks.full, state),
  ids: idsEqualOurs,
  marked: markedEqualsOurs,
  documents: documentsEqualOurs,
  secure: (state) => hookEqualsOurs(hooks.secure, state),
  files: (state) => filesEqualOurs(world, state),
};

async function everythingEqualsOurs() {
  const newest = () => world.sql('select max(seq) from outbox');
  for (;;) {
    const seq = await newest();
    await world.delivered(...ALL);
    const state = await whatIsOurs();
    // What was told meanwhile may be in the one and not at the others.
    if ((await newest()) !== seq) continue;
    for (const equals of Object.values(equal)) equals(state);
    return;
  }
}

/** What targets can read now that is of a plan, as one text. */
function whatIsSaidOf(plan) {
  const isOf = (value) => JSON.stringify(value).includes(plan);
  const bundles = [hooks.full, hooks.secure].flatMap(({ held }) => [...held].filter(([name]) => name.startsWith(`Bundle/${plan}-`)));
  const resources = [...everythingAt(servers.marked).values()];
  // A resource does not say of which plan it is; the document that it is of does.
  const documents = resources.filter(({ resourceType, identifier }) => resourceType === 'Bundle' && isOf(identifier));
  const names = new Set(documents.flatMap(({ entry }) => entry.map(({ resource }) => resource.id)));
  const attached = referencesOf(plan).map((reference) => `${JSON.stringify({ ...reference, content: [] })} ${dataOf(reference) ?? ''}`);
  const last = messages(world).filter((message) => publicationOf(message)[0] === plan).at(-1);
  const told = resources.filter((one) => names.has(one.id) || isOf(one));
  return JSON.stringify([bundles, told, pointerOf(plan) ?? '', attached, last ?? '']);
}

test('what was published first is at every target, in the form of each', async () => {
  await everythingEqualsOurs();
  const published = await world.published();
  assert.ok(published.length > 40, `${published.length} plans`);
  assert.equal(hooks.calls.calls, published.length, 'a call for each plan');
  for (const { headers, body, status } of hooks.calls.seen) assert.deepEqual([body, headers['content-type'], status], ['', undefined, 200]);
  for (const hook of [hooks.full, hooks.secure]) {
    assert.deepEqual(new Set(hook.seen.map(({ method, status }) => `${method} ${status}`)), new Set(['PUT 201']));
  }
});

test('a locator gets one pointer for each plan, even where it made one and nobody heard of it', async () => {
  const published = (await world.published()).length;
  for (const [name, at] of Object.entries({ locator, naming })) {
    assert.equal(at.seen.filter(({ status }) => status === 201).length, published, name);
    const lost = ways[name].seen.filter(({ fault }) => fault).map(({ body }) => JSON.parse(body).subject.identifier.value);
    const looked = at.seen.filter(isSearch).map(({ body }) => JSON.parse(body)['subject:identifier'].split('|')[1]);
    assert.equal(lost.length, 2);
    assert.deepEqual(looked.sort(), lost.sort(), 'it is asked what became of these, and of no other');
    assert.deepEqual(new Set(at.seen.map(({ method, status }) => `${method} ${status}`)), new Set(['POST 201', 'POST 200']));
    for (const { relatesTo } of pointers(at)) assert.equal(relatesTo, undefined);
  }
});

test('a notification with ids only says where the document is, and nothing of what it says', async () => {
  const [first, ...rest] = events();
  assert.equal(kindOf(first), 'handshake');
  assert.equal(rest.length, (await world.published()).length);
  for (const bundle of rest) {
    assert.equal(kindOf(bundle), 'event-notification', 'there is one handshake');
    const [, { fullUrl, resource, request }, ...more] = bundle.entry;
    assert.deepEqual([resource, request.method, more], [undefined, 'PUT', []]);
    assert.match(fullUrl, /^https:\/\/coplan\.example\/fhir\/R4\/Bundle\/demo-\d+-\d+$/);
  }
  assert.deepEqual(whatIsWrong(rest[0]), []);
  const people = JSON.parse(await world.sql('select json_group_array(nhs_number) from person'));
  const said = ways.ids.seen.map(({ body }) => body).join('\n');
  for (const number of people) assert.ok(!said.includes(number), 'an NHS number is said');
});

test('a name that leads to this machine is not followed, and nothing is even begun with it', async () => {
  const dead = await until('all is given up', async () => {
    const left = await world.outbox('--target', 'inward');
    return left.every(({ state }) => state === 'dead') && left;
  });
  assert.equal(dead.length, (await world.published()).length);
  for (const { reason, attempts } of dead) assert.deepEqual([reason, attempts], ['an address that may not be reached', 2]);
  assert.equal(hooks.inward.connections, 0);
  const reached = await fetch(hooks.inward.base, { method: 'POST' });
  assert.equal(reached.status, 200, 'it was there all the time');
});

test('a server that an authority answers for that nobody named, or under another name, hears nothing', async () => {
  for (const target of ['unknown', 'misnamed']) {
    const hook = hooks[target];
    await until('it was tried', () => hook.connections > 0);
    assert.deepEqual(hook.seen, []);
    const left = (await world.outbox('--target', target)).filter(({ what }) => what === 'publish');
    assert.equal(left.length, (await world.published()).length);
    for (const { state } of left) assert.equal(state, 'waiting');
    assert.ok(left.some(({ reason }) => reason === 'no connection'));
  }
});

test('a new version is told to every target in its own way, and takes the place of the last', async () => {
  const [plan] = plans;
  const [calls, asked, told] = [hooks.calls.calls, locator.seen.length, events().length];
  const version = await world.publish(plan, 'Her own bed, by the window.');
  await everythingEqualsOurs();
  for (const hook of [hooks.full, hooks.secure]) assert.ok(hook.held.get(`Bundle/${plan}-${version}`).includes('by the window'));
  assert.equal(hooks.calls.calls, calls + 1);
  assert.equal(locator.seen.length, asked, 'the pointer leads to whichever version stands');
  assert.equal(events().length, told + 1);
  assert.equal(referencesOf(plan).filter(({ status }) => status === 'superseded').length, 1);
});

test('a token is read for each request, and without one nothing is asked', async () => {
  const [, plan] = plans;
  takenBack.add(plan);
  const doctor = await world.as('doctor');
  const asked = ways.locator.seen.length;
  rmSync(join(world.folder, 'locator.token'));
  const objection = await doctor('POST', `/api/plans/${plan}/sharing/objections`, { grade: 'refused', reason: 'She said so' });
  assert.equal(objection.status, 201);
  await until('it has no token', async () => (await world.outbox('--target', 'locator')).some(({ reason }) => reason === 'no token to be read'));
  assert.equal(ways.locator.seen.length, asked);
  assert.ok(pointerOf(plan));
  locator.token = 'second-token';
  put('locator.token', 'second-token');
  await world.delivered(...ALL);
  assert.equal(pointerOf(plan), undefined);
  const used = (way) => new Set(way.seen.map(({ headers }) => headers.authorization));
  assert.deepEqual(used(locator), new Set(['Bearer first-token', 'Bearer second-token']));
  assert.deepEqual(used(hooks.secure), new Set(['Bearer secure-token']));
  const others = [hooks.full, hooks.calls, ways.ids, ways.marked, ways.documents];
  for (const way of others) assert.deepEqual(used(way), new Set([undefined]), 'each is for one target only');
  assert.ok(!locator.seen.some(({ status }) => status === 401));
  assert.ok(!/first-token|second-token|secure-token/.test(world.log.join('\n')));
  assert.equal((await doctor('DELETE', `/api/plans/${plan}/sharing/objections/${objection.body.id}`)).status, 204);
  await everythingEqualsOurs();
});

test('whoever wants their plan used in emergencies only has it taken back from everywhere, until they no longer do', async () => {
  const [, , plan, brief] = plans;
  takenBack.add(plan).add(brief);
  const doctor = await world.as('doctor');
  const { number, name } = (await world.people()).get(plan);
  const [calls, told] = [hooks.calls.calls, events().length];
  const wanted = { grade: 'emergency-only', reason: 'Ambulance crews and nobody else' };
  const objection = await doctor('POST', `/api/plans/${plan}/sharing/objections`, wanted);
  assert.equal(objection.status, 201);
  await everythingEqualsOurs();
  assert.ok((await world.hidden()).includes(plan));
  assert.equal(pointerOf(plan), undefined);
  assert.equal(locator.seen.findLast((request) => !isSearch(request)).method, 'DELETE');
  for (const hook of [hooks.full, hooks.secure]) assert.ok(![...hook.held.keys()].some((held) => held.startsWith(`Bundle/${plan}-`)));
  assert.deepEqual([hooks.calls.calls, events().length], [calls + 1, told + 1], 'whoever is only called is called');
  assert.equal(events().at(-1).entry[1].request.method, 'DELETE');
  assert.deepEqual(whatIsWrong(events().at(-1)), []);
  const left = [...everythingAt(servers.marked)].filter(([, one]) => one.subject?.identifier?.value === number);
  const statuses = left.map(([, { resourceType, status }]) => `${resourceType} ${status}`);
  assert.deepEqual(statuses.sort(), ['CarePlan revoked', 'Composition entered-in-error']);
  for (const [, one] of left) assert.deepEqual(whatIsWrong(one), []);
  assert.ok(!JSON.stringify([...everythingAt(servers.marked)]).includes(name), 'nothing there names her');
  for (const reference of referencesOf(plan)) assert.deepEqual(whatIsWrong(reference), []);
  assert.equal(messages(world).at(-1).status, 'entered-in-error');

  const ended = await doctor('DELETE', `/api/plans/${plan}/sharing/objections/${objection.body.id}`);
  assert.equal(ended.status, 204);
  await everythingEqualsOurs();
  assert.equal(pointerOf(plan).id, `X26-${plan}-2`, 'nobody takes it for the one that is gone');

  // Another runs out by itself.
  const { id } = pointerOf(brief);
  const soon = new Date(Date.now() + 2_000).toISOString();
  const short = await doctor('POST', `/api/plans/${brief}/sharing/objections`, { ...wanted, until: soon });
  assert.equal(short.status, 201);
  await until('it was taken back', () => locator.seen.some(({ method, path }) => method === 'DELETE' && planOf(path) === id));
  const newest = `select what from outbox where plan = '${brief}' order by seq desc limit 1`;
  await until('its end was noticed', async () => (await world.sql(newest)) === 'publish');
  await everythingEqualsOurs();
  assert.ok(pointerOf(brief));
});

test('where a restricted person lives leaves every target, a very restricted person leaves them altogether, and both come back', async () => {
  const plan = await whoseWhereaboutsNobodyTells(world, plans.slice(4));
  takenBack.add(plan);
  const words = whereabouts((await world.people()).get(plan).said);
  const before = whatIsSaidOf(plan);
  for (const word of words) assert.ok(before.includes(word), `\`${word}\` is known there`);
  const watched = [...Object.values(ways), hooks.full, hooks.secure];
  const asked = watched.map(({ seen }) => seen.length);
  const version = () => world.sql(`select version from plan where id = '${plan}'`).then(Number);
  const first = await version();

  await world.restrict(plan, 'R');
  await until('a version without is there', async () => (await version()) > first);
  await everythingEqualsOurs();
  const restricted = whatIsSaidOf(plan);
  assert.ok(restricted.includes(`${plan}/${await version()}`), 'the plan is there');
  for (const word of words) assert.ok(!restricted.includes(word), `\`${word}\` is still said`);
  const since = watched.flatMap(({ seen }, at) => seen.slice(asked[at])).map(({ body }) => body);
  const decoded = since.map((body) => body + Buffer.from(/"data":"([^"]*)"/.exec(body)?.[1] ?? '', 'base64')).join('\n');
  for (const word of words) assert.ok(!decoded.includes(word), `\`${word}\` was sent after it was withheld`);
  const [last, former] = messages(world).filter((message) => publicationOf(message)[0] === plan).reverse();
  assert.deepEqual([last.resourceType, former.status], ['Bundle', 'entered-in-error'], 'a reader of messages is told that the last is void');

  await world.restrict(plan, 'V');
  await everythingEqualsOurs();
  assert.ok((await world.hidden()).includes(plan));
  assert.equal(pointerOf(plan), undefined);
  for (const hook of [hooks.full, hooks.secure]) assert.ok(![...hook.held.keys()].some((held) => held.startsWith(`Bundle/${plan}-`)));
  assert.ok(referencesOf(plan).every((reference) => dataOf(reference) === undefined));
  assert.equal(events().at(-1).entry[1].request.method, 'DELETE');

  await world.restrict(plan, 'R');
  await everythingEqualsOurs();
  for (const word of words) assert.ok(!whatIsSaidOf(plan).includes(word), `\`${word}\` came back too early`);

  const second = await version();
  await world.restrict(plan, 'U');
  await until('a version with it is there', async () => (await version()) > second);
  await everythingEqualsOurs();
  for (const word of words) assert.ok(whatIsSaidOf(plan).includes(word), `\`${word}\` came back`);
});

test('a plan that its person chose to share with nobody beyond the team is taken back from everywhere, as are those where others chose before', async () => {
  const people = await world.people();
  const chose = JSON.parse(await world.sql(`select json_group_array(id) from plan where sharing_choices <> '[]'`));
  assert.ok(chose.length > 0);
  for (const plan of chose) assert.equal(pointerOf(plan), undefined, plan);

  const may = new Set((await world.published()).map(({ plan }) => plan));
  const users = (await world.users()).filter(({ role }) => role === 'person');
  const own = users.map(({ id, name }) => [id, [...people].find(([plan, person]) => person.name === name && may.has(plan))?.[0]]);
  const [user, plan] = own.find(([, plan]) => plan);
  takenBack.add(plan);
  const person = await world.as(user);
  const kind = 'sharing_choice';
  const id = randomUUID();
  const made = await person('POST', `/api/plans/${plan}/decisions`, { command: 'record', kind, id, values: { choice: 'none' } });
  assert.ok(made.status < 300, JSON.stringify(made));
  await everythingEqualsOurs();
  assert.equal(pointerOf(plan), undefined);
  for (const hook of [hooks.full, hooks.secure]) assert.ok(![...hook.held.keys()].some((held) => held.startsWith(`Bundle/${plan}-`)));
  const back = await person('POST', `/api/plans/${plan}/decisions`, { command: 'withdraw', kind, id, reason: 'I think otherwise now' });
  assert.ok(back.status < 300, JSON.stringify(back));
  await everythingEqualsOurs();
  assert.ok(pointerOf(plan));
});

test('a pointer that leads elsewhere goes with the one that takes its place', async () => {
  const before = new Map(pointers().map((pointer) => [planOf(pointer.content[0].attachment.url), pointer.id]));
  const from = locator.seen.length;
  await world.kill();
  const elsewhere = 'https://elsewhere.example/plans/';
  world.targets(targets(`${elsewhere}{plan}`));
  // One is replaced, and nobody hears of it.
  for (const way of [ways.locator, ways.naming]) way.fail('cut-answer', { when: (request) => !isSearch(request) });
  await world.start();
  await world.delivered(...ALL);
  equal.locator = (state) => locatorEqualsOurs(locator, state, elsewhere);
  equal.naming = (state) => locatorEqualsOurs(naming, state, elsewhere);
  await everythingEqualsOurs();
  const seen = locator.seen.slice(from);
  assert.ok(seen.every(({ method }) => method !== 'DELETE' && method !== 'PUT'), 'what is replaced goes by itself');
  assert.equal(seen.filter(({ status }) => status === 201).length, before.size);
  for (const { id, relatesTo, content: [{ attachment }] } of pointers()) {
    const old = before.get(planOf(attachment.url));
    assert.deepEqual(relatesTo, [{ code: 'replaces', target: { type: 'DocumentReference', identifier: { value: old } } }]);
    assert.notEqual(id, old);
  }
  assert.ok([...before.values()].every((id) => !locator.held.has(id)));
});

test('a pointer of another type takes the place of one that may not be replaced by it', async () => {
  await world.kill();
  const record_type = { code: '736373009', display: 'End of life care plan' };
  world.targets(targets('https://elsewhere.example/plans/{plan}', { record_type }));
  for (const way of [ways.locator, ways.naming]) way.fail('cut-answer', { when: ({ method }) => method === 'DELETE' });
  await world.start();
  await world.delivered(...ALL);
  await everythingEqualsOurs();
  for (const at of [locator, naming]) {
    for (const { type, relatesTo } of pointers(at)) assert.deepEqual([type.coding[0].code, relatesTo], [record_type.code, undefined]);
    assert.ok(at.seen.every(({ status }) => status < 300 || status === 404));
  }
});

test('at the end every target holds what is ours, and every disclosure to it is in the audit', async () => {
  await everythingEqualsOurs();
  const published = (await world.published()).length;
  for (const target of ALL) {
    const told = (action) => world.sql(`select count(distinct plan) from audit where action = '${action}' and resource = 'target:${target}'`);
    assert.equal(Number(await told('publication:deliver')), published, target);
    assert.equal(Number(await told('publication:withdraw')), takenBack.size, target);
  }
  for (const target of ['inward', 'unknown', 'misnamed']) {
    assert.equal(await world.sql(`select count(*) from audit where resource = 'target:${target}'`), '0', 'nothing was disclosed');
  }
});

test('a target that differs in anything is seen to differ', async () => {
  const [{ plan, text }] = await world.published();
  const { id } = JSON.parse(text);
  for (const at of [locator, naming]) at.held.delete(pointerOf(plan, at).id);
  for (const hook of [hooks.full, hooks.secure]) hook.held.set(`Bundle/${id}`, text.replace('document', 'documents'));
  ways.ids.seen.splice(0, Infinity, ...ways.ids.seen.filter(({ body }) => !body.includes(`Bundle/${id}"`)));
  servers.marked.repository.resources.get('Bundle').delete(id);
  const [reference] = referencesOf(plan).filter(({ status }) => status === 'current');
  servers.documents.repository.resources.get('DocumentReference').set(reference.id, { ...reference, status: 'superseded' });
  rmSync(join(world.mesh, readdirSync(world.mesh).filter((name) => name.endsWith('.dat')).sort().at(-1)));
  const state = await whatIsOurs();
  for (const [target, equals] of Object.entries(equal)) assert.throws(() => equals(state), { name: 'AssertionError' }, target);
});
