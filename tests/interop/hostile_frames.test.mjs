// Frames that no client would send: the connection ends, the server and everybody else go on.

import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { cbor, generateAutomergeUrl, updateText } from "@automerge/automerge-repo"
import { Cast } from "./cast.mjs"
import { Client } from "./client.mjs"
import { RawPeer } from "./raw_peer.mjs"
import { Server } from "./server.mjs"
import { signIn } from "./session.mjs"

const HUGE_BYTES = 32 * 1024 * 1024
const FIELD = "place_of_care_detail"
let server, session, documentId, bystander, handle

before(async () => {
  server = await Server.start()
  const cast = await Cast.of(server)
  const [writer, colleague] = cast.writers("preferences")
  session = await signIn(server, writer)
  const document = await cast.document("preferences", writer)
  documentId = document.documentId
  bystander = await Client.online(server, colleague)
  handle = await bystander.open(document.url)
})
after(async () => {
  await bystander.close()
  await server.stop()
})

/** The server runs, answers, and saves another person's edit on the connection they have had all along. */
async function everybodyElseGoesOn() {
  assert.ok(server.isRunning, server.log)
  assert.equal((await fetch(`${server.origin}/healthz`)).status, 200)
  handle.change(doc => updateText(doc, ["fields", FIELD], `${doc.fields[FIELD]}.`))
  await bystander.saved(handle)
}

const bytes = (...numbers) => new Uint8Array(numbers)
const sync = data => () => cbor.encode({ type: "sync", senderId: "x", targetId: "y", documentId, data })

/** What is sent as the first message, in place of a `join`. */
const FIRST = {
  "a text frame": () => "hello",
  "no CBOR at all": () => bytes(0xff, 0xff, 0xff),
  "an empty frame": () => bytes(),
  "a number": () => cbor.encode(7),
  "a map without a type": () => cbor.encode({ senderId: "x" }),
  "a map cut short": () => cbor.encode({ type: "join", senderId: "x" }).slice(0, -3),
  "a join without a sender": () => cbor.encode({ type: "join", supportedProtocolVersions: ["1"] }),
  "a join for a protocol of another time": () =>
    cbor.encode({ type: "join", senderId: "x", peerMetadata: {}, supportedProtocolVersions: ["9"] }),
  "a peer id of a megabyte": () =>
    cbor.encode({ type: "join", senderId: "x".repeat(1_000_000), supportedProtocolVersions: ["1"] }),
  "a sync message before the handshake": sync(bytes(0x42, 0, 0, 0, 0)),
  "a map that claims four thousand million entries": () => bytes(0xba, 0xff, 0xff, 0xff, 0xff),
  "a string that claims more than there is": () => bytes(0xa1, 0x7b, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0x61),
  "arrays in arrays, ten thousand deep": () => new Uint8Array(10_000).fill(0x81),
}

/** What is sent after the handshake. */
const LATER = {
  "a text frame": () => "hello",
  "no CBOR at all": () => bytes(0xff),
  "a message of no known type": () => cbor.encode({ type: "no-such-type", senderId: "x", targetId: "y" }),
  "a sync message that is none": sync(bytes(1, 2, 3, 4, 5)),
  "a sync message without data": sync(undefined),
  "a document id that is none": () =>
    cbor.encode({ type: "request", senderId: "x", targetId: "y", documentId: "not-an-id", data: bytes(0x42) }),
}

for (const [name, message] of Object.entries(FIRST)) {
  test(`${name} instead of a join closes the connection and nothing else`, async () => {
    const peer = await RawPeer.connect(session)
    peer.sendBytes(message())
    await peer.untilClosed()
    await everybodyElseGoesOn()
  })
}

for (const [name, message] of Object.entries(LATER)) {
  test(`${name} after the join harms nobody`, async () => {
    const peer = await RawPeer.joined(session)
    peer.sendBytes(message())
    await everybodyElseGoesOn()
    peer.close()
  })
}

test("a frame beyond the limit closes the connection and nothing else", async () => {
  const peer = await RawPeer.joined(session)
  peer.sendBytes(new Uint8Array(HUGE_BYTES))
  await peer.untilClosed()
  await everybodyElseGoesOn()
})

test("a flood of requests for documents that do not exist is answered or ended, and nobody else waits", async () => {
  const peer = await RawPeer.joined(session)
  for (let n = 0; n < 2_000; n++) {
    const documentId = generateAutomergeUrl().replace("automerge:", "")
    peer.send({ type: "request", documentId, data: bytes(0x42, 0, 0, 0, 0) })
  }
  await everybodyElseGoesOn()
  peer.close()
})
