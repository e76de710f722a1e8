// The real server, started as a newcomer starts it: `coplan demo` on a fresh folder and a free port.
//
// COPLAN_BIN names the binary; without it, the one that `cargo build --release` leaves is used.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { createInterface } from "node:readline"

/** How long a first start may take: it makes the whole demo world. */
const START_MS_MAX = 60_000
const LISTENING = "listening on "
const LOG_LINES_KEPT = 40

export class Server {
  /** Folder of its data. */
  data
  /** `http://127.0.0.1:<port>`, another one after each start. */
  origin
  #child
  #log = []

  /** Starts a server on a demo world of its own. */
  static async start() {
    const server = new Server()
    server.data = mkdtempSync(join(tmpdir(), "coplan-interop-"))
    await server.startAgain()
    return server
  }

  /** Starts it on the data it has. */
  async startAgain() {
    const binary = serverBinary()
    this.#child = spawn(binary, ["demo", "--data", this.data, "--listen", "127.0.0.1:0"], {
      stdio: ["ignore", "pipe", "pipe"],
    })
    this.#keepLog(createInterface({ input: this.#child.stderr }))
    this.origin = await this.#listening(createInterface({ input: this.#child.stdout }))
  }

  /** Ends it as a power cut would: nothing is flushed, nobody is told. */
  async kill() {
    const ended = once(this.#child, "exit")
    this.#child.kill("SIGKILL")
    await ended
  }

  /** Ends it politely, and removes its data. */
  async stop() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "exit")
      this.#child.kill("SIGTERM")
      await ended
    }
    rmSync(this.data, { recursive: true, force: true })
  }

  /** Whether the process is still there. */
  get isRunning() {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** The last lines it wrote on standard error, for a failing test. */
  get log() {
    return this.#log.join("\n")
  }

  /** The WebSocket address that lets in whoever holds `ticket`. */
  syncUrl(ticket) {
    const query = ticket === undefined ? "" : `?ticket=${encodeURIComponent(ticket)}`
    return `${this.origin.replace("http", "ws")}/sync${query}`
  }

  #keepLog(lines) {
    lines.on("line", line => {
      this.#log.push(line)
      if (this.#log.length > LOG_LINES_KEPT) this.#log.shift()
    })
  }

  #listening(lines) {
    return new Promise((found, failed) => {
      const timer = setTimeout(() => failed(new Error(`the server does not listen:\n${this.log}`)), START_MS_MAX)
      this.#child.once("error", failed)
      this.#child.once("exit", code => failed(new Error(`the server ended with ${code}:\n${this.log}`)))
      lines.on("line", line => {
        if (!line.startsWith(LISTENING)) return
        clearTimeout(timer)
        found(line.slice(LISTENING.length).trim())
      })
    })
  }
}

function serverBinary() {
  const binary = process.env.COPLAN_BIN ?? resolve(import.meta.dirname, "../../target/release/coplan")
  if (!existsSync(binary)) throw new Error(`\`${binary}\` is missing: run \`cargo build --release -p coplan-server\``)
  return binary
}
