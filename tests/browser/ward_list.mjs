// An app of somebody else at an address of its own, that reads for whoever uses it: SMART App Launch in the browser, by a
// library that nobody here wrote (oauth4webapi), and `fetch`.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const LIBRARY = readFileSync(createRequire(import.meta.url).resolve('oauth4webapi'));
/** What an app asks for, unless a test asks for something else. */
const SCOPES = 'user/CarePlan.rs user/Bundle.read';

const PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Ward list</title><h1>Ward list</h1><p id="says" role="status">Ready</p><script type="module" src="/app.js"></script></html>';

/** Runs in the browser. `begin` goes away to ask; back again, the page has a token in `window.token`, or says why not. */
const APP = `
import * as oauth from '/oauth4webapi.js';
const insecure = { [oauth.allowInsecureRequests]: true };
const client = { client_id: 'ward-list' };
const back = location.origin + '/back';
const say = (words) => { document.getElementById('says').textContent = words; };

async function service(origin) {
  const told = await (await fetch(origin + '/fhir/R4/.well-known/smart-configuration')).json();
  return { ...told, issuer: origin };
}

window.begin = async (origin, scope = '${SCOPES}') => {
  const asked = { origin, state: oauth.generateRandomState(), verifier: oauth.generateRandomCodeVerifier() };
  sessionStorage.setItem('asked', JSON.stringify(asked));
  const url = new URL((await service(origin)).authorization_endpoint);
  const challenge = await oauth.calculatePKCECodeChallenge(asked.verifier);
  for (const [name, value] of Object.entries({ response_type: 'code', client_id: 'ward-list', redirect_uri: back, scope,
    state: asked.state, aud: origin + '/fhir/R4', code_challenge: challenge, code_challenge_method: 'S256' }))
    url.searchParams.set(name, value);
  location.assign(url);
};

window.read = async (below) => {
  const { origin } = JSON.parse(sessionStorage.getItem('asked'));
  const answer = await fetch(origin + '/fhir/R4/' + below, { headers: { authorization: 'Bearer ' + window.token, accept: 'application/fhir+json' } });
  return { status: answer.status, etag: answer.headers.get('etag'), body: await answer.json() };
};

window.search = async (kind, form) => {
  const { origin } = JSON.parse(sessionStorage.getItem('asked'));
  const answer = await fetch(origin + '/fhir/R4/' + kind + '/_search', { method: 'POST', body: new URLSearchParams(form), headers: { authorization: 'Bearer ' + window.token } });
  return { status: answer.status, body: await answer.json() };
};

if (location.pathname === '/back') {
  try {
    const { origin, state, verifier } = JSON.parse(sessionStorage.getItem('asked'));
    const server = await service(origin);
    const came = oauth.validateAuthResponse(server, client, new URL(location.href), state);
    const answer = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), came, back, verifier, insecure);
    const token = await oauth.processAuthorizationCodeResponse(server, client, answer);
    window.token = token.access_token;
    say('May read: ' + token.scope);
  } catch (problem) {
    say('May not read: ' + (problem.error ?? problem.message));
  }
}
`;

const FILES = {
  '/': ['text/html', PAGE],
  '/back': ['text/html', PAGE],
  '/app.js': ['text/javascript', APP],
  '/oauth4webapi.js': ['text/javascript', LIBRARY],
};

export class WardList {
  /** Where it is: another site than the service, which is at an address with a number. */
  origin;
  #server;

  static async start() {
    const app = new WardList();
    app.#server = createServer((request, response) => {
      const [kind, file] = FILES[new URL(request.url, 'http://x').pathname] ?? [];
      response.writeHead(file ? 200 : 404, { 'content-type': kind ?? 'text/plain' }).end(file);
    });
    await new Promise((listening) => app.#server.listen(0, 'localhost', listening));
    app.origin = `http://localhost:${app.#server.address().port}`;
    return app;
  }

  /** What the service's identity file says of it. */
  get entry() {
    return `[[app]]\nid = "ward-list"\ntitle = "Ward list <of the hospital>"\nredirect_uris = ["${this.origin}/back"]\nscopes = ["user/*.rs"]\n`;
  }

  end() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
