// What a real server answers to a search for AuditEvents, judged by validators that know nothing of it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { start } from './demo.mjs';
import { whatIsWrong } from './validate.mjs';

let server;
let events;

before(async () => {
  server = await start();
  events = await someEvents(server);
});

after(() => server?.stop());

/** Everybody does something with a plan, some of it in vain; then a doctor reads it all, page by page. */
async function someEvents({ base, users, signedIn }) {
  const doctor = await signedIn(users.find((user) => user.role === 'doctor').id);
  const [plan] = await (await doctor('/api/plans?limit=1')).json();
  for (const role of ['crew', 'pharmacist', 'social-care', 'registered-professional', 'privacy-officer']) {
    const user = users.find((one) => one.role === role);
    if (!user) continue;
    const ask = await signedIn(user.id);
    await ask(`/api/plans/${plan.id}`);
    await ask(`/api/urgent?nhs_number=${plan.person.nhs_number}`);
    await ask(`/api/plans/${plan.id}/views/clinical?version=999`);
    await ask(`/api/plans/${plan.id}/vault`);
    await ask(`/api/relationships`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ plan: plan.id, kind: 'break-glass', reason: 'Found on the floor' }),
    });
  }
  const found = [];
  let url = `/fhir/R4/AuditEvent?patient=${plan.person.nhs_number}&_count=20`;
  while (url) {
    const bundle = await (await doctor(url)).json();
    assert.deepEqual(whatIsWrong(bundle), [], 'the Bundle');
    found.push(...(bundle.entry ?? []).map((entry) => entry.resource));
    url = bundle.link.find((link) => link.relation === 'next')?.url.slice(base.length);
  }
  return found;
}

test('every AuditEvent of a real server is valid FHIR R4, in structure and in codes', () => {
  assert.ok(events.length > 20, `only ${events.length} events`);
  for (const event of events) assert.deepEqual(whatIsWrong(event), [], `event ${event.id}`);
  const outcomes = new Set(events.map((event) => event.outcome));
  assert.ok(outcomes.has('0') && outcomes.has('8'), `allowed and refused are among them: ${[...outcomes]}`);
});

test('an AuditEvent says who, for which patient, why and what', () => {
  for (const event of events) {
    assert.equal(event.type.code, 'rest');
    assert.equal(event.agent.filter((agent) => agent.requestor).length, 1, `event ${event.id} has one who asked`);
    const patient = event.entity.find((entity) => entity.role.code === '1');
    assert.match(patient.what.identifier.value, /^999\d{7}$/);
    assert.ok(event.purposeOfEvent[0].coding[0].code);
  }
});

test('what is wrong with an error is said as an OperationOutcome', async () => {
  const answer = await fetch(`${server.base}/fhir/R4/AuditEvent?patient=1`);
  assert.deepEqual([answer.status, whatIsWrong(await answer.json())], [401, []]);
});

test('the validators find an event that was broken on purpose', () => {
  const [event] = events;
  const broken = {
    'no type': ({ type, ...rest }) => rest,
    'no agent': ({ agent, ...rest }) => rest,
    'an unknown outcome': (whole) => ({ ...whole, outcome: '7' }),
    'an unknown action': (whole) => ({ ...whole, action: 'X' }),
    'a time that is none': (whole) => ({ ...whole, recorded: 'yesterday' }),
    'a member that there is not': (whole) => ({ ...whole, actor: 'x' }),
    'a code that its system does not have': (whole) => {
      whole.source.type[0].code = '44';
      return whole;
    },
    'a requestor that is a word': (whole) => ({ ...whole, agent: [{ ...whole.agent[0], requestor: 'yes' }] }),
  };
  for (const [what, change] of Object.entries(broken)) {
    assert.notDeepEqual(whatIsWrong(change(structuredClone(event))), [], what);
  }
});
