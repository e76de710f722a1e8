// Whoever is called by a FHIR R4 Subscription of the channel `rest-hook`: calls without a body are counted, resources are
// held under the address at which they are put, and let go of when they are deleted. Everything else is refused.

import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';

const ROOT = '/hooks/coplan';

/**
 * Starts one: `{ base, held, seen, calls, connections, stop }`. `tls` is `{ key, cert }`, and `token` is demanded of every
 * request if there is one. `host` is by which name it is called.
 */
export async function start({ tls, token, host = '127.0.0.1' } = {}) {
  const hook = { token, held: new Map(), seen: [], calls: 0, connections: 0 };
  const answered = async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const asked = { method: request.method, path: request.url, headers: request.headers, body: Buffer.concat(parts).toString('utf8') };
    const status = answer(hook, asked);
    hook.seen.push({ ...asked, status });
    response.writeHead(status).end();
  };
  const server = tls ? createSecureServer(tls, answered) : createServer(answered);
  server.on('connection', () => (hook.connections += 1));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(hook, {
    base: `${tls ? 'https' : 'http'}://${host}:${server.address().port}${ROOT}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  });
}

function answer(hook, { method, path, headers, body }) {
  if (hook.token && headers.authorization !== `Bearer ${hook.token}`) return 401;
  if (path === ROOT && method === 'POST' && body === '') {
    hook.calls += 1;
    return 200;
  }
  const name = path.startsWith(`${ROOT}/`) ? path.slice(ROOT.length + 1) : '';
  if (!/^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.test(name)) return 400;
  if (method === 'DELETE') return hook.held.delete(name) ? 204 : 404;
  if (method !== 'PUT' || !headers['content-type']?.startsWith('application/fhir+json')) return 400;
  const { resourceType, id } = JSON.parse(body);
  if (`${resourceType}/${id}` !== name) return 400;
  const status = hook.held.has(name) ? 200 : 201;
  hook.held.set(name, body);
  return status;
}
