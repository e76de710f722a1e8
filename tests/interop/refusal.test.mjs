// What becomes of a change that may not enter: its author is told, the words are kept, nobody else is disturbed.

import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { getHeads } from "@automerge/automerge"
import { cbor, decodeHeads, updateText } from "@automerge/automerge-repo"
import { Cast } from "./cast.mjs"
import { Client, sameHeads } from "./client.mjs"
import { isQuarantined, isStored } from "./database.mjs"
import { RawPeer, StubbornDocument } from "./raw_peer.mjs"
import { Server } from "./server.mjs"
import { signIn } from "./session.mjs"
import { until } from "./until.mjs"

/** How often a stubborn peer gets to answer once more, and how many answers it may draw from the server. */
const ROUNDS = 20
const ANSWERS_MAX = 4
/** An edit by another, both ways: the change, its answer, and one more of each. */
const FRAMES_PER_EDIT_MAX = 8
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

test("a reader who forges a write is refused, told so, and quarantined with the words", async () => {
  const { plan, url, documentId } = await cast.document("preferences", writer)
  const a = await Client.online(server, writer)
  const handleA = await a.open(url)
  const peer = await RawPeer.joined(await signIn(server, reader))
  const forged = new StubbornDocument(peer, documentId)
  await forged.fetch()
  const hash = forged.write(doc => updateText(doc, ["fields", FIELD], doc.fields[FIELD] + " Forged words"))

  const notice = cbor.decode((await peer.next(message => message.type === "ephemeral")).data)
  assert.equal(notice.kind, "refused")
  assert.deepEqual(notice.hashes, [hash])
  assert.equal(typeof notice.code, "string")
  assert.ok(notice.reason.length > 0)
  await until("it stands in quarantine", () => isQuarantined(server, hash))
  assert.equal(isStored(server, hash), false)
  const entry = (await a.session.get(`/api/plans/${plan}/quarantine`)).find(row => row.hash === hash)
  assert.equal(entry.section, "preferences")
  assert.equal(entry.code, notice.code)
  assert.match(entry.text, /Forged words/)
  assert.doesNotMatch(handleA.doc().fields[FIELD], /Forged words/)

  append(handleA, " Honest words.")
  await a.saved(handleA)
  assert.doesNotMatch(handleA.doc().fields[FIELD], /Forged words/)
  peer.close()
  await a.close()
})

test("a refused peer that answers every message does not set off a ping-pong", async () => {
  const { url, documentId } = await cast.document("preferences", writer)
  const a = await Client.online(server, writer)
  const handleA = await a.open(url)
  const peer = await RawPeer.joined(await signIn(server, colleague))
  const stubborn = new StubbornDocument(peer, documentId)
  await stubborn.fetch()
  stubborn.write(doc => (doc.fields.no_such_field = true))
  await peer.next(message => message.type === "ephemeral")

  // Each round trip gives both sides the chance of one more answer: an endless exchange would go on growing.
  let answered = 0
  for (let round = 0; round < ROUNDS; round++) {
    answered += stubborn.answer()
    await peer.roundTrip()
  }
  assert.ok(answered <= ANSWERS_MAX, `${answered} sync messages after one refusal`)

  append(handleA, " Others go on.")
  await a.saved(handleA)
  await until("the refused peer still reads others", () => {
    stubborn.answer()
    return stubborn.doc.fields[FIELD].includes("Others go on.")
  })
  assert.equal(getHeads(stubborn.doc).length, 2, "its own branch and everybody else's")
  peer.close()
  await a.close()
})

test("an unmodified client that is refused hears why, stays bounded, and recovers by deleting and finding", async () => {
  const { url, documentId } = await cast.document("preferences", writer)
  const [a, b] = await Promise.all([Client.online(server, writer), Client.online(server, colleague)])
  const [handleA, handleB] = await Promise.all([a.open(url), b.open(url)])
  await a.saved(handleA)
  const notices = []
  handleA.on("ephemeral-message", ({ message }) => notices.push(message))
  handleA.change(doc => (doc.fields.preferred_place_of_care = "typed as text, not chosen"))
  const [hash] = decodeHeads(handleA.heads())
  await until("the client is told", () => notices.some(notice => notice.hashes?.includes(hash)))
  assert.equal(a.isSaved(handleA), false)

  const before = a.frames.length
  append(handleB, " Still here.")
  await until("others' edits still arrive", () => handleA.doc().fields[FIELD].includes("Still here."))
  await b.saved(handleB)
  assert.ok(a.frames.length - before <= FRAMES_PER_EDIT_MAX, `${a.frames.length - before} frames for one edit`)
  assert.ok(isQuarantined(server, hash))

  a.repo.delete(url)
  const again = await a.open(url)
  assert.ok(sameHeads(again.heads(), handleB.heads()), "what the server holds, without the refused edit")
  append(again, " And I go on.")
  await a.saved(again)
  await until("B reads it", () => handleB.doc().fields[FIELD].includes("And I go on."))
  assert.equal(isStored(server, hash), false)
  await Promise.all([a.close(), b.close()])
})
