/* The console's service worker. The server puts `AWAY` before it: the version and the files of one page, "the server is
away", which is shown where a console's page cannot come. It keeps that page and its files, and nothing else. */

const STORE = `away-${AWAY.version}`;
const SHELL = new Set(AWAY.shell);
const PAGE = "/console/away";
const PATIENCE_MS = 10000;
const IS_PAGE = /^\/console(\/[\w-]+)*$/; // a file to download is none

async function keep() {
  const store = await caches.open(STORE);
  await store.addAll([PAGE, ...AWAY.shell].map((path) => new Request(path, { cache: "reload" })));
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("away-") && name !== STORE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

const copyOf = async (path) => (await caches.open(STORE)).match(path);

/** The page that was asked for; without the server, or while it starts, the one that says so. */
async function page(request) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(request, { signal: stop.signal });
    return (answer.status >= 502 && (await copyOf(PAGE))) || answer;
  } catch (error) {
    const kept = await copyOf(PAGE);
    if (kept) return kept;
    throw error;
  } finally { clearTimeout(timer); }
}

async function file(request, path) {
  try { return await fetch(request); } catch (error) {
    const kept = await copyOf(path);
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
  if (request.mode === "navigate" && IS_PAGE.test(url.pathname)) event.respondWith(page(request));
  else if (SHELL.has(url.pathname)) event.respondWith(file(request, url.pathname));
});
