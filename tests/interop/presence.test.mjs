// Who is in which field: relayed at once, kept nowhere, and signed by the server, not by whoever sends it.

import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { cbor } from "@automerge/automerge-repo"
import { Cast } from "./cast.mjs"
import { Client } from "./client.mjs"
import { RawPeer } from "./raw_peer.mjs"
import { Server } from "./server.mjs"
import { signIn } from "./session.mjs"
import { until } from "./until.mjs"

let server, cast, writer, colleague

before(async () => {
  server = await Server.start()
  cast = await Cast.of(server)
  ;[writer, colleague] = cast.writers("preferences")
})
after(() => server.stop())

/** Presence messages that arrive on a handle. */
function heard(handle) {
  const messages = []
  handle.on("ephemeral-message", ({ senderId, message }) => messages.push({ senderId, ...message }))
  return messages
}

async function pair() {
  const { url, documentId } = await cast.document("preferences", writer)
  const [a, b] = await Promise.all([Client.online(server, writer), Client.online(server, colleague)])
  const [handleA, handleB] = await Promise.all([a.open(url), b.open(url)])
  return { url, documentId, a, b, handleA, handleB, close: () => Promise.all([a.close(), b.close()]) }
}

test("others see who is in which field, under the name of the session", async () => {
  const { a, handleA, handleB, close } = await pair()
  const messages = heard(handleB)
  handleA.broadcast({ kind: "presence", field: "advance_statement" })
  const [message] = await until("B hears A", () => messages.length > 0 && messages)
  const { id, name, job_title, organisation_code, organisation } = a.session.user
  assert.equal(message.senderId, a.repo.peerId)
  assert.equal(message.kind, "presence")
  assert.equal(message.field, "advance_statement")
  const expected = { user: id, name, job_title, organisation: organisation_code, organisation_name: organisation }
  assert.deepEqual(message.identity, expected)
  await close()
})

test("a forged identity is overwritten", async () => {
  const { a, handleA, handleB, close } = await pair()
  const messages = heard(handleB)
  handleA.broadcast({ kind: "presence", field: null, identity: { user: "somebody-else", name: "Somebody Else" } })
  const [message] = await until("B hears A", () => messages.length > 0 && messages)
  assert.equal(message.identity.user, a.session.user.id)
  assert.equal(message.identity.name, a.session.user.name)
  await close()
})

test("nobody hears themselves", async () => {
  const { a, handleA, handleB, close } = await pair()
  const messagesA = heard(handleA)
  const messagesB = heard(handleB)
  handleA.broadcast({ kind: "presence", field: "advance_statement" })
  await until("B hears A", () => messagesB.length === 1)
  handleB.broadcast({ kind: "presence", field: null })
  await until("A hears B", () => messagesA.length > 0)
  assert.equal(messagesA.length, 1)
  const echoes = a.frames.filter(f => !f.sent && f.type === "ephemeral" && f.senderId === a.repo.peerId)
  assert.deepEqual(echoes, [])
  await close()
})

test("a message that claims another's peer id is not relayed", async () => {
  const { documentId, a, handleA, handleB, close } = await pair()
  const messages = heard(handleB)
  const peer = await RawPeer.joined(await signIn(server, cast.reader("preferences")))
  const data = cbor.encode({ kind: "presence", field: "forged" })
  peer.send({ type: "ephemeral", documentId, senderId: a.repo.peerId, count: 99, sessionId: "forged", data })
  await peer.roundTrip()
  handleA.broadcast({ kind: "presence", field: "honest" })
  await until("B hears A", () => messages.some(message => message.field === "honest"))
  assert.ok(messages.every(message => message.field !== "forged"))
  peer.close()
  await close()
})

test("whoever may not read a section hears nothing of it and is not heard", async () => {
  const { documentId, handleA, handleB, close } = await pair()
  const messages = heard(handleB)
  const peer = await RawPeer.joined(await signIn(server, cast.outsider("preferences")))
  const data = cbor.encode({ kind: "presence", field: "outside" })
  peer.send({ type: "ephemeral", documentId, count: 1, sessionId: "outside", data })
  await peer.roundTrip()
  handleA.broadcast({ kind: "presence", field: "inside" })
  await until("B hears A", () => messages.some(message => message.field === "inside"))
  assert.deepEqual(messages.map(message => message.field), ["inside"])
  await peer.roundTrip()
  assert.ok(peer.received.every(message => message.type !== "ephemeral"))
  peer.close()
  await close()
})
