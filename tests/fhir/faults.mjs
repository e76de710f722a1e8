// What stands between Coplan and a target: passes requests on, keeps account of them, and breaks what a test asks for.

import { createServer, request as ask } from 'node:http';

/** Headers that are of one connection. */
const OWN = ['connection', 'host', 'transfer-encoding', 'keep-alive'];

/**
 * Listens in front of `base`, or of nobody, whose answer is then 200 and empty. `seen` holds what came: `{ method, path,
 * headers, body, fault }`.
 */
export async function between(base) {
  const seen = [];
  const faults = [];
  const held = new Set();
  const server = createServer(async (request, response) => {
    const body = await wholeOf(request).catch(() => undefined);
    if (body === undefined) return;
    const asked = { method: request.method, path: request.url, headers: request.headers, body: body.toString('utf8') };
    const fault = faults.find((one) => one.times > 0 && one.when(asked));
    if (fault) fault.times -= 1;
    seen.push({ ...asked, fault: fault?.how });
    const answer = (status, headers = {}, text = '{}') =>
      response.writeHead(status, { 'content-type': 'application/fhir+json', ...headers }).end(text);
    const passedOn = () => passOn(base, request, body);
    try {
      if (fault) return void (await FAULTS[fault.how]({ answer, response, passedOn, held, fault }));
      const { status, headers, text } = await passedOn();
      response.writeHead(status, headers).end(text);
    } catch {
      // Whoever it stands in front of has gone, and so does the connection.
      response.destroy();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const path = base ? new URL(base).pathname : '/';
  return {
    base: `http://127.0.0.1:${server.address().port}${path}`,
    seen,
    /** Breaks the next `times` requests of which `when` is true. */
    fail: (how, { times = 1, when = () => true, ...more } = {}) => faults.push({ how, times, when, ...more }),
    heal: () => faults.splice(0),
    /** How many requests wait for an answer that does not come. */
    held: () => held.size,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const FAULTS = {
  'busy': ({ answer, fault }) => answer(429, { 'retry-after': String(fault.after ?? 1) }),
  'broken': ({ answer }) => answer(500),
  'refused': ({ answer }) =>
    answer(422, {}, JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'invariant', diagnostics: 'Ann Example 9990000018' }] })),
  'redirect': ({ answer, fault }) => answer(307, { location: fault.to }),
  /** Never answers. */
  'deaf': ({ response, held }) => {
    held.add(response);
    response.once('close', () => held.delete(response));
  },
  /** Cuts the connection before anything is done. */
  'cut': ({ response }) => response.socket.destroy(),
  /** Has it done, and cuts the connection in the middle of the answer. */
  'cut-answer': async ({ response, passedOn }) => {
    const { status, headers, text } = await passedOn();
    response.writeHead(status, { ...headers, 'content-length': String(text.length + 100) });
    response.write(text.subarray(0, Math.max(1, text.length >> 1)), () => response.socket.destroy());
  },
  /** Has it done, and says nothing. */
  'deaf-after': async ({ response, passedOn, held }) => {
    await passedOn();
    held.add(response);
    response.once('close', () => held.delete(response));
  },
  /** Answers without end. */
  'flood': async ({ response }) => {
    response.writeHead(200, { 'content-type': 'application/fhir+json' });
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  },
};

async function wholeOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

function passOn(base, { method, url, headers }, body) {
  if (!base) return { status: 200, headers: {}, text: Buffer.alloc(0) };
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN.includes(name)));
  return new Promise((resolve, reject) => {
    const passed = ask(new URL(url, base), { method, headers: kept, agent: false }, async (answer) => {
      const text = await wholeOf(answer).catch(reject);
      const own = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !OWN.includes(name)));
      resolve({ status: answer.statusCode, headers: own, text });
    });
    passed.on('error', reject);
    passed.end(body);
  });
}
