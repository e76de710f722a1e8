// One device: an unmodified automerge-repo with its WebSocket adapter, and a record of the frames that it exchanges.

import { decodeSyncMessage } from "@automerge/automerge"
import { Repo } from "@automerge/automerge-repo"
import { WebSocketClientAdapter } from "@automerge/automerge-repo-network-websocket"
import { signIn } from "./session.mjs"
import { until } from "./until.mjs"

/** Longer than any test: tickets are used once, so a test reconnects itself, with a fresh one. */
const RETRY_MS = 3_600_000

export class Client {
  /** Frames as they went, oldest first: `{sent: bool, ...message}`. */
  frames = []
  #adapter

  constructor(session, options) {
    this.session = session
    this.repo = new Repo({ network: [], ...options })
  }

  /** Signs `user` in and connects. `options` are the Repo's. */
  static async online(server, user, options = {}) {
    const client = new Client(await signIn(server, user), options)
    await client.goOnline()
    return client
  }

  /** Connects, and waits until the server has answered. */
  async goOnline() {
    const adapter = new WebSocketClientAdapter(this.session.server.syncUrl(await this.session.ticket()), RETRY_MS)
    this.#record(adapter)
    const welcomed = new Promise(resolve => adapter.once("peer-candidate", resolve))
    this.#adapter = adapter
    this.repo.networkSubsystem.addNetworkAdapter(adapter)
    const { peerId, peerMetadata } = await welcomed
    this.hub = { peerId, ...peerMetadata }
  }

  /** Drops the connection, as a lift or a lay-by does. */
  goOffline() {
    this.repo.networkSubsystem.removeNetworkAdapter(this.#adapter)
  }

  /** Ends this device. */
  async close() {
    this.goOffline()
    await this.repo.shutdown()
  }

  /** The document at `url`, once the server has given it. */
  open(url) {
    return this.repo.find(url, { signal: AbortSignal.timeout(20_000) })
  }

  /** Whether the server holds exactly what this device holds. */
  isSaved(handle) {
    const sync = handle.getSyncInfo(this.hub.storageId)
    return sync !== undefined && sameHeads(sync.lastHeads, handle.heads())
  }

  /** Waits until it does. */
  saved(handle) {
    return until("saved on the server", () => this.isSaved(handle))
  }

  /** Sync messages among the frames, decoded, with the direction. */
  syncMessages(documentId) {
    return this.frames
      .filter(frame => ["sync", "request"].includes(frame.type) && frame.documentId === documentId)
      .map(frame => ({ sent: frame.sent, ...decodeSyncMessage(frame.data) }))
  }

  #record(adapter) {
    const send = adapter.send
    adapter.send = message => {
      this.frames.push({ ...message, sent: true })
      send.call(adapter, message)
    }
    adapter.on("message", message => this.frames.push({ ...message, sent: false }))
  }
}

/** Whether two lists of heads are the same set. */
export function sameHeads(left, right) {
  return left.length === right.length && left.every(head => right.includes(head))
}

/** Waits until all of them show the same version of a document. */
export function converged(...handles) {
  return until("all devices show the same", () => handles.every(h => sameHeads(h.heads(), handles[0].heads())))
}
