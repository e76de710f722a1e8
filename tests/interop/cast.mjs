// Who plays in a test: people and plans of the demo world, found by what they may do, so that no test knows their names.

import { signIn, users } from "./session.mjs"

/** Chooses people and plans of one server. */
export class Cast {
  #taken = new Set()

  static async of(server) {
    const cast = new Cast()
    cast.server = server
    cast.staff = (await users(server)).filter(user => user.kind === "staff")
    // Of the region whose organisations all work with the demo's plans; codes of the other one begin otherwise.
    cast.region = cast.staff.filter(user => user.organisation_code.startsWith("Z9"))
    cast.sections = (await (await signIn(server, cast.staff[0].id)).get("/api/sections")).sections
    return cast
  }

  /** Two members of staff of different organisations who write a section; ids. */
  writers(section) {
    const able = this.region.filter(user => this.#section(section).writes.includes(user.role))
    const second = able.find(user => user.organisation_code !== able[0].organisation_code)
    return [able[0].id, second.id]
  }

  /** Somebody of staff who reads a section but does not write it; an id. */
  reader(section) {
    const { reads, writes } = this.#section(section)
    return this.region.find(user => reads.includes(user.role) && !writes.includes(user.role)).id
  }

  /** Somebody of staff who neither reads nor writes a section; an id. */
  outsider(section) {
    const { reads, writes } = this.#section(section)
    return this.region.find(user => ![...reads, ...writes].includes(user.role)).id
  }

  /** A plan that no other test of this file has used, and which holds `section`: `{plan, url, documentId}`. */
  async document(section, user) {
    const session = await signIn(this.server, user)
    for (const { id } of await session.get("/api/plans")) {
      if (this.#taken.has(id)) continue
      const entry = await session.section(id, section)
      if (entry === undefined) continue
      this.#taken.add(id)
      return { plan: id, url: entry.url, documentId: entry.url.replace("automerge:", "") }
    }
    throw new Error(`no plan is left with \`${section}\``)
  }

  #section(id) {
    return this.sections.find(section => section.id === id)
  }
}
