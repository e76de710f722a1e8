// A peer that keeps no rules: it says what a test makes it say, frame by frame, over a bare WebSocket.

import * as Automerge from "@automerge/automerge"
import { cbor, generateAutomergeUrl } from "@automerge/automerge-repo"
import WebSocket from "ws"
import { until } from "./until.mjs"

export class RawPeer {
  /** Every message received, oldest first. */
  received = []
  /** Why the socket closed, once it has. */
  closed
  #socket

  constructor(socket, peerId) {
    this.#socket = socket
    this.peerId = peerId
    socket.binaryType = "arraybuffer"
    socket.on("message", bytes => this.received.push(cbor.decode(new Uint8Array(bytes))))
    socket.on("close", code => (this.closed = { code }))
    socket.on("error", () => {})
  }

  /** An open socket, nothing said yet. */
  static async connect(session, peerId = `peer-${Math.random().toString(36).slice(2)}`) {
    const socket = new WebSocket(session.server.syncUrl(await session.ticket()))
    const peer = new RawPeer(socket, peerId)
    await new Promise((opened, failed) => socket.once("open", opened).once("error", failed))
    return peer
  }

  /** A socket that has shaken hands. */
  static async joined(session, peerId) {
    const peer = await RawPeer.connect(session, peerId)
    peer.join()
    peer.hub = await peer.next(message => message.type === "peer")
    return peer
  }

  join() {
    const peerMetadata = { isEphemeral: true }
    this.send({ type: "join", senderId: this.peerId, peerMetadata, supportedProtocolVersions: ["1"] })
  }

  /** Sends a message; who sends it to whom may be overridden. */
  send(message) {
    const addressed = { senderId: this.peerId, targetId: this.hub?.senderId, ...message }
    this.sendBytes(cbor.encode(addressed))
  }

  /** Sends a string as a text frame, or bytes as a binary one, whatever they mean. */
  sendBytes(data) {
    this.#socket.send(data)
  }

  /** Waits for a message that is as `matches` says. */
  next(matches) {
    return until("a message from the server", () => this.received.find(matches))
  }

  /** Asks for a document that does not exist and waits for the answer: what was sent before has been handled by then. */
  async roundTrip() {
    const documentId = generateAutomergeUrl().replace("automerge:", "")
    const [, data] = Automerge.generateSyncMessage(Automerge.init(), Automerge.initSyncState())
    this.send({ type: "request", documentId, data })
    await this.next(message => message.type === "doc-unavailable" && message.documentId === documentId)
  }

  /** Waits until the server has closed the socket. */
  untilClosed() {
    return until("the server closes the socket", () => this.closed)
  }

  close() {
    this.#socket.terminate()
  }
}

/** One document held by a raw peer, answering every sync message as automerge does, and never giving up. */
export class StubbornDocument {
  #state = Automerge.initSyncState()
  #peer
  #read = 0

  constructor(peer, documentId) {
    this.#peer = peer
    this.documentId = documentId
    this.doc = Automerge.init()
  }

  /** Asks for the document and answers until it is here. */
  async fetch() {
    this.#say("request")
    await until("the document arrives", () => {
      this.answer()
      return Automerge.getHeads(this.doc).length > 0
    })
  }

  /** Edits and sends the change, whoever forbids it. Gives the change's hash. */
  write(edit) {
    this.doc = Automerge.change(this.doc, edit)
    const change = Automerge.getLastLocalChange(this.doc)
    const heads = Automerge.getHeads(this.doc)
    // Written by hand: a read-only state would send nothing.
    const message = { heads, need: [], have: [{ lastSync: [], bloom: new Uint8Array() }], changes: [change] }
    this.#peer.send({ type: "sync", documentId: this.documentId, data: Automerge.encodeSyncMessage(message) })
    return Automerge.decodeChange(change).hash
  }

  /** Takes in all sync messages that have come since, and answers each. Gives how many there were. */
  answer() {
    const messages = this.#peer.received
      .slice(this.#read)
      .filter(message => message.type === "sync" && message.documentId === this.documentId)
    this.#read = this.#peer.received.length
    for (const message of messages) {
      ;[this.doc, this.#state] = Automerge.receiveSyncMessage(this.doc, this.#state, message.data)
      this.#say("sync")
    }
    return messages.length
  }

  #say(type) {
    const [state, data] = Automerge.generateSyncMessage(this.doc, this.#state)
    this.#state = state
    if (data !== null) this.#peer.send({ type, documentId: this.documentId, data })
  }
}
