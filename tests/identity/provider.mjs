// The identity provider of the tests: a certified OpenID library on a loopback port, in this process. It plays a provider
// for staff shaped like CIS2, one for people shaped like NHS login, and whatever else a test adds.
//
// Signing in is one page with a button for each identity; nobody types a password.

import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as jose from 'jose';
import Provider from 'oidc-provider';

/** What each client is called. */
export const STAFF_CLIENT = 'coplan-staff';
export const PEOPLE_CLIENT = 'coplan-people';

/** What this service knows staff by. */
const SECRET = 'a-secret-of-the-tests-that-guards-nothing';

export class TestProvider {
  /** `http://127.0.0.1:<port>`, which is also the issuer. */
  issuer;
  /** Keys and secrets, for the identity file to name. */
  folder;
  #http;
  #provider;
  #options;
  #identities;
  #keys;

  /**
   * Listens. It answers to nobody until `open` has told it where to send browsers back.
   *
   * `identities` is what it says of each, by name. `options` add to what it plays: `clients(origin)`, `configuration`,
   * `use(provider)` and `route(request, response, url)`, which gives true when it has answered.
   */
  static async start(identities, options = {}) {
    const made = new TestProvider();
    made.folder = mkdtempSync(join(tmpdir(), 'coplan-identity-'));
    made.#identities = identities;
    made.#options = options;
    made.#keys = await made.#makeKeys();
    await made.#listen(0);
    made.issuer = `http://127.0.0.1:${made.#http.address().port}`;
    return made;
  }

  /** Begins to serve a service at `origin`. */
  open(origin) {
    const { signing, client } = this.#keys;
    const callback = [`${origin}/auth/callback`];
    const clients = [
      {
        client_id: STAFF_CLIENT,
        client_secret: SECRET,
        redirect_uris: callback,
        token_endpoint_auth_method: 'client_secret_basic',
        id_token_signed_response_alg: 'RS256',
      },
      {
        client_id: PEOPLE_CLIENT,
        redirect_uris: callback,
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'RS512',
        id_token_signed_response_alg: 'RS512',
        jwks: { keys: [client] },
      },
      ...(this.#options.clients?.(origin) ?? []),
    ];
    this.#provider = new Provider(this.issuer, {
      clients,
      jwks: { keys: signing },
      pkce: { required: () => true },
      conformIdTokenClaims: false,
      extraParams: ['vtr', 'launch', 'aud'],
      scopes: ['openid', 'offline_access', 'launch', 'fhirUser', 'nationalrbacaccess'],
      claims: { openid: ['sub', ...this.#claims()] },
      enabledJWA: {
        clientAuthSigningAlgValues: ['RS512', 'RS256'],
        idTokenSigningAlgValues: ['RS256', 'RS512'],
      },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      cookies: { keys: ['of the tests'] },
      findAccount: (_, id) => ({
        accountId: id,
        claims: () => ({ sub: id, ...this.#identities[id] }),
      }),
      ...this.#options.configuration,
    });
    this.#options.use?.(this.#provider);
  }

  /** What it signs with by RS256, for tests that make it lie. */
  get signingKey() {
    return this.#keys.signing[0];
  }

  /** Says other things of somebody from now on. */
  say(who, claims) {
    this.#identities[who] = claims;
  }

  /** Ends, as a provider does that is out of order; `again` brings it back at the same address. */
  async stop() {
    this.#http.closeAllConnections();
    this.#http.close();
    await once(this.#http, 'close');
  }

  async again() {
    await this.#listen(Number(new URL(this.issuer).port));
  }

  async end() {
    if (this.#http.listening) await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Writes an identity file with both providers, and `more` after them; gives its path. */
  identityFile(more = '') {
    const text = `
[[provider]]
id = "cis2"
title = "NHS Care Identity"
for = "staff"
issuer = "${this.issuer}"
client_id = "${STAFF_CLIENT}"
auth = "client_secret"
secret_file = "secret"
scopes = ["nationalrbacaccess"]

[[provider]]
id = "nhs-login"
title = "NHS login"
for = "people"
issuer = "${this.issuer}"
client_id = "${PEOPLE_CLIENT}"
auth = "private_key_jwt"
key_file = "client-key.pem"
key_id = "client"
alg = "RS512"
id_token_alg = "RS512"

${ROLES}
${more}`;
    const path = join(this.folder, 'identity.toml');
    writeFileSync(path, text);
    return path;
  }

  #claims() {
    const names = Object.values(this.#identities).flatMap((claims) => Object.keys(claims));
    return [...new Set(names)];
  }

  async #makeKeys() {
    const pair = (alg) => jose.generateKeyPair(alg, { extractable: true });
    const [rs256, rs512, client] = await Promise.all(['RS256', 'RS512', 'RS512'].map(pair));
    const jwk = async (key, alg, kid) => ({ ...(await jose.exportJWK(key)), alg, use: 'sig', kid });
    this.#secret('client-key.pem', await jose.exportPKCS8(client.privateKey));
    this.#secret('secret', `${SECRET}\n`);
    const signing = [
      await jwk(rs256.privateKey, 'RS256', 'rs256'),
      await jwk(rs512.privateKey, 'RS512', 'rs512'),
    ];
    return { signing, client: await jwk(client.publicKey, 'RS512', 'client') };
  }

  #secret(name, text) {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    chmodSync(path, 0o600);
  }

  async #listen(port) {
    this.#http = http.createServer((request, response) => {
      this.#answer(request, response).catch((error) => {
        response.statusCode = 500;
        response.end(String(error));
      });
    });
    this.#http.listen(port, '127.0.0.1');
    await once(this.#http, 'listening');
  }

  async #answer(request, response) {
    const url = new URL(request.url, this.issuer);
    if (this.#provider === undefined) {
      response.statusCode = 503;
      response.end();
      return;
    }
    if (await this.#options.route?.(request, response, url)) return;
    const chosen = /^\/interaction\/[^/]+\/as\/([^/]+)$/.exec(url.pathname);
    if (chosen) await this.#finish(request, response, decodeURIComponent(chosen[1]));
    else if (url.pathname.startsWith('/interaction/')) this.#choose(response, url);
    else await this.#provider.callback()(request, response);
  }

  #choose(response, url) {
    const link = (id) => `<p><a href="${url.pathname}/as/${encodeURIComponent(id)}">Sign in as ${id}</a></p>`;
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><title>Test provider</title>${Object.keys(this.#identities).map(link).join('')}`);
  }

  async #finish(request, response, accountId) {
    const { params } = await this.#provider.interactionDetails(request, response);
    const grant = new this.#provider.Grant({ accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    const grantId = await grant.save();
    const result = { login: { accountId, remember: false }, consent: { grantId } };
    await this.#provider.interactionFinished(request, response, result);
  }
}

/** What national roles are to the service, in these tests. */
export const ROLES = `
[[role]]
activity = "B1611"
role = "specialist"
senior = true

[[role]]
role_code = "S8000:G8000:R8000"
role = "doctor"
senior = true

[[role]]
role_code = "S8000:G8001"
role = "registered-professional"

[[role]]
role_code = "S8003:G8003"
role = "crew"
`;
