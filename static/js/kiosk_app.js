/** What makes the kiosk an app: its service worker, a new version between two guests, and whether the server is there. */

const OFFLINE_MS = 4000;
const ONLINE_MS = 20000;
const ANSWER_MS = 5000;

/** Installs the service worker where browsers allow one (HTTPS, or this machine). `idle()`: nobody is in the middle. */
export function install(idle) {
  const workers = navigator.serviceWorker;
  if (!workers) return () => {};
  let fresh = false; // a new version took over: it is shown when no guest is in the middle
  const renew = () => { if (fresh && idle()) { fresh = false; location.reload(); } };
  let controlled = Boolean(workers.controller); // the first worker brings nothing new
  workers.addEventListener("controllerchange", () => { fresh = controlled; controlled = true; renew(); });
  workers.register("/kiosk/sw.js", { scope: "/kiosk", updateViaCache: "none" }).catch(() => { /* not allowed here: an ordinary page */ });
  return renew;
}

/** Asks the server now and then, on the first screen only. Tells `told(there, status)`: the event's status by then. */
export function watchServer(path, wanted, told) {
  let there = true;
  let timer = 0;
  async function ask() {
    clearTimeout(timer);
    if (wanted()) {
      const stop = new AbortController();
      const late = setTimeout(() => stop.abort(), ANSWER_MS);
      let status = null;
      try {
        const answer = await fetch(`${path}/state`, { method: "HEAD", cache: "no-store", signal: stop.signal });
        status = answer.status < 500 ? answer.headers.get("X-Event-Status") : null;
      } catch { /* away */ }
      clearTimeout(late);
      there = status !== null;
      if (wanted()) told(there, status);
    }
    timer = setTimeout(ask, there ? ONLINE_MS : OFFLINE_MS);
  }
  addEventListener("online", ask);
  addEventListener("offline", ask);
  // A page out of the service worker's store may have been shown without the server.
  if (navigator.serviceWorker?.controller) ask();
  else timer = setTimeout(ask, ONLINE_MS);
  return ask;
}
