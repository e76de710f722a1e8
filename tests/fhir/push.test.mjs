// What other systems get: the real service, real FHIR servers that nobody here wrote, and between them what goes wrong on
// the way. Whatever goes wrong, at the end their state equals ours.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { between } from './faults.mjs';
import { start as fhirServer } from './fhir_server.mjs';
import { whatIsWrongWithPointer } from './nrl.mjs';
import { World, bare, everythingAt, until, whatStandsFor } from './push_world.mjs';
import { whatIsWrong } from './validate.mjs';

const PUBLICATION = 'https://coplan.example/id/publication';
const QUICK = { retry_first_ms: 20, retry_max_ms: 200, timeout_ms: 4_000, failures_max: 40, refusals_max: 3 };
const HERE = { allow_http: true, allow_private: true, ...QUICK };

const world = new World();
let servers;
let ways;
let plans;

before(async () => {
  servers = { shared: await fhirServer(), documents: await fhirServer(), locator: await fhirServer() };
  ways = { hook: await between() };
  for (const [name, server] of Object.entries(servers)) ways[name] = await between(server.base);
  ways.gone = await between();
  ways.gone.stop();
  world.targets(targets());
  // Some of what goes first goes wrong, each way once.
  for (const how of ['broken', 'busy', 'deaf', 'cut', 'cut-answer', 'flood', 'broken']) ways.shared.fail(how);
  for (const how of ['cut-answer', 'deaf-after', 'broken']) ways.documents.fail(how);
  for (const how of ['deaf', 'cut-answer']) ways.locator.fail(how);
  await world.start();
  plans = await world.editable();
  assert.ok(plans.length >= 4, `${plans.length} plans can be edited`);
});

after(async () => {
  await world.end();
  for (const way of Object.values(ways)) way.stop();
  for (const server of Object.values(servers)) await server.stop();
});

function targets(more = {}) {
  return [
    { id: 'shared', kind: 'fhir-server', url: ways.shared.base, entries_max: 45, ...HERE },
    { id: 'documents', kind: 'fhir-documents', url: ways.documents.base, ods: 'X26', ...HERE },
    {
      id: 'locator',
      kind: 'record-locator',
      url: ways.locator.base,
      ods: 'X26',
      style: 'fhir',
      pointer_url: 'https://coplan.example/fhir/R4/CarePlan/{plan}',
      ...HERE,
      ...more,
    },
    { id: 'hook', kind: 'subscription', url: ways.hook.base, payload: 'full', base_url: 'https://coplan.example/fhir/R4', ...HERE },
    { id: 'files', kind: 'mesh', dir: world.mesh, from: 'X26OT001', to: 'RX1OT002', workflow_id: 'CAREPLAN', withdraw_workflow_id: 'CAREPLAN_VOID' },
    { id: 'gone', kind: 'fhir-server', url: ways.gone.base, ...HERE },
  ];
}

/** That the shared record holds what is published and nothing else. */
async function sharedEqualsOurs() {
  const ours = new Map();
  for (const { text } of await world.published()) {
    for (const [name, resource] of whatStandsFor(text)) ours.set(name, resource);
  }
  const theirs = everythingAt(servers.shared);
  const missing = [...ours.keys()].filter((name) => !theirs.has(name));
  const more = [...theirs.keys()].filter((name) => !ours.has(name));
  assert.deepEqual([missing, more], [[], []], 'what is missing there, and what is there too much');
  for (const [name, resource] of ours) assert.deepEqual(theirs.get(name), resource, name);
  return ours.size;
}

function references(plan) {
  const all = [...everythingAt(servers.documents).values()];
  return all.filter(({ identifier }) => identifier[0].value.startsWith(`${plan}/`));
}

/** That there is one current reference to every plan, with what was published attached. */
async function documentsEqualOurs() {
  for (const { plan, version } of await world.published()) {
    const current = references(plan).filter(({ status }) => status === 'current');
    assert.deepEqual(current.map(({ identifier }) => identifier), [[{ system: PUBLICATION, value: `${plan}/${version}` }]]);
    const [{ attachment }] = current[0].content;
    const sent = Buffer.from(attachment.data, 'base64');
    assert.equal(attachment.hash, createHash('sha1').update(sent).digest('base64'));
    const view = attachment.contentType === 'text/html' ? 'print' : 'fhir';
    const stored = await world.sql(`select hex(bytes_sha256) from publication_view where plan = '${plan}' and version = ${version} and view = '${view}'`);
    assert.equal(createHash('sha256').update(sent).digest('hex').toUpperCase(), stored);
  }
}

function pointers() {
  return [...everythingAt(servers.locator).values()];
}

const notified = () => ways.hook.seen.filter(({ body }) => body !== '').map(({ body }) => JSON.parse(body));
const kindOf = (bundle) => bundle.entry[0].resource.parameter.find(({ name }) => name === 'type').valueCode;
const all = () => Promise.all(['shared', 'documents', 'locator', 'hook', 'files'].map((target) => world.delivered(target)));

test('what was published first is everywhere, whatever went wrong on the way', async () => {
  await all();
  const count = await sharedEqualsOurs();
  await documentsEqualOurs();
  const published = await world.published();
  console.log(`${published.length} plans, ${count} resources, ${ways.shared.seen.length} requests`);
  assert.deepEqual(pointers().map(({ id }) => id).sort(), published.map(({ plan }) => `X26-${plan}`).sort());
  for (const pointer of pointers()) assert.deepEqual(whatIsWrongWithPointer(pointer), []);
  for (const reference of everythingAt(servers.documents).values()) assert.deepEqual(whatIsWrong(reference), []);
  const faults = new Set(ways.shared.seen.map(({ fault }) => fault));
  for (const how of ['broken', 'busy', 'deaf', 'cut', 'cut-answer', 'flood']) assert.ok(faults.has(how), how);
});

test('a subscriber is greeted first, and told of every plan once, by number', async () => {
  const [first, ...rest] = notified();
  assert.equal(kindOf(first), 'handshake');
  const events = rest.filter((bundle) => kindOf(bundle) === 'event-notification');
  assert.equal(events.length, (await world.published()).length);
  for (const bundle of [first, events[0]]) assert.deepEqual(whatIsWrong(bundle), []);
  const number = ({ entry: [{ resource }] }) => resource.parameter.find(({ name }) => name === 'notificationEvent').part[0].valueString;
  assert.equal(new Set(events.map(number)).size, events.length);
  const stored = new Map((await world.published()).map(({ text }) => [JSON.parse(text).id, JSON.parse(text)]));
  for (const { entry } of events) assert.deepEqual(entry[1].resource, stored.get(entry[1].resource.id));
});

test('a MESH client finds whole messages: the data as published, and who it is from and to', async () => {
  const names = readdirSync(world.mesh);
  const published = await world.everPublished();
  assert.equal(names.length, published.length * 2, 'each version is a message');
  const sent = names.filter((name) => name.endsWith('.dat')).map((name) => readFileSync(join(world.mesh, name), 'utf8'));
  assert.deepEqual(sent.sort(), published.sort());
  const control = readFileSync(join(world.mesh, names.find((name) => name.endsWith('.ctl'))), 'utf8');
  for (const part of ['<From_DTS>X26OT001<', '<To_DTS>RX1OT002<', '<WorkflowId>CAREPLAN<']) assert.ok(control.includes(part), part);
});

test('a new version takes the place of the last, everywhere, and the pointer stays as it is', async () => {
  const asked = ways.locator.seen.length;
  const [plan] = plans;
  const before = JSON.parse((await world.published()).find((one) => one.plan === plan).text);
  const version = await world.publish(plan, 'Her own bed, by the window.');
  await all();
  await sharedEqualsOurs();
  await documentsEqualOurs();
  assert.equal(everythingAt(servers.shared).has(`Bundle/${before.id}`), false, 'no old copy that looks new');
  const [old] = references(plan).filter(({ status }) => status === 'superseded');
  assert.equal(old.content[0].attachment.data, undefined);
  const [now] = references(plan).filter(({ status }) => status === 'current');
  assert.equal(now.relatesTo[0].code, 'replaces');
  assert.equal(now.relatesTo[0].target.identifier.value, `${plan}/${version - 1}`);
  assert.equal(ways.locator.seen.length, asked, 'it leads to whichever version stands');
});

test('what was done and not answered is done again to no effect, under the same key', async () => {
  const [, plan] = plans;
  const from = ways.shared.seen.length;
  for (const how of ['cut-answer', 'deaf-after', 'cut-answer']) ways.shared.fail(how, { when: ({ method }) => method !== 'DELETE' });
  await world.publish(plan, 'Downstairs, near the kitchen.');
  await world.delivered('shared');
  await sharedEqualsOurs();
  const seen = ways.shared.seen.slice(from);
  const first = seen.filter(({ body }) => body === seen[0].body);
  assert.ok(first.length >= 2, 'the first request was repeated');
  assert.equal(new Set(first.map(({ headers }) => headers['idempotency-key'])).size, 1);
  const keys = new Map(seen.map(({ headers, method, path, body }) => [headers['idempotency-key'], `${method} ${path} ${body}`]));
  assert.equal(keys.size, new Set(keys.values()).size, 'and no key stands for two things');
});

test('a target that asks to be left alone is left alone for as long', async () => {
  const [plan] = plans;
  ways.shared.fail('busy', { after: 2 });
  const from = ways.shared.seen.length;
  const begun = performance.now();
  await world.publish(plan, 'Her own bed.');
  await until('it was asked', () => ways.shared.seen.length > from);
  await world.delivered('shared');
  assert.ok(performance.now() - begun >= 2_000, 'nothing was sent in the two seconds that it asked for');
  await sharedEqualsOurs();
});

test('a message that a target refuses is given up with a reason that says nothing of anybody, and holds nobody up', async () => {
  const [poisoned, other] = plans;
  ways.shared.fail('refused', { times: 1_000, when: ({ body }) => body.includes('POISON') });
  const version = await world.publish(poisoned, 'POISON');
  await world.publish(other, 'With her sister.');
  const dead = await until('it is given up', async () => (await world.outbox('--target', 'shared')).find(({ state }) => state === 'dead'));
  assert.deepEqual([dead.plan, dead.version, dead.what, dead.attempts], [poisoned, version, 'publish', 3]);
  assert.equal(dead.reason, 'status 422 (invariant)');
  await until('the other is there', async () => {
    const stored = (await world.published()).find(({ plan }) => plan === other).text;
    return everythingAt(servers.shared).has(`Bundle/${JSON.parse(stored).id}`);
  });
  assert.ok(world.log.some((line) => line.includes('was given up')));
  assert.ok(!world.log.join('\n').includes('Ann Example'), 'the answer is not in the log');
  await until('it is counted as given up', async () => {
    const metrics = await (await fetch(`${world.base}/metrics`)).text();
    return metrics.includes('coplan_outbox_dead{target="shared"} 1');
  });
  ways.shared.heal();
  assert.match(await world.retry('--target', 'shared'), /^1 deliveries/);
  await world.delivered('shared');
  await sharedEqualsOurs();
});

test('a plan whose person objects is taken back from everywhere, and comes back when they no longer do', async () => {
  const [, , plan] = plans;
  const doctor = await world.as('doctor');
  const objection = await doctor('POST', `/api/plans/${plan}/sharing/objections`, { grade: 'refused', reason: 'She said so' });
  assert.equal(objection.status, 201);
  await all();
  await sharedEqualsOurs();
  await documentsEqualOurs();
  assert.ok((await world.hidden()).includes(plan));
  assert.deepEqual(references(plan), []);
  assert.equal(pointers().some(({ id }) => id.startsWith(`X26-${plan}`)), false);
  assert.equal(notified().at(-1).entry[1].request.method, 'DELETE');
  const void_ = readdirSync(world.mesh).filter((name) => readFileSync(join(world.mesh, name), 'utf8').includes('CAREPLAN_VOID'));
  assert.equal(void_.length, 1);
  const told = readFileSync(join(world.mesh, void_[0].replace('.ctl', '.dat')), 'utf8');
  assert.deepEqual([JSON.parse(told).status, whatIsWrong(JSON.parse(told))], ['entered-in-error', []]);

  const ended = await doctor('DELETE', `/api/plans/${plan}/sharing/objections/${objection.body.id}`);
  assert.equal(ended.status, 204);
  await all();
  await sharedEqualsOurs();
  await documentsEqualOurs();
  assert.equal(pointers().filter(({ id }) => id.startsWith(`X26-${plan}`)).length, 1);
});

test('a process that is killed in the middle loses nothing, and sends nothing under another key', async () => {
  const [plan] = plans;
  ways.shared.fail('deaf-after', { times: 1 });
  const from = ways.shared.seen.length;
  await world.publish(plan, 'Where the cat is.');
  await until('it is in the middle', () => ways.shared.held() > 0);
  await world.kill();
  await world.start();
  await all();
  await sharedEqualsOurs();
  await documentsEqualOurs();
  const seen = ways.shared.seen.slice(from);
  const again = seen.filter(({ body }) => body === seen[0].body);
  assert.equal(again.length, 2, 'what was under way was sent again');
  assert.equal(again[0].headers['idempotency-key'], again[1].headers['idempotency-key']);
});

test('a pointer is replaced when its address changes', async () => {
  const published = await world.published();
  await world.kill();
  world.targets(targets({ pointer_url: 'https://elsewhere.example/plans/{plan}' }));
  await world.start();
  await world.delivered('locator');
  const current = pointers().filter(({ status }) => status === 'current');
  assert.equal(current.length, published.length);
  for (const pointer of current) {
    assert.match(pointer.content[0].attachment.url, /^https:\/\/elsewhere\.example\//);
    assert.deepEqual(whatIsWrongWithPointer(pointer), []);
    const [{ code, target }] = pointer.relatesTo;
    const old = pointers().find(({ id }) => id === target.identifier.value);
    assert.deepEqual([code, old.status], ['replaces', 'superseded']);
  }
});

test('a redirect is not followed', async () => {
  const elsewhere = await between();
  ways.documents.fail('redirect', { to: elsewhere.base });
  await world.publish(plans[1], 'In the garden room.');
  await world.delivered('documents');
  await documentsEqualOurs();
  assert.equal(elsewhere.seen.length, 0);
  elsewhere.stop();
});

test('a target that is not there has everything waiting, and has held up nobody', async () => {
  const waiting = await world.outbox('--target', 'gone');
  assert.ok(waiting.length >= (await world.published()).length);
  assert.ok(waiting.every(({ state }) => state === 'waiting'));
  assert.ok(waiting.some(({ reason }) => reason === 'no connection'));
  const ready = await fetch(`${world.base}/readyz`);
  assert.equal(ready.status, 200);
});

test('every disclosure is in the audit, and nothing of a plan is in the log or in an address', async () => {
  const delivered = await world.sql(`select count(distinct plan) from audit where action = 'publication:deliver' and resource = 'target:shared'`);
  assert.equal(Number(delivered), (await world.published()).length, 'of every plan that may be shared, and of no other');
  assert.ok(Number(await world.sql(`select count(*) from audit where action = 'publication:withdraw'`)) >= 4);
  const people = JSON.parse(await world.sql(`select json_group_array(nhs_number) from person`));
  const asked = Object.values(ways).flatMap(({ seen }) => seen.map(({ path, headers }) => `${path} ${JSON.stringify(headers)}`));
  const said = [...world.log, ...asked].join('\n');
  for (const number of people) assert.ok(!said.includes(number), 'an NHS number is said');
});

test('a document that is broken on purpose is seen not to be ours', async () => {
  const [{ text }] = await world.published();
  const [name, resource] = [...whatStandsFor(text)][1];
  servers.shared.repository.resources.get(name.split('/')[0]).set(resource.id, { ...bare(resource), language: 'cy' });
  await assert.rejects(sharedEqualsOurs());
});
