/** A registration that was sent and whose screen is still open, over a reload of the tablet: for minutes, in this tab only. */

const NAME = "pb.kiosk";
const KEEP_MS = 120000;

/** Remembers a guest's try until `forget`; `shownUntil` once its code is on the screen. */
export function remember(facts) {
  try { sessionStorage.setItem(NAME, JSON.stringify({ at: Date.now(), ...facts })); } catch { /* private mode: a reload starts anew */ }
}

export function forget() {
  try { sessionStorage.removeItem(NAME); } catch { /* nothing was kept */ }
}

/** The try of this event that a reload interrupted, null without one; what is too old is thrown away. */
export function recall(eventId) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(NAME));
    const age = Date.now() - kept.at;
    if (kept.eventId === eventId && age >= 0 && age < KEEP_MS && !(kept.shownUntil < Date.now())) return kept;
  } catch { /* nothing, or not ours */ }
  forget();
  return null;
}
