/*
 * Keeps the app's own files on the device, so that it opens without a network. Nothing about a person passes through
 * here: `/api`, `/dev` and `/sync` go to the network untouched. The build puts BUILD and FILES in front of this.
 *
 * A page comes from the network while there is one, so that a new version shows at the next opening; without one, or
 * when it is slow, from here. Files carry their content's hash in their name, so what is here is never old.
 */
/* global BUILD, FILES */
const CACHE = `coplan-professional-${BUILD}`;
const SHELL = new URL('./', self.location).pathname;
/** How long a page may take before the one on the device is shown. */
const PAGE_TIMEOUT_MS = 3000;

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches.open(CACHE).then((cache) => cache.addAll([SHELL, ...FILES.map((file) => SHELL + file)])),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOldBuilds().then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin || !url.pathname.startsWith(SHELL))
    return;
  event.respondWith(request.mode === 'navigate' ? page(request) : file(request));
});

async function dropOldBuilds() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith('coplan-professional-') && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function page(request) {
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(PAGE_TIMEOUT_MS) });
    if (response.ok) return response;
  } catch {
    // No network, or too slow: the page on the device.
  }
  return (await caches.match(SHELL)) ?? fetch(request);
}

async function file(request) {
  return (await caches.match(request)) ?? fetch(request);
}
