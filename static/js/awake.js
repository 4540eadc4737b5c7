/** Keeps a wall's screen awake where the browser can, also after it was looked away from. Answers how to stop. */

export function stayAwake() {
  let lock = null;
  let ended = false;
  async function hold() {
    if (ended || document.visibilityState !== "visible" || !navigator.wakeLock) return;
    try { lock = await navigator.wakeLock.request("screen"); } catch { /* the battery is low, or the page not secure: the system's settings decide */ }
  }
  document.addEventListener("visibilitychange", hold);
  hold();
  return () => { ended = true; document.removeEventListener("visibilitychange", hold); lock?.release(); };
}
