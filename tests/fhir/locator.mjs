// A record locator as strict as the National Record Locator's producer interface: it judges each pointer, and does nothing
// for whoever has no token.
//
// A pointer is created with the id that it brings, once; or, as the source of the National Record Locator has it, with an id
// that the locator makes up and says in `Location`. What it replaces must be there, of the same person and type, and goes when
// it comes. There is no PUT.

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { whatIsWrongWithPointer } from './nrl.mjs';

const ROOT = '/producer/FHIR/R4';
const POINTERS = `${ROOT}/DocumentReference`;

/**
 * Starts one for the pointers of an organisation: `{ base, token, held, seen, stop }`. `held` are the pointers by id, `seen`
 * what came and how it was answered; `token` is what is demanded, and may be set anew. With `names` it makes up the ids;
 * with `pages` it says that a search found more than it gives.
 */
export async function start({ ods, token, names = false }) {
  const locator = { ods, token, names, held: new Map(), seen: [] };
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const asked = { method: request.method, path: request.url, headers: request.headers, body: Buffer.concat(parts).toString('utf8') };
    const { status, headers = {}, resource } = answer(locator, asked);
    locator.seen.push({ ...asked, status });
    response.writeHead(status, { 'content-type': 'application/fhir+json', ...headers }).end(JSON.stringify(resource));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(locator, {
    base: `http://127.0.0.1:${server.address().port}${ROOT}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  });
}

function answer(locator, { method, path, headers, body }) {
  if (headers.authorization !== `Bearer ${locator.token}`) return refusal(401, 'login');
  if (headers['nhsd-end-user-organisation-ods'] !== locator.ods) return refusal(400, 'required', 'for which organisation?');
  if (method === 'POST' && path === POINTERS) return create(locator, headers, body);
  if (method === 'POST' && path === `${POINTERS}/_search`) return search(locator, body);
  const id = path.startsWith(`${POINTERS}/`) ? decodeURIComponent(path.slice(POINTERS.length + 1)) : undefined;
  if (!id || !['GET', 'DELETE'].includes(method)) return refusal(405, 'not-supported');
  if (!id.startsWith(`${locator.ods}-`)) return refusal(403, 'forbidden', 'it belongs to another organisation');
  const pointer = locator.held.get(id);
  if (!pointer) return refusal(404, 'not-found');
  if (method === 'GET') return { status: 200, resource: pointer };
  locator.held.delete(id);
  return { status: 200, resource: outcome('information', 'informational', 'deleted') };
}

/** Pointers of one person, as the National Record Locator's producer interface takes it: the parameters are JSON. */
function search(locator, body) {
  const number = /^https:\/\/fhir\.nhs\.uk\/Id\/nhs-number\|(\d{10})$/.exec(JSON.parse(body)['subject:identifier'])?.[1];
  if (!number) return refusal(400, 'invalid', 'whose?');
  const found = [...locator.held.values()].filter(({ subject }) => subject.identifier.value === number);
  const entry = found.map((resource) => ({ resource }));
  const link = locator.pages ? [{ relation: 'next', url: `${locator.base}/DocumentReference?page=2` }] : [];
  return { status: 200, resource: { resourceType: 'Bundle', type: 'searchset', total: entry.length, link, entry } };
}

function create(locator, headers, body) {
  if (!headers['content-type']?.startsWith('application/fhir+json')) return refusal(415, 'not-supported');
  const brought = JSON.parse(body);
  const pointer = locator.names ? { ...brought, id: `${locator.ods}-${randomUUID()}` } : brought;
  const wrong = whatIsWrongWithPointer(pointer);
  if (wrong.length > 0) return refusal(400, 'invalid', wrong.join('; '));
  if (pointer.custodian.identifier.value !== locator.ods) return refusal(400, 'invalid', 'the custodian is somebody else');
  if (locator.held.has(pointer.id)) return refusal(409, 'duplicate');
  const related = pointer.relatesTo ?? [];
  const unfit = related.find(({ target }) => !mayRelate(pointer, locator.held.get(target.identifier.value)));
  if (unfit) return refusal(400, 'invalid', 'what it relates to is not there, or of another person or type');
  for (const { code, target } of related) if (code === 'replaces') locator.held.delete(target.identifier.value);
  locator.held.set(pointer.id, pointer);
  const headersOfNew = { location: `/producer/FHIR/R4/DocumentReference/${pointer.id}` };
  return { status: 201, headers: headersOfNew, resource: outcome('information', 'informational', 'created') };
}

const told = ({ subject, type }) => `${subject.identifier.value} ${type.coding[0].code}`;
const mayRelate = (pointer, old) => old !== undefined && told(old) === told(pointer);
const refusal = (status, code, words = code) => ({ status, resource: outcome('error', code, words) });
const outcome = (severity, code, diagnostics) => ({ resourceType: 'OperationOutcome', issue: [{ severity, code, diagnostics }] });
