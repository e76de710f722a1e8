// Who may read and who may write a section, as an unmodified client meets it, and as one meets it that keeps no rules.

import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { decodeHeads, generateAutomergeUrl, updateText } from "@automerge/automerge-repo"
import WebSocket from "ws"
import { Cast } from "./cast.mjs"
import { Client } from "./client.mjs"
import { isKnown, isStored } from "./database.mjs"
import { RawPeer, StubbornDocument } from "./raw_peer.mjs"
import { Server } from "./server.mjs"
import { signIn } from "./session.mjs"
import { until } from "./until.mjs"

const FIELD = "place_of_care_detail"
let server, cast, writer, colleague, reader

before(async () => {
  server = await Server.start()
  cast = await Cast.of(server)
  ;[writer, colleague] = cast.writers("preferences")
  reader = cast.reader("preferences")
})
after(() => server.stop())

function append(handle, words) {
  handle.change(doc => updateText(doc, ["fields", FIELD], doc.fields[FIELD] + words))
}

test("the list of sections tells a writer from a reader and from the rest", async () => {
  const { plan } = await cast.document("preferences", writer)
  assert.equal((await (await signIn(server, writer)).section(plan, "preferences")).access, "write")
  assert.equal((await (await signIn(server, reader)).section(plan, "preferences")).access, "read")
  const outsider = await signIn(server, cast.outsider("preferences"))
  assert.equal(await outsider.section(plan, "preferences"), undefined)
})

test("a reader follows every edit, and nothing of what a reader types leaves the device", async () => {
  const { url, documentId } = await cast.document("preferences", writer)
  const [a, r] = await Promise.all([Client.online(server, writer), Client.online(server, reader)])
  const [handleA, handleR] = await Promise.all([a.open(url), r.open(url)])
  append(handleR, " A reader was here.")
  const [refused] = decodeHeads(handleR.heads())
  append(handleA, " A writer was here.")
  await until("the reader reads the writer", () => handleR.doc().fields[FIELD].includes("A writer was here."))
  // The reader's client answers that edit with its own heads, so by then it has had its chance to send its own.
  await until("the reader's answer", () => r.syncMessages(documentId).some(m => m.sent && m.heads.length === 2))
  await a.saved(handleA)

  assert.ok(r.syncMessages(documentId).every(m => !m.sent || m.changes.length === 0))
  assert.equal(r.isSaved(handleR), false)
  assert.doesNotMatch(handleA.doc().fields[FIELD], /A reader was here/)
  assert.equal(isStored(server, refused), false)
  await Promise.all([a.close(), r.close()])
})

test("no right and no document look the same", async () => {
  const { url } = await cast.document("preferences", writer)
  const stranger = await Client.online(server, cast.outsider("preferences"))
  const unknown = generateAutomergeUrl()
  const outcomes = []
  for (const address of [url, unknown]) {
    const error = await stranger.open(address).then(() => undefined, failure => failure)
    assert.match(error.message, /unavailable/)
    const id = address.replace("automerge:", "")
    outcomes.push(stranger.frames.filter(f => !f.sent && f.documentId === id).map(({ documentId, ...rest }) => rest))
  }
  assert.deepEqual(outcomes[0], outcomes[1])
  assert.deepEqual(outcomes[0].map(frame => frame.type), ["doc-unavailable"])
  await stranger.close()
})

test("one without the right cannot write by guessing the address", async () => {
  const { url, documentId } = await cast.document("preferences", writer)
  const a = await Client.online(server, writer)
  const handle = await a.open(url)
  const peer = await RawPeer.joined(await signIn(server, cast.outsider("preferences")))
  const forged = new StubbornDocument(peer, documentId)
  const hash = forged.write(doc => (doc.fields = { preferred_place_of_care: true }))
  await peer.roundTrip()
  assert.equal(isStored(server, hash), false)
  assert.ok(peer.received.every(message => message.type !== "sync"), "not a byte of the section")
  await a.saved(handle)
  peer.close()
  await a.close()
})

test("a document that a client makes up is not kept and not passed on", async () => {
  const [a, b] = await Promise.all([Client.online(server, writer), Client.online(server, colleague)])
  const made = a.repo.create({ fields: { note: "mine" } })
  await until("the server has answered", () => a.frames.some(f => !f.sent && f.documentId === made.documentId))
  made.change(doc => (doc.fields.note = "mine still"))
  await assert.rejects(b.open(made.url), /unavailable/)
  assert.equal(isKnown(server, made.documentId), false)
  assert.equal(made.isReady(), true, "its maker keeps it")
  await Promise.all([a.close(), b.close()])
})

test("only a fresh ticket or a session opens a socket", async () => {
  const session = await signIn(server, writer)
  const ticket = await session.ticket()
  assert.equal(await upgrade(server.syncUrl(ticket)), 101)
  assert.equal(await upgrade(server.syncUrl(ticket)), 401, "a ticket is used once")
  assert.equal(await upgrade(server.syncUrl("made-up")), 401)

  const { origin } = server
  const headers = { cookie: session.cookie }
  assert.equal(await upgrade(server.syncUrl(), { headers, origin }), 101)
  assert.equal(await upgrade(server.syncUrl(), { headers, origin: "http://elsewhere.example" }), 403)
  assert.equal(await upgrade(server.syncUrl(), { headers }), 403, "a cookie proves nothing without an origin")
  assert.equal(await upgrade(server.syncUrl(), { headers: { cookie: "coplan_session=made-up" }, origin }), 401)
  assert.equal(await upgrade(server.syncUrl(), { origin }), 401)
})

test("nobody is thrown out by another user who claims the same peer id", async () => {
  const { url } = await cast.document("preferences", writer)
  const a = await Client.online(server, writer)
  const handle = await a.open(url)
  const impostor = await RawPeer.connect(await signIn(server, colleague), a.repo.peerId)
  impostor.join()
  await until("the server has answered or closed", () => impostor.received.length > 0 || impostor.closed)
  append(handle, " I am still connected.")
  await a.saved(handle)
  impostor.close()
  await a.close()
})

/** The HTTP status that a WebSocket request is answered with. */
function upgrade(url, options) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, options)
    socket.once("open", () => {
      resolve(101)
      socket.terminate()
    })
    socket.once("unexpected-response", (request, response) => {
      resolve(response.statusCode)
      request.destroy()
    })
    socket.on("error", reject)
  })
}
