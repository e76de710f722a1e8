// Somebody who has signed in: what they may ask for over HTTP.

/** Signs `user` in, by id, as development sign-in allows. */
export async function signIn(server, user) {
  const response = await fetch(`${server.origin}/dev/sign-in`, jsonPost({ user }))
  if (!response.ok) throw new Error(`sign-in of ${user} answers ${response.status}: ${await response.text()}`)
  const cookie = response.headers.getSetCookie().find(text => text.startsWith("coplan_session="))
  if (cookie === undefined) throw new Error("sign-in sets no cookie")
  return new Session(server, (await response.json()).user, cookie.split(";")[0])
}

/** Everybody who may sign in. */
export async function users(server) {
  return (await fetch(`${server.origin}/dev/users`)).json()
}

export class Session {
  constructor(server, user, cookie) {
    this.server = server
    this.user = user
    this.cookie = cookie
  }

  /** The response to a GET, whatever it is. */
  fetch(path, options = {}) {
    const headers = { ...options.headers, cookie: this.cookie }
    return fetch(`${this.server.origin}${path}`, { ...options, headers })
  }

  /** The response to a POST, whatever it is. */
  post(path, body) {
    return this.fetch(path, jsonPost(body))
  }

  /** The JSON that a GET answers with. */
  async get(path) {
    const response = await this.fetch(path)
    if (!response.ok) throw new Error(`GET ${path} answers ${response.status}: ${await response.text()}`)
    return response.json()
  }

  /** A fresh ticket for one WebSocket. */
  async ticket() {
    const response = await this.post("/api/sync-tickets", {})
    if (!response.ok) throw new Error(`no ticket: ${response.status} ${await response.text()}`)
    return (await response.json()).ticket
  }

  /** One section of a plan as this user's list has it, or undefined. */
  async section(plan, section) {
    const { sections } = await this.get(`/api/plans/${plan}`)
    return sections.find(entry => entry.section === section)
  }
}

function jsonPost(body) {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }
}
