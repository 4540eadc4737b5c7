/* The kiosk's service worker. The server puts `KIOSK` before it: the version and the files the page starts with.

It keeps these files and the kiosk's page, and nothing else: no answer of the API, no QR, nothing of a guest.
The server is asked first, so what is shown is new whenever it can be; the copies are for when it cannot. */

const STORE = `kiosk-${KIOSK.version}`;
const SHELL = new Set(KIOSK.shell);
const PAGE = /^\/kiosk(\/[\w-]+)?$/;
const PATIENCE_MS = 3000;

async function keep() {
  const store = await caches.open(STORE);
  await store.addAll(KIOSK.shell.map((path) => new Request(path, { cache: "reload" })));
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const pages = new Set(open.map((client) => new URL(client.url).pathname).filter((path) => PAGE.test(path)));
  await Promise.all([...pages].map((path) => store.add(new Request(path, { cache: "reload" })).catch(() => {})));
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("kiosk-") && name !== STORE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** The server's answer, or an error when it does not come in time or comes from a server that is starting. */
async function fresh(request) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(request, { signal: stop.signal });
    if (answer.status >= 500) throw new Error("server away");
    return answer;
  } finally { clearTimeout(timer); }
}

async function page(request, path) {
  const store = await caches.open(STORE);
  try {
    const answer = await fresh(request);
    if (answer.ok && !answer.redirected) await store.put(path, answer.clone());
    return answer;
  } catch (error) {
    const kept = await store.match(path);
    if (kept) return kept;
    throw error;
  }
}

async function file(request, path) {
  try { return await fresh(request); } catch (error) {
    const kept = await (await caches.open(STORE)).match(path);
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("install", (event) => { self.skipWaiting(); event.waitUntil(keep()); });
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && PAGE.test(url.pathname)) event.respondWith(page(request, url.pathname));
  else if (SHELL.has(url.pathname)) event.respondWith(file(request, url.pathname));
});
