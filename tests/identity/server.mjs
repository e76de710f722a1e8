// The real service on a demo world of its own, with an identity file, and everything that it logs.
//
// COPLAN_BIN names the binary; without it, the one that `cargo build --release` leaves is used.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** How long a first start may take: it makes the whole demo world. */
const START_MS_MAX = 60_000;
const LISTENING = 'listening on ';
/** Longest wait for a line of the log; only bounds a failing test. */
const DEADLINE_MS = 10_000;

export class Server {
  /** `http://127.0.0.1:<port>`, the same after every start. */
  origin;
  data;
  #child;
  #log = [];
  #flags;

  /** Starts on a demo world of its own; `flags` may hold more than the identity file. */
  static async start(identity, flags = []) {
    const server = new Server();
    server.data = mkdtempSync(join(tmpdir(), 'coplan-identity-'));
    server.#flags = ['--identity', identity, ...flags];
    await server.again();
    return server;
  }

  /** Starts at the same address on the data it has. */
  async again() {
    const listen = this.origin ? new URL(this.origin).host : '127.0.0.1:0';
    await this.#start(['demo', '--data', this.data, '--listen', listen, '--log-json', ...this.#flags]);
  }

  async #start(flags) {
    this.#child = spawn(binary(), flags, { stdio: ['ignore', 'pipe', 'pipe'] });
    createInterface({ input: this.#child.stderr }).on('line', (line) => this.#log.push(line));
    const listening = new Promise((found, failed) => {
      const timer = setTimeout(() => failed(new Error(`it does not listen:\n${this.log}`)), START_MS_MAX);
      this.#child.once('exit', (code) => failed(new Error(`it ended with ${code}:\n${this.log}`)));
      createInterface({ input: this.#child.stdout }).on('line', (line) => {
        if (!line.startsWith(LISTENING)) return;
        clearTimeout(timer);
        found(line.slice(LISTENING.length).trim());
      });
    });
    this.origin = await listening;
  }

  /** Serves the same data without `--development` and without providers; gives its origin. */
  async withoutDevelopment() {
    await this.stop();
    this.origin = undefined;
    await this.#start(['serve', '--data', this.data, '--listen', '127.0.0.1:0', '--log-json']);
    return this.origin;
  }

  async stop() {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }

  async end() {
    await this.stop();
    rmSync(this.data, { recursive: true, force: true });
  }

  /** Everything it has logged. */
  get log() {
    return this.#log.join('\n');
  }

  /** Everything it has logged since line `from`. */
  loggedSince(from) {
    return this.#log.slice(from).join('\n');
  }

  /** Reasons of refused sign-ins since line `from` of the log. */
  reasons(from = 0) {
    return this.#refused(from, 'a sign-in was refused').map(({ reason }) => reason);
  }

  /** Changes its database from outside, for what no interface does. */
  sql(statement) {
    const file = join(this.data, 'coplan.sqlite');
    return execFileSync('sqlite3', ['-cmd', '.timeout 5000', file, statement], { encoding: 'utf8' }).trim();
  }

  /** How many lines it has logged. */
  get logged() {
    return this.#log.length;
  }

  /** Waits until a sign-in was refused since line `from` of the log, and gives the reason. */
  async reason(from) {
    return (await this.#firstRefused(from, 'a sign-in was refused')).reason;
  }

  /** Waits until a launch was refused since line `from` of the log, and gives the reason. */
  async launchReason(from) {
    return (await this.#firstRefused(from, 'a launch was refused'))['launch.refused'];
  }

  #refused(from, what) {
    const lines = this.#log.slice(from).filter((line) => line.includes(what));
    return lines.map((line) => JSON.parse(line).fields);
  }

  async #firstRefused(from, what) {
    const deadline = performance.now() + DEADLINE_MS;
    while (performance.now() < deadline) {
      const [fields] = this.#refused(from, what);
      if (fields) return fields;
      await new Promise((resume) => setTimeout(resume, 10));
    }
    throw new Error(`it never logged that ${what}:\n${this.log}`);
  }
}

/** The binary under test. */
export function binary() {
  const path = process.env.COPLAN_BIN ?? resolve(import.meta.dirname, '../../target/release/coplan');
  if (!existsSync(path)) throw new Error(`\`${path}\` is missing: run \`cargo build --release -p coplan-server\``);
  return path;
}
