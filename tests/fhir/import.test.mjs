// What Coplan takes over from a FHIR server that nobody here wrote: found by the NHS number, followed page by page, taken
// over and refreshed, and told by name where the server is away.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { start as startDemo } from './demo.mjs';
import { start as startFhir } from './fhir_server.mjs';

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
const SNOMED = 'http://snomed.info/sct';

let folder, record, coplan, doctor, plan, other, reference;
/** What was asked of the record, and what it answers instead, if anything. */
const asked = [];
let instead;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coplan-import-'));
  record = await startFhir({
    first: (request, response) => (asked.push(request), instead?.(request, response)),
  });
  writeFileSync(join(folder, 'token'), 'let-me-in\n');
  writeFileSync(
    join(folder, 'sources.toml'),
    source('practice', record.base, 'allow_http = true\nallow_private = true\nbearer_file = "token"') +
      source('inside', record.base, 'allow_http = true') +
      source('named', record.base.replace('127.0.0.1', 'localhost'), 'allow_http = true'),
  );
  coplan = await startDemo(['--sources', join(folder, 'sources.toml')]);
  ({ doctor, plan, other } = await someDoctor());
  const person = plan.person.nhs_number.replaceAll(' ', '');
  const patient = await make({
    resourceType: 'Patient',
    identifier: [{ system: NHS_NUMBER, value: person }],
  });
  reference = { reference: `Patient/${patient.id}` };
});

after(async () => {
  coplan?.stop();
  await record?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const source = (name, base, more) => `[[source]]\nname = "${name}"\nbase = "${base}"\n${more}\n`;

/** A doctor, and of the plans whose health they write one and another person's. */
async function someDoctor() {
  for (const user of coplan.users.filter((one) => one.role === 'doctor')) {
    const ask = await coplan.signedIn(user.id);
    const written = [];
    for (const { id } of await (await ask('/api/plans?limit=20')).json()) {
      const plan = await (await ask(`/api/plans/${id}`)).json();
      if (plan.sections?.some((one) => one.section === 'health' && one.access === 'write'))
        written.push(plan);
      if (written.length === 2) return { doctor: { id: user.id, ask }, plan: written[0], other: written[1] };
    }
  }
  throw new Error('no doctor of the demo writes two plans');
}

const send = async (method, path, body) => {
  const answer = await fetch(record.base + path, {
    method,
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${answer.status} to ${method} ${path}`);
  return answer.json();
};
const make = (resource) => send('POST', `/${resource.resourceType}`, resource);

async function importFrom(source) {
  asked.length = 0;
  const answer = await doctor.ask(`/api/plans/${plan.id}/imports`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ source }),
  });
  return { status: answer.status, body: await answer.json() };
}

const status = (system, code) => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }],
});
const of = (body, section) => body.sections.find((one) => one.section === section);

const allergy = (code, display) => ({
  resourceType: 'AllergyIntolerance',
  clinicalStatus: status('allergyintolerance-clinical', 'active'),
  patient: reference,
  code: { coding: [{ system: SNOMED, code, display }] },
});

test('what a record holds is taken over, page by page, and the second time nothing changes', async () => {
  const thing = await make(allergy('1003755004', 'Allergy to latex, as an import test has it'));
  await make({
    resourceType: 'MedicationRequest',
    status: 'active',
    intent: 'order',
    subject: reference,
    medicationCodeableConcept: { text: 'A medicine of an import test' },
    dosageInstruction: [{ text: 'One in the morning' }],
  });
  const first = await importFrom('practice');
  assert.equal(first.status, 201, JSON.stringify(first.body));
  const added = [of(first.body, 'health'), of(first.body, 'medicines')].map((one) => one.added);
  assert.deepEqual(added, [1, 1]);
  assert.match(of(first.body, 'health').details.added[0].name, /latex/);
  assert.ok(asked.every(({ path, method }) => method === 'POST' || !path.includes('identifier')));
  assert.ok(asked.every(({ path }) => !path.includes(plan.person.nhs_number.replaceAll(' ', ''))));
  assert.ok(asked.every(({ headers }) => headers.authorization === 'Bearer let-me-in'));
  const again = await importFrom('practice');
  assert.deepEqual(
    again.body.sections.map((one) => one.details.change),
    [null, null],
  );
  await send('PUT', `/AllergyIntolerance/${thing.id}`, {
    ...thing,
    verificationStatus: status('allergyintolerance-verification', 'entered-in-error'),
    clinicalStatus: undefined,
  });
  assert.equal(of((await importFrom('practice')).body, 'health').removed, 1);
});

test('more than one page is followed, at the address of the source alone', async () => {
  const entry = (number) => ({
    resource: { ...allergy('300910009', `Allergy number ${number}`), id: `paged-${number}` },
  });
  const page = (entries, next) => ({
    resourceType: 'Bundle',
    type: 'searchset',
    link: next ? [{ relation: 'next', url: next }] : [],
    entry: entries,
  });
  const paged = (next) => (request, response) => {
    if (!request.path.includes('AllergyIntolerance')) return false;
    const second = request.path.includes('page=2');
    response.setHeader('content-type', 'application/fhir+json');
    response.end(JSON.stringify(second ? page([entry(2)]) : page([entry(1)], next)));
    return true;
  };
  instead = paged(`${record.base}/AllergyIntolerance?page=2`);
  assert.equal(of((await importFrom('practice')).body, 'health').added, 2);
  instead = paged('http://169.254.169.254/latest/AllergyIntolerance?page=2');
  const refused = await importFrom('practice');
  assert.deepEqual([refused.status, refused.body.code], [502, 'source']);
  assert.ok(!asked.some(({ path }) => path.includes('page=2')));
  instead = undefined;
});

test('a record that says it withholds something gives nothing, and nothing is removed', async () => {
  const answering = (severity) => (request, response) => {
    if (!request.path.includes('AllergyIntolerance')) return false;
    const resource = {
      resourceType: 'OperationOutcome',
      issue: [{ severity, code: 'suppressed' }],
    };
    response.setHeader('content-type', 'application/fhir+json');
    response.end(
      JSON.stringify({
        resourceType: 'Bundle',
        type: 'searchset',
        entry: [{ resource, search: { mode: 'outcome' } }],
      }),
    );
    return true;
  };
  instead = answering('warning');
  const refused = await importFrom('practice');
  assert.deepEqual([refused.status, refused.body.code], [502, 'source']);
  assert.match(refused.body.detail, /not complete/);
  instead = answering('information');
  const empty = await importFrom('practice');
  assert.deepEqual([empty.status, of(empty.body, 'health').removed], [201, 0]);
  assert.ok(of(empty.body, 'health').details.left.some((one) => one.reason === 'none-left'));
  instead = undefined;
});

test('a record that is away, slow to say no or not one of ours is told by name and writes nothing', async () => {
  const before = await (await doctor.ask(`/api/plans/${plan.id}/imports`)).json();
  for (const answer of [
    (_, response) => (response.writeHead(500).end('{}'), true),
    (_, response) => (response.writeHead(302, { location: record.base }).end(), true),
    (_, response) => (response.destroy(), true),
    (_, response) => (response.end('not json'), true),
    (_, response) => (response.end('{"resourceType":"Bundle","type":"searchset"}'), true),
    (_, response) => (response.end(`{"a":"${'x'.repeat(3_000_000)}"}`), true),
  ]) {
    instead = answer;
    const refused = await importFrom('practice');
    assert.deepEqual([refused.status, refused.body.code], [502, 'source']);
  }
  instead = undefined;
  for (const source of ['inside', 'named']) {
    const refused = await importFrom(source);
    assert.deepEqual(
      [refused.status, asked.length],
      [502, 0],
      'a private address is not reached unless configured',
    );
    assert.match(refused.body.detail, /may not be reached/);
  }
  const now = await (await doctor.ask(`/api/plans/${plan.id}/imports`)).json();
  assert.equal(now.imports.length, before.imports.length);
  assert.deepEqual(now.sources, ['practice', 'inside', 'named']);
});

test('a document that Coplan published is an attachment of another plan of the same person, or of nobody', async () => {
  // A service has one plan of each person, so the other plan stands at another service.
  const elsewhere = await startDemo();
  try {
    const published = await doctor.ask(`/api/plans/${plan.id}/views/fhir`);
    assert.equal(published.status, 200, `${plan.id} is published`);
    const bytes = await published.text();
    const colleague = await elsewhere.signedIn(doctor.id);
    const attach = (id) =>
      colleague(`/api/plans/${id}/attachments`, {
        method: 'POST',
        headers: { 'content-type': 'application/fhir+json' },
        body: bytes,
      });
    const kept = async (id) => (await (await colleague(`/api/plans/${id}/attachments`)).json()).attachments;
    const theirs = await (await colleague(`/api/plans/${plan.id}`)).json();
    assert.equal(theirs.person.nhs_number, plan.person.nhs_number);
    const made = await attach(plan.id);
    assert.equal(made.status, 201, await made.clone().text());
    const { id } = await made.json();
    const again = await attach(plan.id);
    assert.deepEqual([again.status, await again.json()], [200, { id }], 'the same bytes twice are one');
    await isShownAsItWasPublished({ ask: colleague, id, bytes, listed: await kept(plan.id) });

    assert.notEqual(other.person.nhs_number, plan.person.nhs_number);
    const refused = await attach(other.id);
    const { code, place, detail } = await refused.json();
    assert.deepEqual([refused.status, code], [422, 'import-another-person']);
    assert.match(place, /^Bundle\.entry\[\d+\]\.resource\.identifier$/);
    assert.ok(
      !detail.includes(plan.person.nhs_number.replaceAll(' ', '')),
      'nothing of the document is told',
    );
    assert.deepEqual(await kept(other.id), []);
    assert.equal((await colleague(`/api/plans/${other.id}/attachments/${id}`)).status, 404);
  } finally {
    elsewhere.stop();
  }
});

/** The one attachment of a list is the document of these bytes: listed by what it calls itself, kept and shown whole. */
async function isShownAsItWasPublished({ ask, id, bytes, listed }) {
  const [composition] = JSON.parse(bytes).entry.map(({ resource }) => resource);
  assert.deepEqual(
    listed.map(({ id, title, dated }) => ({ id, title, dated })),
    [{ id, title: composition.title, dated: composition.date }],
  );
  const stored = await ask(`/api/plans/${plan.id}/attachments/${id}`);
  assert.ok((await stored.text()) === bytes, 'it is kept as it came');
  const answer = await ask(`/api/plans/${plan.id}/attachments/${id}/page`);
  assert.match(answer.headers.get('content-security-policy'), /default-src 'none'/);
  const page = await answer.text();
  const headings = [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, heading]) => heading);
  assert.deepEqual(
    headings,
    composition.section.map(({ title }) => title),
  );
  assert.match(page, /It is not part of the plan/);
  assert.doesNotMatch(page, /<(script|a|img)\b/);
  assert.equal(page.match(/<style\b/g).length, 1, 'our own');
  assert.match(page, /<p class="of"><strong>[^<]+<\/strong>, born \d+ \w+ \d{4}, NHS number 999 \d{3} \d{4}<\/p>/);
}
