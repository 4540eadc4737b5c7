/**
 * A picture that does not load is asked for again, past the browser's memory: it may have been moved to another name.
 *
 * On the console once; on a guest's page for as long as a move may take, for guests do not know what to press.
 */

const MOST = { "/media/jobs/": 1, "/r/": 8 };
const PAUSE_MS = 1100; // a link signed in the same second would be the same link

addEventListener("error", (event) => {
  const image = event.target;
  if (!(image instanceof HTMLImageElement)) return;
  const address = new URL(image.src, location.origin);
  const most = Object.entries(MOST).find(([path]) => address.pathname.startsWith(path))?.[1] ?? 0;
  const tries = Number.parseInt(address.searchParams.get("again") ?? "0", 10);
  if (address.origin !== location.origin || tries >= most) return;
  event.stopImmediatePropagation();
  image.style.visibility = "hidden"; // no torn picture while it may still come
  image.addEventListener("load", () => { image.style.visibility = ""; }, { once: true });
  address.searchParams.set("again", `${tries + 1}.${Date.now()}`);
  setTimeout(() => { image.src = address.href; }, PAUSE_MS);
}, true);
