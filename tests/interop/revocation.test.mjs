// Somebody who is kept out of a plan while they work: an unmodified client gets nothing further, and loses nothing.

import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { decodeSyncMessage } from "@automerge/automerge"
import { decodeHeads, updateText } from "@automerge/automerge-repo"
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs"
import { Cast } from "./cast.mjs"
import { Client } from "./client.mjs"
import { Server } from "./server.mjs"
import { signIn } from "./session.mjs"
import { until } from "./until.mjs"

const FIELD = "place_of_care_detail"
const SECTION = "preferences"
let server, cast

before(async () => {
  server = await Server.start()
  cast = await Cast.of(server)
})
after(() => server.stop())

function append(handle, words) {
  handle.change(doc => updateText(doc, ["fields", FIELD], doc.fields[FIELD] + words))
}

/** A plan that no other test has used, and two who write in it; the first may say who works with it. */
async function scene() {
  const sections = await (await signIn(server, cast.staff[0].id)).get("/api/sections")
  const { writes } = sections.sections.find(section => section.id === SECTION)
  const writers = cast.staff.filter(user => writes.includes(user.role))
  for (const { id: colleague } of writers) {
    const document = await cast.document(SECTION, colleague).catch(() => undefined)
    if (document === undefined) continue
    const session = await signIn(server, colleague)
    const { may_manage } = await session.get(`/api/plans/${document.plan}/team`)
    for (const { id: nurse } of writers.filter(user => may_manage && user.id !== colleague)) {
      const entry = await (await signIn(server, nurse)).section(document.plan, SECTION).catch(() => undefined)
      if (entry?.access === "write") return { ...document, colleague, nurse }
    }
  }
  throw new Error("nobody works with anybody")
}

/** Keeps somebody out of a plan, or lets them in again. */
async function put(session, plan, user, part) {
  const path = `/api/plans/${plan}/team/members/${user}`
  const headers = { "content-type": "application/json" }
  const body = JSON.stringify({ part: "out", reason: "A relative" })
  const options = part === "out" ? { method: "PUT", headers, body } : { method: "DELETE" }
  const response = await session.fetch(path, options)
  assert.equal(response.status, 204, await response.text())
}

/** Frames about a document that a client has received since `from`. */
function received(client, documentId, from) {
  return client.frames.slice(from).filter(frame => !frame.sent && frame.documentId === documentId)
}

/** What stands in quarantine of a plan, once the text of one item is as `words` says. */
function quarantined(session, plan, words) {
  return until(`“${words}” stands in quarantine`, async () => {
    const items = await session.get(`/api/plans/${plan}/quarantine`)
    return items.find(item => item.text.includes(words))
  })
}

/** Fails if a frame tells more than its receiver has known. */
function assertNothingTold(frames, known) {
  for (const frame of frames) {
    assert.ok(["doc-unavailable", "sync"].includes(frame.type), frame.type)
    if (frame.type !== "sync") continue
    const { heads, need, have, changes } = decodeSyncMessage(frame.data)
    assert.equal(changes.length, 0)
    for (const hash of [...heads, ...need, ...have.flatMap(one => one.lastSync)]) assert.ok(known.has(hash), hash)
  }
}

function hashesOf(handle) {
  return new Set(handle.history().flatMap(heads => decodeHeads(heads)))
}

/** Whether the service, as it is now, lets somebody open a document. */
async function mayOpen(user, url) {
  const other = await Client.online(server, user)
  const found = await other.open(url).then(() => true, () => false)
  await other.close()
  return found
}

test("a nurse removed while typing gets no further byte, and what she typed later is salvaged by a colleague", async () => {
  const { plan, url, documentId, colleague, nurse } = await scene()
  const [a, b] = await Promise.all([Client.online(server, nurse), Client.online(server, colleague)])
  const [hers, theirs] = await Promise.all([a.open(url), b.open(url)])
  append(hers, " While she might.")
  await a.saved(hers)
  await until("the colleague reads it", () => theirs.doc().fields[FIELD].includes("While she might."))

  let from = a.frames.length
  await put(b.session, plan, nurse, "out")
  await until("she is told", () => received(a, documentId, from).some(frame => frame.type === "doc-unavailable"))
  append(theirs, " Others go on.")
  theirs.broadcast({ kind: "presence" })
  await b.saved(theirs)
  append(hers, " She goes on typing.")
  await quarantined(b.session, plan, "She goes on typing.")
  assert.deepEqual([...new Set(received(a, documentId, from).map(frame => frame.type))], ["doc-unavailable"])

  a.goOffline()
  append(hers, " And without a signal.")
  append(theirs, " Others still go on.")
  await b.saved(theirs)
  const known = hashesOf(hers)
  from = a.frames.length
  await a.goOnline()
  const item = await quarantined(b.session, plan, "And without a signal.")
  await until("she is told again", () => received(a, documentId, from).some(frame => frame.type === "doc-unavailable"))
  assertNothingTold(received(a, documentId, from), known)
  assert.doesNotMatch(hers.doc().fields[FIELD], /Others/)
  assert.doesNotMatch(theirs.doc().fields[FIELD], /She goes on|without a signal/)
  assert.match(item.text, /She goes on typing\..*And without a signal\./s)
  assert.equal(item.by, a.session.user.name)
  assert.equal(item.state, "open")

  append(theirs, ` ${item.text}`)
  await b.saved(theirs)
  const settled = await b.session.post(`/api/plans/${plan}/quarantine/${item.id}`, { outcome: "salvaged" })
  assert.equal(settled.status, 204)
  const { state, settled_by } = await quarantined(b.session, plan, "And without a signal.")
  assert.deepEqual([state, settled_by], ["salvaged", b.session.user.name])
  await Promise.all([a.close(), b.close()])
})

test("what she typed on a device that was off in between comes too, and with her right back it goes in", async () => {
  const { plan, url, documentId, colleague, nurse } = await scene()
  const folder = mkdtempSync(join(tmpdir(), "coplan-device-"))
  const keeper = await signIn(server, colleague)
  let device = await Client.online(server, nurse, { storage: new NodeFSStorageAdapter(folder) })
  let handle = await device.open(url)
  append(handle, " Before.")
  await device.saved(handle)
  device.goOffline()
  append(handle, " On a train.")
  await device.repo.shutdown()
  await put(keeper, plan, nurse, "out")
  await until("she may not read it", async () => !(await mayOpen(nurse, url)))

  device = new Client(await signIn(server, nurse), { storage: new NodeFSStorageAdapter(folder) })
  handle = await device.open(url)
  const known = hashesOf(handle)
  await device.goOnline()
  await quarantined(keeper, plan, "On a train.")
  assertNothingTold(received(device, documentId, 0), known)
  device.goOffline()

  await put(keeper, plan, nurse, "in again")
  await until("she may read it again", () => mayOpen(nurse, url))
  await device.goOnline()
  await device.saved(handle)
  const items = await keeper.get(`/api/plans/${plan}/quarantine`)
  assert.equal(items.find(item => item.text.includes("On a train.")), undefined, "what was let in waits for nobody")
  await device.close()
  rmSync(folder, { recursive: true, force: true })
})
