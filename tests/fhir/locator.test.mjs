// A record locator that makes up the names of pointers, and loses answers, refuses searches, gives half of them, and holds
// pointers of other systems: at no time are there two pointers of a plan, and none stays that was taken back.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { between } from './faults.mjs';
import { start as recordLocator } from './locator.mjs';
import { until, World } from './push_world.mjs';

const PLANS = 'https://coplan.example/plans/';
const REFUSED = { grade: 'refused', reason: 'She said so' };

const world = new World();
let locator, way, doctor, plans;

before(async () => {
  locator = await recordLocator({ ods: 'X26', token: 'a-token', names: true });
  way = await between(locator.base);
  writeFileSync(join(world.folder, 'token'), 'a-token');
  world.targets([target()]);
  await world.start();
  plans = await world.editable();
  await world.delivered('pointers');
  doctor = await world.as('doctor');
});

after(async () => {
  await world.end();
  way?.stop();
  locator?.stop();
});

const target = (more = {}) => ({
  id: 'pointers',
  kind: 'record-locator',
  url: way.base,
  bearer_file: 'token',
  ods: 'X26',
  pointer_url: `${PLANS}{plan}`,
  allow_http: true,
  allow_private: true,
  retry_first_ms: 50,
  retry_max_ms: 200,
  timeout_ms: 3_000,
  ...more,
});

const isSearch = ({ path }) => path.endsWith('/_search');
const isCreation = (request) => request.method === 'POST' && !isSearch(request);
const urlOf = (pointer) => pointer.content[0].attachment.url;
const pointersOf = (plan) => [...locator.held.values()].filter((pointer) => urlOf(pointer) === `${PLANS}${plan}`);
const waits = async (plan) => (await world.outbox('--target', 'pointers')).find((row) => row.plan === plan);

/** Objects, and gives what ends the objection. */
async function objects(plan) {
  const made = await doctor('POST', `/api/plans/${plan}/sharing/objections`, REFUSED);
  assert.equal(made.status, 201, JSON.stringify(made));
  return async () => {
    const ended = await doctor('DELETE', `/api/plans/${plan}/sharing/objections/${made.body.id}`);
    assert.equal(ended.status, 204);
  };
}

test('what another system of the organisation has of the same person stays, whatever becomes of ours', async () => {
  const [plan] = plans;
  const [ours] = pointersOf(plan);
  const theirs = { ...structuredClone(ours), id: 'X26-of-another-system' };
  theirs.content[0].attachment.url = 'https://another.example/letters/1';
  locator.held.set(theirs.id, theirs);
  const end = await objects(plan);
  await world.delivered('pointers');
  assert.deepEqual([pointersOf(plan), locator.held.get(theirs.id)], [[], theirs]);
  way.fail('cut-answer', { when: isCreation });
  await end();
  await world.delivered('pointers');
  assert.equal(pointersOf(plan).length, 1);
  assert.deepEqual(locator.held.get(theirs.id), theirs);
});

test('a pointer of which nobody heard is not forgotten because a search is refused', async () => {
  const [, plan] = plans;
  const end = await objects(plan);
  await world.delivered('pointers');
  way.fail('cut-answer', { when: isCreation });
  way.fail('refused', { times: 1_000, when: isSearch });
  await end();
  await until('it is there, and nobody knows', async () => pointersOf(plan).length === 1 && (await waits(plan)));
  const again = await objects(plan);
  await until('it waits to be taken back', async () => {
    const row = await waits(plan);
    return row?.reason?.startsWith('status 422') && row.what === 'withdraw' && row;
  });
  assert.equal(pointersOf(plan).length, 1);
  way.heal();
  await world.delivered('pointers');
  assert.deepEqual(pointersOf(plan), []);
  await again();
  await world.delivered('pointers');
  assert.equal(pointersOf(plan).length, 1);
});

test('a pointer whose name is known goes at once, though no search is answered', async () => {
  const [, , plan] = plans;
  way.fail('broken', { times: 1_000, when: isSearch });
  const end = await objects(plan);
  await world.delivered('pointers');
  assert.deepEqual(pointersOf(plan), []);
  way.heal();
  await end();
  await world.delivered('pointers');
  assert.equal(pointersOf(plan).length, 1);
});

test('half an answer to a search is none', async () => {
  const [, , , plan] = plans;
  const end = await objects(plan);
  await world.delivered('pointers');
  way.fail('cut-answer', { when: isCreation });
  locator.pages = true;
  await end();
  await until('it is asked in vain', async () => (await waits(plan))?.reason === 'an answer to a search that is not whole');
  const asked = locator.seen.filter(isCreation).length;
  locator.pages = false;
  await world.delivered('pointers');
  assert.equal(locator.seen.filter(isCreation).length, asked, 'it is not made a second time');
  assert.equal(pointersOf(plan).length, 1);
});

test('a pointer whose form changes is replaced, though it leads to the same place', async () => {
  const before = new Map([...locator.held.values()].map((pointer) => [urlOf(pointer), pointer.id]));
  await world.kill();
  const practice_setting = { code: '1060971000000108', display: 'General practice service' };
  world.targets([target({ practice_setting })]);
  await world.start();
  await world.delivered('pointers');
  const ours = [...locator.held.values()].filter((pointer) => urlOf(pointer).startsWith(PLANS));
  assert.equal(ours.length, before.size - 1);
  for (const pointer of ours) {
    assert.equal(pointer.context.practiceSetting.coding[0].code, practice_setting.code);
    assert.equal(pointer.relatesTo[0].target.identifier.value, before.get(urlOf(pointer)));
  }
});

test('a target that is taken out of the file keeps what it has, and the log says so; one that is retired has nothing left', async () => {
  const ours = () => [...locator.held.values()].filter((pointer) => urlOf(pointer).startsWith(PLANS));
  const before = ours().length;
  await world.kill();
  world.targets([]);
  await world.start();
  const left = await until('the log says so', () => world.log.find((line) => line.includes('no longer names')));
  assert.ok(left.includes('pointers') && left.includes(`plans=${before}`), left);
  const metrics = await (await fetch(`${world.base}/metrics`)).text();
  assert.match(metrics, new RegExp(`coplan_outbox_left_behind\\{target="pointers"\\} ${before}`));
  assert.equal(ours().length, before);

  await world.kill();
  const seen = locator.seen.length;
  world.targets([target({ retired: true })]);
  await world.start();
  await until('nothing of ours is left', () => ours().length === 0);
  await world.publish(plans[4], 'By the window.');
  await until('nothing waits', async () => (await world.outbox('--target', 'pointers')).length === 0);
  assert.equal(ours().length, 0);
  assert.equal(locator.held.size, 1, 'but for that of another system');
  assert.ok(!locator.seen.slice(seen).some(isCreation));
});
