// The real service on a demo world of its own. COPLAN_BIN names the binary; without it, the one that
// `cargo build --release` leaves is used.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** The binary under test. */
export const binary = process.env.COPLAN_BIN ?? resolve(import.meta.dirname, '../../target/release/coplan');

/** Starts one, with these flags besides: `{ base, users, signedIn, stop }`. */
export async function start(flags = []) {
  const folder = mkdtempSync(join(tmpdir(), 'coplan-fhir-'));
  const server = spawn(binary, ['demo', '--data', folder, '--listen', '127.0.0.1:0', ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const stop = () => {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  const base = await listening(server);
  if (!base) {
    stop();
    throw new Error(`\`${binary}\` ended before it listened`);
  }
  const users = await (await fetch(`${base}/dev/users`)).json();
  return { base, users, signedIn: (user) => signedIn(base, user), stop };
}

async function listening(server) {
  for await (const line of createInterface({ input: server.stdout })) {
    const origin = line.match(/http:\S+/)?.[0];
    if (origin) return origin;
  }
  return undefined;
}

/** A `fetch` for paths, in somebody's name. */
async function signedIn(base, user) {
  const answer = await fetch(`${base}/dev/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user }),
  });
  const cookie = answer.headers.get('set-cookie').split(';')[0];
  return (path, init = {}) => fetch(`${base}${path}`, { ...init, headers: { ...init.headers, cookie } });
}
