// A browser without a screen: keeps cookies by host and path, follows redirects one at a time, forgets nothing it was shown.

/** Longest row of redirects. */
const REDIRECTS_MAX = 12;

export class Visitor {
  /** Every address and body that was shown, for what must not stand in them. */
  seen = [];
  #cookies = [];
  #headers;

  /** `headers` go with every request. */
  constructor(origin, headers = {}) {
    this.origin = origin;
    this.#headers = headers;
  }

  /** One request, with the cookies that belong to it. */
  async ask(address, { method = 'GET', body, headers = {} } = {}) {
    const url = new URL(address, this.origin);
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const cookie = this.#cookies.filter((kept) => fits(kept, url)).map(({ name, value }) => `${name}=${value}`);
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { ...this.#headers, ...json, ...(cookie.length > 0 ? { cookie: cookie.join('; ') } : {}), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line, url);
    const text = await response.text();
    const location = response.headers.get('location');
    const next = location === null ? undefined : new URL(location, url).href;
    const answer = { status: response.status, headers: response.headers, text, url: url.href, next };
    this.seen.push(answer);
    return answer;
  }

  /** The JSON of an address. */
  async json(address, request) {
    const answer = await this.ask(address, request);
    return { status: answer.status, ...(answer.text === '' ? {} : { body: JSON.parse(answer.text) }) };
  }

  /** Follows redirects until there is none, or until `stop` says so of the next address. */
  async follow(address, stop = () => false) {
    let answer = await this.ask(address);
    for (let steps = 0; steps < REDIRECTS_MAX && answer.next !== undefined && !stop(answer.next); steps += 1) {
      answer = await this.ask(answer.next);
    }
    return answer;
  }

  /** Goes to a provider through `way` and chooses an identity there; gives the address that leads back, unopened. */
  async goAs(way, who, to = '') {
    const query = to === '' ? '' : `?return=${encodeURIComponent(to)}`;
    const page = await this.follow(`/auth/${way}/start${query}`);
    const isBack = (next) => next.startsWith(`${this.origin}/auth/callback`);
    const back = await this.follow(`${page.url}/as/${encodeURIComponent(who)}`, isBack);
    return back.next;
  }

  /** The same, and back: where the service sends the browser. */
  async signInAs(way, who, to = '') {
    return this.ask(await this.goAs(way, who, to));
  }

  /** A cookie by its name, if it is kept. */
  cookie(name) {
    return this.#cookies.find((kept) => kept.name === name);
  }

  #keep(line, url) {
    const [pair, ...attributes] = line.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const named = (wanted) => attributes.find((text) => text.toLowerCase().startsWith(`${wanted}=`));
    const path = named('path')?.slice('path='.length) ?? '/';
    const kept = { name: pair.slice(0, at), value: pair.slice(at + 1), host: url.host, path, attributes };
    const same = ({ name, host, path: other }) => name === kept.name && host === kept.host && other === path;
    this.#cookies = this.#cookies.filter((other) => !same(other));
    if (kept.value !== '' && named('max-age') !== 'Max-Age=0') this.#cookies.push(kept);
  }
}

function fits(cookie, url) {
  const under = url.pathname === cookie.path || url.pathname.startsWith(cookie.path.replace(/\/?$/, '/'));
  return cookie.host === url.host && under;
}
