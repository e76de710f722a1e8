// The FHIR server that others push to and import from does what those tests rely on.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { start } from './fhir_server.mjs';

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
const patient = { resourceType: 'Patient', identifier: [{ system: NHS_NUMBER, value: '9990000018' }], active: true };
const by = `identifier=${encodeURIComponent(`${NHS_NUMBER}|9990000018`)}`;

let server;
before(async () => (server = await start()));
after(() => server?.stop());

async function ask(method, path, body, headers = {}) {
  const answer = await fetch(server.base + path, {
    method,
    headers: { 'content-type': 'application/fhir+json', ...headers },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, etag: answer.headers.get('etag'), body: await answer.json() };
}

async function transaction(...entry) {
  return ask('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
}

const put = (resource) => ({ resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` } });

test('what was created is read, found, changed under its version, and deleted', async () => {
  const made = await ask('POST', '/Patient', patient);
  assert.equal(made.status, 201);
  const path = `/Patient/${made.body.id}`;
  assert.deepEqual((await ask('GET', path)).body, made.body);
  for (const found of [
    await ask('GET', `/Patient?${by}`),
    await ask('POST', '/Patient/_search', by, { 'content-type': 'application/x-www-form-urlencoded' }),
  ]) {
    assert.deepEqual(
      found.body.entry.map((entry) => entry.resource.id),
      [made.body.id],
    );
  }
  const changed = { ...made.body, active: false };
  assert.equal((await ask('PUT', path, changed, { 'if-match': 'W/"1"' })).status, 412);
  const second = await ask('PUT', path, changed, { 'if-match': made.etag });
  assert.deepEqual([second.status, second.body.active], [200, false]);
  assert.notEqual(second.etag, made.etag);
  assert.equal((await ask('DELETE', path)).status, 200);
  assert.equal((await ask('GET', path)).status, 404);
});

test('a conditional update creates once and changes the same one afterwards', async () => {
  const first = await ask('PUT', `/Patient?${by}`, patient);
  const again = await ask('PUT', `/Patient?${by}`, { ...patient, active: false });
  assert.deepEqual([first.status, again.status, again.body.id], [201, 200, first.body.id]);
  assert.equal((await ask('GET', `/Patient?${by}`)).body.total, 1);
});

test('an update of what there is not creates it under the id that it names', async () => {
  const bundle = { resourceType: 'Bundle', id: 'mine', type: 'collection' };
  assert.equal((await ask('PUT', '/Bundle/mine', bundle)).status, 200);
  assert.equal((await ask('GET', '/Bundle/mine')).body.type, 'collection');
});

test('a transaction happens whole, with its references made to lead to what it made', async () => {
  const urn = 'urn:uuid:6a1f7f0e-2c57-4a6b-9d3e-000000000001';
  const plan = { resourceType: 'CarePlan', status: 'active', intent: 'plan', subject: { reference: urn } };
  const done = await transaction(
    { fullUrl: urn, resource: { ...patient, active: false }, request: { method: 'POST', url: 'Patient' } },
    { resource: plan, request: { method: 'POST', url: 'CarePlan' } },
  );
  assert.equal(done.status, 200);
  assert.deepEqual(
    done.body.entry.map((entry) => entry.response.status),
    ['201', '201'],
  );
  const { subject } = done.body.entry[1].resource;
  assert.match(subject.reference, /^Patient\//);
  assert.equal((await ask('GET', `/${subject.reference}`)).status, 200);
});

test('a transaction that fails leaves nothing of itself', async () => {
  const made = await ask('PUT', '/Patient/kept', { ...patient, id: 'kept' });
  const failed = await transaction(put({ ...made.body, active: false }), put({ ...patient, id: 'new' }), {
    resource: { ...patient, id: 'other' },
    request: { method: 'PUT', url: 'Patient/not-the-same' },
  });
  assert.equal(failed.status, 400);
  assert.equal((await ask('GET', '/Patient/kept')).body.active, true);
  assert.equal((await ask('GET', '/Patient/new')).status, 404);
});

test('what is not valid R4 is refused with an OperationOutcome', async () => {
  for (const [path, body] of Object.entries({
    '/CarePlan': { resourceType: 'CarePlan', status: 'active', intent: 'plan' },
    '/Patient': { ...patient, nickname: 'Bob' },
    '/Bundle': { resourceType: 'Bundle', type: 'collection', entry: [{ resource: { resourceType: 'Flag' } }] },
    '/Flag': '{"resourceType":"Fl',
    '': { resourceType: 'Bundle', type: 'document' },
  })) {
    const refused = await ask('POST', path, body);
    assert.deepEqual([refused.status, refused.body.resourceType], [400, 'OperationOutcome'], path);
  }
  assert.equal((await ask('GET', '/Bundle?_summary=count')).body.total, 1, 'only the one of the test above');
});

test('whoever starts it can answer first', async () => {
  const seen = [];
  const busy = await start({
    first: ({ method, path }, response) => {
      seen.push(`${method} ${path}`);
      if (seen.length > 1) return false;
      response.writeHead(429, { 'retry-after': '1' }).end();
      return true;
    },
  });
  const codes = [];
  for (let n = 0; n < 2; n += 1) codes.push((await fetch(`${busy.base}/Patient`)).status);
  await busy.stop();
  assert.deepEqual(
    [codes, seen],
    [
      [429, 200],
      ['GET /fhir/R4/Patient', 'GET /fhir/R4/Patient'],
    ],
  );
});
