// What a real server's read API answers about the demo world, judged by validators that know nothing of it. A system reads
// it, as a shared record would: with a key of its own, and a token for five minutes.

import assert from 'node:assert/strict';
import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { start } from './demo.mjs';
import { whatIsWrong, whatIsWrongByShape } from './validate.mjs';

const OF_PLANS = ['Composition', 'CarePlan', 'DocumentReference', 'Patient', 'Provenance'];
const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';

const folder = mkdtempSync(join(tmpdir(), 'coplan-system-'));
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
let server;
let plans;
let ask;

before(async () => {
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS384', use: 'sig' }] };
  writeFileSync(join(folder, 'jwks.json'), JSON.stringify(jwks));
  writeFileSync(
    join(folder, 'identity.toml'),
    `[[client]]
id = "shared-record"
title = "Wenford shared record"
organisation = "Z9B01"
jwks_file = "jwks.json"
scopes = ["system/*.rs"]
`,
  );
  process.env.COPLAN_IDENTITY = join(folder, 'identity.toml');
  server = await start();
  const doctor = await server.signedIn(server.users.find((user) => user.role === 'doctor').id);
  plans = (await (await doctor('/api/plans?limit=500')).json()).filter((plan) => plan.version > 0);
  const token = await bearer();
  ask = (path, init = {}) =>
    fetch(`${server.base}/fhir/R4/${path}`, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
});

after(() => {
  server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** As SMART Backend Services has it: the token's address from the configuration, an assertion that is signed, a form. */
async function bearer() {
  const smart = await (await fetch(`${server.base}/fhir/R4/.well-known/smart-configuration`)).json();
  assert.ok(smart.token_endpoint_auth_signing_alg_values_supported.includes('RS384'));
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    iss: 'shared-record',
    sub: 'shared-record',
    aud: smart.token_endpoint,
    jti: randomUUID(),
    exp: Math.floor(Date.now() / 1000) + 240,
  };
  const signed = `${part({ alg: 'RS384', typ: 'JWT', kid: 'one' })}.${part(claims)}`;
  const signature = createSign('RSA-SHA384').update(signed).sign(privateKey, 'base64url');
  const answer = await fetch(smart.token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'system/*.rs',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: `${signed}.${signature}`,
    }),
  });
  const body = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(body));
  return body.access_token;
}

/** A search without a number in its address. */
async function search(kind, parameters) {
  const answer = await ask(`${kind}/_search`, { method: 'POST', body: new URLSearchParams(parameters) });
  const body = await answer.json();
  // Whoever may know that there is a plan may be told that this person objects.
  assert.ok(answer.status === 200 || (answer.status === 403 && body.issue[0].code === 'forbidden'), JSON.stringify(body));
  return body;
}

/** The rest of a search's answer: its entries are judged one by one. */
function withoutEntries({ entry, ...rest }) {
  return rest;
}

function references(value, found = []) {
  if (value === null || typeof value !== 'object') return found;
  if (typeof value.reference === 'string') found.push(value.reference);
  Object.values(value).forEach((child) => references(child, found));
  return found;
}

test('every resource of every plan of the demo world is valid, whether it is found or read', async (t) => {
  assert.ok(plans.length > 20, `only ${plans.length} plans`);
  const judged = {};
  for (const plan of plans) {
    for (const kind of OF_PLANS) {
      const person = `${NHS_NUMBER}|${plan.person.nhs_number}`;
      const found = await search(kind, kind === 'Patient' ? { identifier: person } : { 'patient.identifier': person });
      assert.deepEqual(whatIsWrongByShape(withoutEntries(found)), [], `${kind} of ${plan.id}: the search`);
      // Somebody who objects, or whose whereabouts are withheld, is not found; everybody else once.
      if (!found.entry) continue;
      const [{ resource, fullUrl }] = found.entry;
      assert.deepEqual(whatIsWrong(resource), [], `${kind} of ${plan.id}`);
      const strays = references(resource).filter((to) => !/^(#|https?:|[A-Z][A-Za-z]+\/[\w.-]+$)/.test(to));
      assert.deepEqual(strays, [], `${kind} of ${plan.id} refers to what can be found`);
      const read = await ask(fullUrl.slice(`${server.base}/fhir/R4/`.length));
      assert.deepEqual(await read.json(), resource, `${kind} of ${plan.id} reads as it was found`);
      judged[kind] = (judged[kind] ?? 0) + 1;
    }
  }
  // What a document holds of a type, every document holds.
  for (const kind of OF_PLANS) assert.ok([undefined, judged.CarePlan].includes(judged[kind]), `${kind}: ${judged[kind]}`);
  assert.ok(judged.CarePlan > 10, `only ${judged.CarePlan}`);
  t.diagnostic(`judged: ${JSON.stringify(judged)}`);
});

test('the document that a pointer names is there, and is valid', async () => {
  let judged = 0;
  for (const plan of plans.slice(0, 8)) {
    const found = await search('DocumentReference', { 'patient.identifier': plan.person.nhs_number });
    if (!found.entry) continue;
    const { url, contentType } = found.entry[0].resource.content[0].attachment;
    const answer = await ask(url.slice(`${server.base}/fhir/R4/`.length));
    assert.ok(answer.headers.get('content-type').startsWith(contentType));
    const document = await answer.json();
    assert.deepEqual(whatIsWrong(document), [], plan.id);
    assert.equal(document.id, url.split('/').pop());
    judged += 1;
  }
  assert.ok(judged > 2, `only ${judged} documents`);
});

test('every Questionnaire is valid', async () => {
  let url = 'Questionnaire?_count=10';
  let judged = 0;
  while (url) {
    const page = await (await ask(url)).json();
    for (const { resource } of page.entry) assert.deepEqual(whatIsWrong(resource), [], resource.id);
    judged += page.entry.length;
    url = page.link.find((link) => link.relation === 'next')?.url.slice(`${server.base}/fhir/R4/`.length);
  }
  assert.ok(judged > 15, `only ${judged}`);
});

test('what the server says of itself, and every no, is valid', async () => {
  const stated = await (await fetch(`${server.base}/fhir/R4/metadata`)).json();
  assert.deepEqual(whatIsWrong(stated), []);
  for (const [path, status] of [
    ['CarePlan', 400],
    ['CarePlan/none', 404],
    ['Observation', 404],
    ['AuditEvent/999999999', 404],
    ['CarePlan?_summary=true', 400],
  ]) {
    const answer = await ask(path);
    assert.deepEqual([answer.status, whatIsWrong(await answer.json())], [status, []], path);
  }
  const stranger = await fetch(`${server.base}/fhir/R4/CarePlan/none`);
  assert.deepEqual([stranger.status, whatIsWrong(await stranger.json())], [401, []]);
});

test('the validators find a resource that was broken on purpose', async () => {
  const found = await search('CarePlan', { 'patient.identifier': plans[0].person.nhs_number });
  const plan = found.entry[0].resource;
  assert.notDeepEqual(whatIsWrong({ ...plan, status: 'perhaps' }), []);
  assert.notDeepEqual(whatIsWrong({ ...plan, intent: undefined }), []);
});
