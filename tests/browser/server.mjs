// The real server, started as a newcomer starts it: `coplan demo` on a fresh folder and a free port.
//
// COPLAN_BIN names the binary; without it, the one that `cargo build --release` leaves is used. COPLAN_ORIGIN names a
// demo that runs already and that no test has changed, for working on the pages; tests that end the server are left out.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** How long a first start may take: it makes the whole demo world. */
const START_MS_MAX = 60_000;
const LISTENING = 'listening on ';
const LOG_LINES_KEPT = 40;

export class Server {
  /** `http://127.0.0.1:<port>`, the same after every start. */
  origin = process.env.COPLAN_ORIGIN;
  /** Whether this test run started it, and so may end it. */
  isOwn = this.origin === undefined;
  #data;
  /** A folder of section definitions; without it, the server's own. */
  #sections;
  /** Options of the command besides. */
  #flags;
  #child;
  #log = [];

  /** Starts a server on a demo world of its own; the options besides say nothing to one that runs already. */
  static async start(...flags) {
    const server = new Server();
    server.#flags = flags;
    if (server.isOwn) {
      server.#data = mkdtempSync(join(tmpdir(), 'coplan-browser-'));
      await server.startAgain();
    }
    return server;
  }

  /** The same, on section definitions from a folder that a test may change. */
  static async startOn(sections) {
    const server = await Server.start();
    await server.#end();
    server.#sections = sections;
    await server.startAgain();
    return server;
  }

  /** Starts it on the data and at the address that it had. */
  async startAgain() {
    const listen = this.origin ? new URL(this.origin).host : '127.0.0.1:0';
    const how = this.#sections ? ['serve', '--development', '--sections', this.#sections] : ['demo'];
    const options = ['--data', this.#data, '--listen', listen, ...this.#flags];
    this.#child = spawn(serverBinary(), [...how, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    createInterface({ input: this.#child.stderr }).on('line', (line) => {
      this.#log.push(line);
      if (this.#log.length > LOG_LINES_KEPT) this.#log.shift();
    });
    this.origin = await this.#listening(createInterface({ input: this.#child.stdout }));
  }

  /** Ends it as a power cut would: nothing is flushed, nobody is told. */
  async kill() {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** Ends it politely, and removes its data. */
  async stop() {
    if (!this.isOwn) return;
    await this.#end();
    rmSync(this.#data, { recursive: true, force: true });
  }

  async #end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }

  #listening(lines) {
    return new Promise((found, failed) => {
      const timer = setTimeout(
        () => failed(new Error(`the server does not listen:\n${this.#log.join('\n')}`)),
        START_MS_MAX,
      );
      this.#child.once('error', failed);
      this.#child.once('exit', (code) =>
        failed(new Error(`the server ended with ${code}:\n${this.#log.join('\n')}`)),
      );
      lines.on('line', (line) => {
        if (!line.startsWith(LISTENING)) return;
        clearTimeout(timer);
        found(line.slice(LISTENING.length).trim());
      });
    });
  }
}

function serverBinary() {
  const binary = process.env.COPLAN_BIN ?? resolve(import.meta.dirname, '../../target/release/coplan');
  if (!existsSync(binary))
    throw new Error(`\`${binary}\` is missing: run \`cargo build --release -p coplan-server\``);
  return binary;
}
