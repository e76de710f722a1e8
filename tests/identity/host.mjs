// A host record for the tests: a page with its patients, a FHIR server that launches apps (SMART App Launch), and a server
// that signs launches itself. The person at the screen has signed in to the host already, so nothing here asks who they are.

import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as jose from 'jose';
import { signed } from './liar.mjs';
import { TestProvider } from './provider.mjs';

/** What this service is called at the host. */
const CLIENT = 'coplan-smart';
const SCOPES = ['openid', 'offline_access', 'launch', 'fhirUser', 'patient/*.read'];
const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
const GMC_NUMBER = 'https://fhir.hl7.org.uk/Id/gmc-number';

/** Who works with the host's record. All invented. */
export const USERS = {
  ada: {
    name: 'Dr Ada Fernsby',
    role: 'gp',
    job_title: 'GP partner',
    registration: 'GMC 7099901',
    fhirUser: 'Practitioner/ada',
  },
  bryn: { name: 'Bryn Castellane', role: ['gp', 'nurse'], registration: 'NMC 70A0002E', fhirUser: 'Practitioner/bryn' },
  /** Says nothing but where to read who it is. */
  cleo: { role: 'gp', fhirUser: 'Practitioner/cleo' },
};

export class HostRecord {
  /** `http://127.0.0.1:<port>/fhir`. */
  iss;
  /** What the token's answer says besides the patient, for tests that make it lie. */
  extra = {};
  /** Changes an id token before it is sent with an access token, for tests that make it lie. */
  tamper = (token) => token;
  /** Changes a resource before it is sent, for tests that make it lie. */
  alter = (resource) => resource;
  #provider;
  #library;
  #patients;
  #service;
  #key;
  #stranger;
  /** Launches that were begun in the host: who and whose record, by the host's word. */
  #launches = new Map();
  /** The same by grant, once the service has asked. */
  #granted = new Map();

  /** Listens; `patients` are NHS numbers by the host's own ids. */
  static async start(patients) {
    const host = new HostRecord();
    host.#patients = patients;
    host.#key = await jose.generateKeyPair('ES256', { extractable: true });
    host.#stranger = await jose.generateKeyPair('RS256', { extractable: true });
    host.#provider = await TestProvider.start(structuredClone(USERS), {
      clients: (origin) => [
        {
          client_id: CLIENT,
          redirect_uris: [`${origin}/launch/callback`],
          token_endpoint_auth_method: 'none',
          id_token_signed_response_alg: 'RS256',
        },
      ],
      configuration: { scopes: SCOPES, loadExistingGrant: grantOfThisLaunch },
      use: (library) => host.#use(library),
      route: (request, response, url) => host.#route(request, response, url),
    });
    host.iss = `${host.#provider.issuer}/fhir`;
    writeFileSync(join(host.#provider.folder, 'host.pem'), await jose.exportSPKI(host.#key.publicKey));
    return host;
  }

  /** Begins to serve a service at `origin`. */
  open(origin) {
    this.#service = origin;
    this.#provider.open(origin);
  }

  end() {
    return this.#provider.end();
  }

  /** The identity file of a service that this host launches. */
  identityFile() {
    const roles = `
gp = { role = "doctor", job_title = "General practitioner", senior = true }
nurse = { role = "registered-professional", job_title = "Practice nurse" }`;
    const path = join(this.#provider.folder, 'identity.toml');
    const text = `
[[smart]]
id = "northgate"
title = "Northgate record"
iss = "${this.iss}"
client_id = "${CLIENT}"
organisation = "Z9A01"
assurance = 2
[smart.role_map]${roles}

[[host]]
id = "epcr"
title = "Ambulance record"
issuer = "https://epcr.ambulance.example"
alg = "ES256"
keys = ["host.pem"]
organisation = "Z9G01"
assurance = 2
[host.role_map]
paramedic = { role = "crew", job_title = "Paramedic" }
`;
    writeFileSync(path, text);
    return path;
  }

  /** The host's page of `user`, on another site than the service's. */
  page(user) {
    return `${this.#provider.issuer.replace('127.0.0.1', 'localhost')}/host?user=${user}`;
  }

  /** Begins a launch without the page; the address that the host's page would open. */
  launch(user, patient) {
    const launch = randomUUID();
    this.#launches.set(launch, { user, patient });
    return `${this.#service}/launch?${new URLSearchParams({ iss: this.iss, launch })}`;
  }

  /** Signs a launch as the ambulance's record does; `claims` change what it says. */
  async sign(claims = {}) {
    const now = Math.floor(Date.now() / 1000);
    const says = {
      iss: 'https://epcr.ambulance.example',
      aud: this.#service,
      jti: randomUUID(),
      iat: now,
      exp: now + 60,
      user: { id: 'p-1', name: 'Dara Okonjo', role: 'paramedic', job_title: 'Paramedic' },
      app: 'crew',
      ...claims,
    };
    return new jose.SignJWT(says).setProtectedHeader({ alg: 'ES256' }).sign(this.#key.privateKey);
  }

  /**
   * An id token of this host told again, for tests that make it lie: with what `claims(now, own)` gives besides, under
   * `header`, signed by the host's `own` key or by that of a `stranger`, by the one for launches that it signs itself
   * (`launch`), or by what is `published` of its own, taken for a shared secret.
   */
  async retold(token, { claims, header, by = 'own' } = {}) {
    const own = jose.decodeJwt(token);
    const said = { ...own, ...claims?.(Math.floor(Date.now() / 1000), own) };
    return signed(said, { ...jose.decodeProtectedHeader(token), ...header }, await this.#keyOf(by));
  }

  /** The public half of the stranger's key, as somebody would bring it along. */
  strangersKey() {
    return jose.exportJWK(this.#stranger.publicKey);
  }

  async #keyOf(whose) {
    const own = this.#provider.signingKey;
    if (whose === 'own') return own;
    if (whose === 'stranger') return jose.exportJWK(this.#stranger.privateKey);
    if (whose === 'launch') return jose.exportJWK(this.#key.privateKey);
    const { kty, n, e } = own;
    const published = await jose.importJWK({ kty, n, e }, 'RS256', { extractable: true });
    return new TextEncoder().encode(await jose.exportSPKI(published));
  }

  #use(library) {
    this.#library = library;
    library.use(async (context, next) => {
      await next();
      if (context.oidc?.route !== 'token' || !context.body?.access_token) return;
      const launched = this.#granted.get(context.oidc.entities.Grant?.jti);
      Object.assign(context.body, { patient: launched?.patient, need_patient_banner: false }, this.extra);
      context.body.id_token = await this.tamper(context.body.id_token, context.body.access_token);
    });
  }

  async #route(request, response, url) {
    if (url.pathname === '/host') return this.#showPage(response, url);
    if (url.pathname === '/host/open') {
      return redirect(response, this.launch(url.searchParams.get('user'), url.searchParams.get('patient')));
    }
    if (url.pathname === '/fhir/.well-known/smart-configuration') return json(response, this.#configuration());
    if (url.pathname.startsWith('/fhir/')) return this.#read(request, response, url.pathname.slice('/fhir/'.length));
    if (url.pathname.startsWith('/interaction/')) return this.#grant(request, response);
    return false;
  }

  #showPage(response, url) {
    const user = url.searchParams.get('user');
    const link = (id) =>
      `<p><a href="/host/open?user=${user}&patient=${id}" target="coplan">Open the plan of ${id}</a></p>`;
    response.setHeader('content-type', 'text/html');
    const links = Object.keys(this.#patients).map(link).join('');
    response.end(`<!doctype html><title>Northgate record</title><h1>${USERS[user].name ?? user}</h1>${links}`);
    return true;
  }

  #configuration() {
    const at = this.#provider.issuer;
    return {
      issuer: at,
      jwks_uri: `${at}/jwks`,
      authorization_endpoint: `${at}/auth`,
      token_endpoint: `${at}/token`,
      grant_types_supported: ['authorization_code'],
      scopes_supported: SCOPES,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      capabilities: ['launch-ehr', 'client-public', 'context-ehr-patient', 'sso-openid-connect'],
    };
  }

  /** Whoever the host's user is has signed in there: nothing is asked. */
  async #grant(request, response) {
    const { params } = await this.#library.interactionDetails(request, response);
    const launched = this.#launches.get(params.launch);
    if (launched === undefined || params.aud !== this.iss) {
      const result = { error: 'invalid_request', error_description: 'no such launch' };
      await this.#library.interactionFinished(request, response, result);
      return true;
    }
    const accountId = launched.user;
    const grant = new this.#library.Grant({ accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    const grantId = await grant.save();
    this.#granted.set(grantId, launched);
    const result = { login: { accountId, remember: false }, consent: { grantId } };
    await this.#library.interactionFinished(request, response, result);
    return true;
  }

  async #read(request, response, path) {
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    if (!(await this.#library.AccessToken.find(token))) {
      response.statusCode = 401;
      response.end();
      return true;
    }
    const [kind, id] = path.split('/');
    if (kind === 'Patient' && id in this.#patients) {
      const identifier = [{ system: NHS_NUMBER, value: this.#patients[id] }];
      return json(response, this.alter({ resourceType: 'Patient', id, identifier }));
    }
    if (kind === 'Practitioner') {
      const name = [{ prefix: ['Dr'], given: ['Cleo'], family: 'Marchbanks' }];
      const identifier = [{ system: GMC_NUMBER, value: '7099903' }];
      return json(response, this.alter({ resourceType: 'Practitioner', id, name, identifier }));
    }
    response.statusCode = 404;
    response.end();
    return true;
  }
}

/** Each launch is of its own: another patient was open at the last. */
function grantOfThisLaunch(context) {
  const grant = context.oidc.result?.consent?.grantId;
  return grant && context.oidc.provider.Grant.find(grant);
}

function json(response, body) {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
  return true;
}

function redirect(response, to) {
  response.statusCode = 302;
  response.setHeader('location', to);
  response.end();
  return true;
}
