/**
 * Keeps the empty page on the device, so that it opens without a signal. Never a plan: what is kept of plans stands in
 * `deviceStore.ts`, with its lease. Requests to the service pass by untouched.
 *
 * The build writes the names of the page's files and a mark of their contents in here.
 */

/** Written by the build (`shell.vite.ts`): a mark that changes with any file of the page. */
declare const __SHELL_MARK__: string;
/** Written by the build: addresses of the page's files, the page itself first. */
declare const __SHELL_FILES__: string[];

const SHELL_MARK = __SHELL_MARK__;
const SHELL_FILES = __SHELL_FILES__;
const PREFIX = 'coplan-crew-shell-';

/** The few things this file needs of the worker's scope, which TypeScript's browser library does not describe. */
interface WorkerScope {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  addEventListener(type: 'install' | 'activate', listener: (event: Extendable) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
}
interface Extendable {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  request: Request;
  respondWith(response: Promise<Response>): void;
}

const scope = globalThis as unknown as WorkerScope;

scope.addEventListener('install', (event) => event.waitUntil(keepShell()));
scope.addEventListener('activate', (event) => event.waitUntil(dropOldShells()));
scope.addEventListener('fetch', (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (origin !== location.origin || event.request.method !== 'GET') return;
  const file = event.request.mode === 'navigate' ? SHELL_FILES[0] : pathname;
  if (file && SHELL_FILES.includes(file)) event.respondWith(fromShell(file, event.request));
});

async function keepShell(): Promise<void> {
  const cache = await caches.open(PREFIX + SHELL_MARK);
  await cache.addAll(SHELL_FILES);
  await scope.skipWaiting();
}

async function dropOldShells(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== PREFIX + SHELL_MARK);
  await Promise.all(old.map((name) => caches.delete(name)));
  await scope.clients.claim();
}

async function fromShell(file: string, request: Request): Promise<Response> {
  const cache = await caches.open(PREFIX + SHELL_MARK);
  return (await cache.match(file)) ?? fetch(request);
}
