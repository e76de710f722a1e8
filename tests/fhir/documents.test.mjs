// The documents of the demo world, asked for over HTTP, and those of generated plans, judged by validators that know
// nothing of Coplan.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { breakOne, broken } from './broken.mjs';
import { binary, start } from './demo.mjs';
import { Judge } from './document.mjs';
import { whatIsWrongWithResponse } from './questionnaire.mjs';
import { countOf, fromDocument, fromView } from './roundtrip.mjs';
import { whatIsWrongBySnapshot } from './snapshot.mjs';
import { declared, notChecked } from './ukcore.mjs';

/** How many plans are generated. */
const PLANS = 2000;
/** How long making and judging them may take; it only bounds a failing test. */
const GENERATED_MS_MAX = 600_000;
/** What definitions make of what the demo world holds: one of each at least, so that no mapping vanishes unseen. */
const MADE = [
  'AllergyIntolerance',
  'CarePlan',
  'CareTeam',
  'Condition',
  'Consent',
  'Flag',
  'Goal',
  'MedicationStatement',
  'Organization',
  'PractitionerRole',
  'Procedure',
  'Provenance',
  'QuestionnaireResponse',
  'RelatedPerson',
  'ServiceRequest',
  'Task',
];
/** Most faults that a failing test shows. */
const SHOWN = 20;

let server;
/** The document and the clinical view of every version of every plan of the demo world. */
let published;
let questionnaires;

before(async () => {
  server = await start();
  published = await everyVersion(server);
  questionnaires = await everyQuestionnaire(server);
});

after(() => server?.stop());

/** Every version of every plan that a doctor of the demo world may read. */
async function everyVersion({ users, signedIn }) {
  const found = new Map();
  for (const { id: user } of users.filter(({ role }) => role === 'doctor')) {
    const ask = await signedIn(user);
    for (const { id, version } of await (await ask('/api/plans?limit=1000')).json()) {
      for (let n = 1; n <= version; n += 1) {
        const name = `${id}/${n}`;
        if (!found.has(name)) found.set(name, { name, ...(await bothViews(ask, id, n)) });
      }
    }
  }
  return [...found.values()];
}

async function bothViews(ask, plan, version) {
  const view = async (kind) => {
    const path = `/api/plans/${plan}/views/${kind}?version=${version}`;
    const answer = await ask(path);
    assert.equal(answer.status, 200, path);
    return answer.json();
  };
  return { document: await view('fhir'), clinical: await view('clinical') };
}

/** What the service asks, by canonical URL and version. */
async function everyQuestionnaire({ base, users, signedIn }) {
  const ask = await signedIn(users.find(({ role }) => role === 'doctor').id);
  const found = new Map();
  let path = '/fhir/R4/Questionnaire?_count=50';
  while (path) {
    const page = await (await ask(path)).json();
    for (const { resource } of page.entry) found.set(`${resource.url}|${resource.version}`, resource);
    const next = page.link.find(({ relation }) => relation === 'next')?.url;
    path = next && next.slice(base.length);
  }
  return found;
}

/** Fails with the faults, if there are any: the most frequent first, with how often and where first. */
function assertNone(faults) {
  const kinds = new Map();
  for (const { where, what } of faults) {
    const kind = what.replaceAll(/\[\d+\]/g, '').replaceAll(/urn:uuid:[0-9a-f-]+/g, 'urn:uuid:…');
    const known = kinds.get(kind) ?? { kind, first: where, times: 0 };
    kinds.set(kind, { ...known, times: known.times + 1 });
  }
  const most = [...kinds.values()].sort((one, other) => other.times - one.times).slice(0, SHOWN);
  assert.equal(
    faults.length,
    0,
    most.map(({ kind, first, times }) => `${times} times, first in ${first}: ${kind}`).join('\n'),
  );
}

/** What was judged, in one line; and which types say that they follow no profile. */
function summary(judge, bundles) {
  const each = [...judge.counts].sort().map(([type, count]) => `${type} ${count}`);
  const all = [...judge.counts.values()].reduce((sum, count) => sum + count, 0);
  return [`${all} resources in ${bundles} documents: ${each.join(', ')}`, profilesOf(judge)].join('\n');
}

function profilesOf(judge) {
  if (notChecked) return notChecked;
  const none = [...judge.withoutProfile].sort();
  return `without a profile of UK Core: ${none.map(([type, count]) => `${type} ${count}`).join(', ') || 'none'}`;
}

test('every document of the demo world passes every validator', (t) => {
  const judge = new Judge();
  const faults = published.flatMap(({ name, document }) =>
    judge.whatIsWrong(document).map((what) => ({ where: name, what })),
  );
  t.diagnostic(summary(judge, published.length));
  assert.ok(published.length > 40, `only ${published.length} versions`);
  assert.deepEqual(
    MADE.filter((type) => !judge.counts.has(type)),
    [],
    'the demo world makes one of each',
  );
  assertNone(faults);
});

test("Medplum's validator, given the profiles whole, finds nothing either", { skip: notChecked }, (t) => {
  const newest = [...new Map(published.map((one) => [one.name.split('/')[0], one])).values()];
  let judged = 0;
  const faults = newest.flatMap(({ name, document }) =>
    document.entry.flatMap(({ resource }) => {
      judged += declared(resource).length;
      return whatIsWrongBySnapshot(resource).map((what) => ({ where: name, what }));
    }),
  );
  t.diagnostic(`${judged} resources by their snapshots`);
  assertNone(faults);
});

test('the responses in a document give back every value that clinicians read, exactly', (t) => {
  let values = 0;
  for (const { name, document, clinical } of published) {
    const expected = fromView(clinical);
    assert.deepEqual(fromDocument(document), expected, name);
    values += countOf(expected);
  }
  t.diagnostic(`${values} values of ${published.length} versions`);
  assert.ok(values > 1000, `only ${values} values`);
});

test('every response answers the Questionnaire that it names', (t) => {
  const faults = [];
  let judged = 0;
  for (const { name, document } of published) {
    for (const { resource } of document.entry.filter(
      (entry) => entry.resource.resourceType === 'QuestionnaireResponse',
    )) {
      const questionnaire = questionnaires.get(resource.questionnaire);
      assert.ok(questionnaire, `${name}: nobody knows ${resource.questionnaire}`);
      judged += 1;
      for (const what of whatIsWrongWithResponse(resource, questionnaire)) faults.push({ where: name, what });
    }
  }
  t.diagnostic(`${judged} responses to ${questionnaires.size} Questionnaires`);
  assertNone(faults);
});

test('a document of the demo world that was broken on purpose is found out', () => {
  const { document } = published.find(({ clinical }) => clinical.sections.length > 3);
  for (const one of broken.filter(({ ukCore }) => !(ukCore && notChecked))) {
    const said = new Judge().whatIsWrong(breakOne(document, one));
    assert.ok(
      said.some((what) => what.includes(one.says)),
      `${one.kind}, ${one.what}:\n${said.join('\n')}`,
    );
  }
});

/** Makes plans by themselves and writes their documents; it is built beside the binary under test. */
const generator = join(dirname(binary), 'fhir_samples');
const notGenerated = existsSync(generator) ? undefined : `generated plans: not checked, \`${generator}\` is missing`;

test(
  `the documents of ${PLANS} generated plans pass every validator`,
  { skip: notGenerated, timeout: GENERATED_MS_MAX },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'coplan-samples-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'samples.ndjson');
    execFileSync(generator, ['--plans', String(PLANS), '--out', file], { stdio: ['ignore', 'ignore', 'inherit'] });

    const judge = new Judge({ byShape: true });
    const faults = [];
    let documents = 0;
    for await (const line of createInterface({ input: createReadStream(file) })) {
      documents += 1;
      const where = `line ${documents}`;
      for (const what of judge.whatIsWrong(JSON.parse(line))) faults.push({ where, what });
    }
    t.diagnostic(summary(judge, documents));
    assert.equal(documents, PLANS);
    assertNone(faults);
  },
);
