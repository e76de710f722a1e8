// A provider that lies: it signs whatever a test asks for, in good faith or not.

import { once } from 'node:events';
import http from 'node:http';
import * as jose from 'jose';

/** Who it says it is that signs in, unless a lie says otherwise. */
const SUBJECT = 'somebody';
const CLIENT = 'coplan-liar';

export class Liar {
  issuer;
  /** What is wrong next: an object with `claims`, `header`, `token`, `answer`, `status`, `silent` or `back`. */
  lie = {};
  #http;
  #key;
  #stranger;
  #nonce;
  #kid = 'own';

  static async start() {
    const liar = new Liar();
    const pair = () => jose.generateKeyPair('RS256', { extractable: true });
    [liar.#key, liar.#stranger] = await Promise.all([pair(), pair()]);
    liar.#http = http.createServer((request, response) => liar.#answer(request, response));
    liar.#http.listen(0, '127.0.0.1');
    await once(liar.#http, 'listening');
    liar.issuer = `http://127.0.0.1:${liar.#http.address().port}`;
    return liar;
  }

  /** Signs with another key from now on, and publishes it under that name. */
  async changeKey(kid) {
    this.#key = await jose.generateKeyPair('RS256', { extractable: true });
    this.#kid = kid;
  }

  async end() {
    this.#http.closeAllConnections();
    this.#http.close();
    await once(this.#http, 'close');
  }

  /** Its part of an identity file. */
  get entry() {
    return `
[[provider]]
id = "liar"
title = "A provider that lies"
for = "staff"
issuer = "${this.issuer}"
client_id = "${CLIENT}"
auth = "none"
`;
  }

  async #answer(request, response) {
    const url = new URL(request.url, this.issuer);
    const json = (value, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    if (url.pathname === '/.well-known/openid-configuration') return json(this.#published());
    if (url.pathname === '/jwks') return json({ keys: [await this.#jwk()] });
    if (url.pathname === '/authorize') return this.#authorize(url, response);
    if (url.pathname === '/token' && this.lie.silent) return;
    if (url.pathname === '/token') return json(await this.#tokens(), this.lie.status ?? 200);
    return json({}, 404);
  }

  #published() {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      authorization_response_iss_parameter_supported: true,
    };
  }

  async #jwk() {
    return { ...(await jose.exportJWK(this.#key.publicKey)), alg: 'RS256', use: 'sig', kid: this.#kid };
  }

  #authorize(url, response) {
    this.#nonce = url.searchParams.get('nonce');
    const back = { code: 'a-code', state: url.searchParams.get('state'), iss: this.issuer, ...this.lie.back };
    const given = Object.entries(back).filter(([, value]) => value !== undefined);
    response.writeHead(303, { location: `${url.searchParams.get('redirect_uri')}?${new URLSearchParams(given)}` });
    response.end();
  }

  async #tokens() {
    if (this.lie.answer) return this.lie.answer;
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: this.issuer,
      sub: SUBJECT,
      aud: CLIENT,
      nonce: this.#nonce,
      iat: now,
      exp: now + 300,
      name: 'Dr Ada Fernsby',
      id_assurance_level: '3',
      authentication_assurance_level: '3',
      nhsid_nrbac_roles: [{ person_roleid: '1', org_code: 'Z9A01', role_code: 'S8000:G8000:R8000', role_name: 'GP' }],
      ...this.lie.claims?.(now),
    };
    const token = await this.#sign(claims);
    return { access_token: 'an-access-token', token_type: 'Bearer', id_token: this.lie.token?.(token) ?? token };
  }

  async #sign(claims) {
    const { alg = 'RS256', kid = this.#kid, by = 'own' } = this.lie.header ?? {};
    const secret = alg.startsWith('HS') ? new TextEncoder().encode(CLIENT.repeat(4)) : undefined;
    const { privateKey } = by === 'own' ? this.#key : this.#stranger;
    return signed(claims, { alg, kid }, secret ?? (await jose.exportJWK(privateKey)));
  }
}

/** Signs claims as `header` says: with a private JWK, whatever algorithm it is meant for, or with a shared secret. */
export async function signed(claims, header, key) {
  if (header.alg === 'none') {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${part(header)}.${part(claims)}.`;
  }
  const { alg: _, ...same } = key;
  const by = key instanceof Uint8Array ? key : await jose.importJWK(same, header.alg);
  return new jose.SignJWT(claims).setProtectedHeader(header).sign(by);
}

/** Changes the subject of a token and leaves its signature. */
export function tampered(token) {
  const [header, payload, signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'somebody-else' })).toString('base64url');
  return [header, changed, signature].join('.');
}
