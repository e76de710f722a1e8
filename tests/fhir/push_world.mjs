// Coplan with a demo world and targets, what it has published, and what stands at a target.

import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { binary } from './demo.mjs';

/** Runs a program beside the servers of the test, which go on meanwhile. */
const run = promisify(execFile);

/** Most of what it may print, in bytes. */
const BIG = { maxBuffer: 512 * 1024 * 1024 };

/** Longest wait for anything; only bounds a failing test. */
const DEADLINE_MS = 60_000;

/** Waits until `holds` gives something, or nothing is thrown by it. */
export async function until(what, holds) {
  const deadline = performance.now() + DEADLINE_MS;
  for (let last; ; await new Promise((resume) => setTimeout(resume, 100))) {
    try {
      const found = await holds();
      if (found) return found;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw last ?? new Error(`not within ${DEADLINE_MS} ms: ${what}`);
  }
}

export class World {
  folder = mkdtempSync(join(tmpdir(), 'coplan-push-'));
  data = join(this.folder, 'data');
  mesh = join(this.folder, 'mesh');
  base;
  log = [];
  #child;
  #people = new Map();

  constructor() {
    mkdirSync(this.mesh);
  }

  /** Writes the targets file. */
  targets(targets) {
    const value = (one) => (typeof one === 'object' ? `{ ${Object.entries(one).map(line).join(', ')} }` : JSON.stringify(one));
    const line = ([key, one]) => `${key} = ${value(one)}`;
    const text = targets.map((target) => ['[[target]]', ...Object.entries(target).map(line)].join('\n')).join('\n\n');
    writeFileSync(join(this.folder, 'targets.toml'), text);
  }

  async start() {
    const flags = ['demo', '--data', this.data, '--listen', '127.0.0.1:0', '--targets', join(this.folder, 'targets.toml')];
    this.#child = spawn(binary, [...flags, '--requests-per-second', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
    createInterface({ input: this.#child.stderr }).on('line', (line) => this.log.push(line));
    for await (const line of createInterface({ input: this.#child.stdout })) {
      this.base = line.match(/http:\S+/)?.[0];
      if (this.base) break;
    }
    if (!this.base) throw new Error(`it ended before it listened:\n${this.log.join('\n')}`);
    this.#people.clear();
  }

  /** Ends it without a word. */
  async kill() {
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  async end() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Everybody who may sign in. */
  async users() {
    return (await fetch(`${this.base}/dev/users`)).json();
  }

  /** A `fetch` for paths, in the name of somebody with that role or id. */
  async as(who) {
    if (!this.#people.has(who)) {
      const users = await this.users();
      const json = { 'content-type': 'application/json' };
      const body = JSON.stringify({ user: users.find(({ role, id }) => role === who || id === who).id });
      const answer = await fetch(`${this.base}/dev/sign-in`, { method: 'POST', headers: json, body });
      const cookie = answer.headers.get('set-cookie').split(';')[0];
      const asked = async (method, path, sent) => {
        const init = { method, headers: { cookie, ...json }, body: sent && JSON.stringify(sent) };
        const got = await fetch(`${this.base}${path}`, init);
        const text = await got.text();
        return { status: got.status, body: text && JSON.parse(text) };
      };
      this.#people.set(who, asked);
    }
    return this.#people.get(who);
  }

  /** Plans of which a care worker may propose something that a doctor may accept. */
  async editable() {
    const [worker, doctor] = [await this.as('social-care'), await this.as('doctor')];
    const plans = [];
    for (const { plan } of await this.published()) {
      const seen = [await worker('GET', `/api/plans/${plan}`), await doctor('GET', `/api/plans/${plan}`)];
      const may = (body, access) => body.sections?.some((one) => one.section === 'preferences' && access(one.access));
      if (seen.every(({ status }) => status === 200) && may(seen[1].body, (access) => access === 'write')) plans.push(plan);
    }
    return plans;
  }

  /** Changes a plan and publishes it; the new version's number. */
  async publish(plan, words) {
    const [worker, doctor] = [await this.as('social-care'), await this.as('doctor')];
    const id = randomUUID();
    const edit = { 'set-text': { field: 'place_of_care_detail', text: words } };
    const made = await worker('POST', `/api/plans/${plan}/suggestions`, { id, section: 'preferences', edit, reason: 'She said so' });
    if (made.status !== 201) throw new Error(`not suggested: ${JSON.stringify(made)}`);
    const taken = await doctor('POST', `/api/plans/${plan}/suggestions/${id}/decision`, { decision: 'accept' });
    if (taken.status !== 200) throw new Error(`not accepted: ${JSON.stringify(taken)}`);
    const sections = [{ section: 'preferences', heads: [taken.body.change] }];
    const published = await doctor('POST', `/api/plans/${plan}/publications`, { sections });
    if (published.status !== 201) throw new Error(`not published: ${JSON.stringify(published)}`);
    return published.body.version;
  }

  async sql(statement) {
    const file = join(this.data, 'coplan.sqlite');
    const { stdout } = await run('sqlite3', ['-readonly', '-cmd', '.timeout 10000', file, statement], BIG);
    return stdout.trim();
  }

  /** The newest publication of every plan that may be shared: `{ plan, version, text }`, as it is stored. */
  async published() {
    const hidden = await this.hidden();
    const rows = await this.sql(
      `select json_group_array(json_object('plan', plan.id, 'version', plan.version, 'text', cast(bytes as text)))
       from plan join publication_view on publication_view.plan = plan.id and publication_view.version = plan.version
       where publication_view.view = 'fhir'`,
    );
    return JSON.parse(rows).filter(({ plan }) => !hidden.includes(plan));
  }

  /**
   * Plans that may not be shared: the person objects, chose to share with fewer than everybody who cares for them, is very
   * restricted, or the newest version says where they live and that is withheld.
   */
  async hidden() {
    const hidden = `select plan.id from plan join person on person.nhs_number = plan.nhs_number
       where json_extract(demographics, '$.restriction') = 'V' or withheld > published_withheld
         or exists (select 1 from json_each(plan.sharing_choices) choice
           where coalesce(json_extract(choice.value, '$.until') > ${Date.now()}, 1))
         or exists (select 1 from objection where objection.nhs_number = plan.nhs_number
           and withdrawn_at is null and (until_at is null or until_at > ${Date.now()}))`;
    return (await this.sql(hidden)).split('\n').filter(Boolean);
  }

  /** Whose plan each is, by plan: `{ number, name, said }`, the last as the demographics feed has it. */
  async people() {
    const rows = `select json_group_array(json_object('plan', plan.id, 'number', nhs_number, 'name', name, 'said', json(demographics)))
       from person join plan using (nhs_number)`;
    return new Map(JSON.parse(await this.sql(rows)).map(({ plan, ...person }) => [plan, person]));
  }

  /** Says in the place of the demographics feed how far a person is restricted; everything else it says stays. */
  async restrict(plan, restriction) {
    const { number, said } = (await this.people()).get(plan);
    const body = JSON.stringify({ ...said, restriction });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${this.base}/dev/people/${number}/demographics`, { method: 'PUT', headers, body });
    if (answer.status !== 204) throw new Error(`not taken over: ${answer.status}`);
  }

  /** Every publication of every plan that may be shared: the documents as they are stored. */
  async everPublished() {
    const hidden = await this.hidden();
    const rows = await this.sql(`select json_group_array(json_object('plan', plan, 'text', cast(bytes as text))) from publication_view where view = 'fhir'`);
    return JSON.parse(rows).filter(({ plan }) => !hidden.includes(plan)).map(({ text }) => text);
  }

  /** What has not been delivered, as the command line lists it. */
  async outbox(...flags) {
    const { stdout } = await run(binary, ['outbox', 'list', '--data', this.data, ...flags], BIG);
    const named = (line) => {
      const [target, plan, version, what, state, since, attempts, next, reason] = line.split('\t');
      return { target, plan, version: Number(version), what, state, since, attempts: Number(attempts), next, reason };
    };
    return stdout.split('\n').filter(Boolean).map(named);
  }

  async retry(...flags) {
    return (await run(binary, ['outbox', 'retry', '--data', this.data, ...flags])).stdout;
  }

  /** Waits until these targets have everything. */
  delivered(...targets) {
    const these = targets.map((target) => `'${target}'`).join(', ');
    const left = `select ${targets.length} - count(*)
         + (select count(*) from delivery where target in (${these}) and state <> 'delivered')
       from delivery_target where id in (${these}) and taken_up = (select max(seq) from outbox)`;
    return until(`everything is at ${targets.join(', ')}`, async () => (await this.sql(left)) === '0');
  }
}

/** Everything at a server, by type and id, without what a server says of its own versions. */
export function everythingAt({ repository }) {
  const all = new Map();
  for (const [type, byId] of repository.resources) {
    for (const [id, resource] of byId) if (resource) all.set(`${type}/${id}`, bare(resource));
  }
  return all;
}

/** Without what a server sets. */
export function bare({ meta, ...resource }) {
  const { versionId, lastUpdated, ...own } = meta ?? {};
  return Object.keys(own).length > 0 ? { ...resource, meta: own } : resource;
}

/** What a server must hold of a document: the document, and its entries naming each other by type and id. */
export function whatStandsFor(text) {
  const document = JSON.parse(text);
  const names = new Map(document.entry.map(({ fullUrl, resource }) => [fullUrl, `${resource.resourceType}/${resource.id}`]));
  const named = (value) => {
    if (Array.isArray(value)) return value.map(named);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, key === 'reference' && names.has(one) ? names.get(one) : named(one)]),
    );
  };
  const all = new Map([[`Bundle/${document.id}`, bare(document)]]);
  for (const { resource } of document.entry) all.set(`${resource.resourceType}/${resource.id}`, bare(named(resource)));
  return all;
}
