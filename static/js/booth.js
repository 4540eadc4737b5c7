/** What the parts of the booth page share: the guest in front of the camera, the way to shoot, the style. */

import { call } from "./api.js";
import { board } from "./board.js";
import { readCode } from "./codes.js";
import { outbox } from "./outbox.js";
import { toast } from "./toast.js";
import { errorText, t } from "./words.js";

const listeners = new Set();
const kept = (name, fallback) => { try { return localStorage.getItem(`pb.${name}`) ?? fallback; } catch { return fallback; } };
const keep = (name, value) => { try { localStorage.setItem(`pb.${name}`, value); } catch { /* private mode */ } };
const WISH_MS = 5000;
const AWAY_MS = 1800000;
const TELL_AGAIN_MS = 2000;
const BUSY_TRIES = 50;
const endedHere = new Set();
let dropUndo = () => {};
let wish = null;
const told = () => { for (const listener of listeners) listener(); };

/** `shoot`: webcam or pro; `styleId`: this browser's choice for the next guest, or "original". `busy`: a guest is being changed;
 * `away`: a guest brought to the webcam while the server was away, known to this page only until it is back. */
export const desk = { away: null, shoot: kept("shoot", "webcam"), styleId: kept("style", ""), busy: false, conflict: null };

export function onDesk(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The way the booth shoots, for a browser that has not chosen one itself; answers the desk. */
export function beginWith(shoot) {
  if (!kept("shoot", "")) desk.shoot = shoot;
  told();
  return desk;
}

export function setShoot(shoot) {
  desk.shoot = shoot;
  keep("shoot", shoot);
  told();
}

export const boothRow = (scope) => board(scope).all("booth").find((row) => row.boothId === scope.booth) ?? null;
export const activeGuest = (scope) => desk.away ?? boothRow(scope)?.active ?? null;

/** The style the next picture takes: the active guest's, whoever chose it; this browser's own while nobody is active. */
export function styleNow(scope) {
  const guest = activeGuest(scope);
  if (!guest) return desk.styleId;
  const row = guest.mode === "original" ? "original" : guest.styleId;
  if (wish && (wish.session !== guest.sessionId || wish.styleId === row || Date.now() - wish.at > WISH_MS)) wish = null;
  return wish?.styleId ?? row;
}

/** The style as the API takes it: `original` frames only, and still names a style. */
export function chosenStyle(styles, styleId) {
  const original = styleId === "original";
  const style = styles.find((one) => one.id === styleId) ?? styles[0];
  return { mode: original ? "original" : "style", styleId: style?.id ?? "original" };
}

const path = (scope) => `/booth/${encodeURIComponent(scope.booth)}/active-session`;

/** Chooses a style; the active guest's camera files take it at once. */
export async function setStyle(styleId, scope, styles) {
  const guest = activeGuest(scope);
  desk.styleId = styleId;
  keep("style", styleId);
  if (desk.away) { Object.assign(desk.away, chosenStyle(styles, styleId)); told(); return; }
  wish = guest ? { session: guest.sessionId, styleId, at: Date.now() } : null; // shown until the booth's row says so
  told();
  if (!guest) return;
  try {
    await call("POST", path(scope), { json: { sessionId: guest.sessionId, eventId: scope.event, ...chosenStyle(styles, styleId) } });
  } catch (error) {
    wish = null;
    told();
    toast(errorText(error), { bad: true });
  }
}

/** Whom this page brought to the camera last, also over a reload. */
const mine = { get() { try { return sessionStorage.getItem("pb.mine"); } catch { return null; } }, set(id) { try { sessionStorage.setItem("pb.mine", id); } catch { /* private mode */ } } };

/** Whether the guest at the camera was brought there by this page and photographed in this turn: the next may come. */
function isThrough(holder, scope) {
  const turn = boothRow(scope)?.active;
  if (!turn || turn.sessionId !== holder.sessionId || mine.get() !== holder.sessionId) return false;
  const since = Date.parse(turn.startedAt);
  return board(scope).all("job").some((job) => job.sessionId === holder.sessionId && Date.parse(job.createdAt) >= since)
    || outbox.items.some((one) => one.session === holder.sessionId && one.stage === "waiting");
}

/** Waits until the guest before is changed: a key or a scan in that moment must not be lost. */
async function isFree() {
  for (let tries = 0; desk.busy && tries < BUSY_TRIES; tries += 1) await new Promise((resolve) => { setTimeout(resolve, 100); });
  return !desk.busy;
}

/**
 * Brings a guest `{id, guestName, look?}` to the camera. Another guest there who is through makes room, with an undo;
 * one who is not, or whom another operator brought, becomes `desk.conflict`: a person decides.
 */
export async function activate(guest, scope, styles) {
  if (!(await isFree())) return false;
  desk.busy = true;
  desk.conflict = null;
  told();
  endedHere.delete(guest.id);
  const post = () => call("POST", path(scope), { json: { sessionId: guest.id, eventId: scope.event, ...(guest.look ?? chosenStyle(styles, desk.styleId)) } });
  try {
    try {
      await post();
    } catch (error) {
      const holder = error.code === "BOOTH_BUSY" && error.facts.holder;
      if (!holder || !isThrough(holder, scope)) throw error;
      const turn = boothRow(scope)?.active;
      endedHere.add(holder.sessionId);
      await call("DELETE", `${path(scope)}?sessionId=${encodeURIComponent(holder.sessionId)}`);
      await post();
      sayRelieved(turn, guest, scope, styles);
    }
    mine.set(guest.id);
    return true;
  } catch (error) {
    if (error.status === 0 && desk.shoot === "webcam") { goOn(guest, scope, styles); return true; }
    desk.away = null;
    if (error.code === "BOOTH_BUSY" && error.facts.holder) desk.conflict = { holder: error.facts.holder, guest };
    else toast(errorText(error), { bad: true });
    return false;
  } finally {
    desk.busy = false;
    told();
  }
}

let waitsForServer = null;

/** Without a server the webcam still has guests: their photos carry their names and wait; the turn is told later. */
function goOn(guest, scope, styles) {
  const now = board(scope).now();
  const at = (ms) => new Date(ms).toISOString();
  desk.away = { sessionId: guest.id, guestName: guest.guestName, code: guest.code ?? "", ...(guest.look ?? chosenStyle(styles, desk.styleId)), startedAt: at(now), expiresAt: at(now + AWAY_MS), offline: true };
  const tell = () => { if (board(scope).link.state === "live" && desk.away?.offline && !desk.busy) tellServer(scope, styles); };
  waitsForServer ??= board(scope).onLink(tell);
  setTimeout(tell, TELL_AGAIN_MS); // one call may be lost while the link is up
}

async function tellServer(scope, styles) {
  const turn = desk.away;
  const { sessionId, guestName, code, mode, styleId } = turn;
  if (!(await activate({ id: sessionId, guestName, code, look: { mode, styleId } }, scope, styles))) return;
  if (desk.away !== turn) return; // lost on the way: the turn went on without a server and is told again
  turn.offline = false;
  told();
  setTimeout(() => { if (desk.away?.sessionId === sessionId) { desk.away = null; told(); } }, WISH_MS / 3); // the row is here by then
}

/** The turn before ended by itself: said, with the way back. */
function sayRelieved(turn, guest, scope, styles) {
  const back = { id: turn.sessionId, guestName: turn.guestName, look: { mode: turn.mode, styleId: turn.styleId } };
  const run = async () => { if (await end({ sessionId: guest.id, guestName: guest.guestName }, scope, styles, { quiet: true })) activate(back, scope, styles); };
  dropUndo();
  dropUndo = toast(t("people.relieved", { old: turn.guestName, name: guest.guestName }), { action: { label: t("undo"), run } });
}

export function dropConflict() {
  desk.conflict = null;
  told();
}

/** Sends the operator to the code field: what was asked for needs a guest. */
export const askForGuest = () => document.getElementById("guest-code")?.focus();

/** Whether this page ended the guest's turn itself; asked once per turn. */
export const wasEndedHere = (sessionId) => endedHere.delete(sessionId);

/** Ends the named guest's turn, never another's; can be undone as long as nobody else came. */
export async function end(guest, scope, styles, { quiet = false } = {}) {
  if (!(await isFree())) return false;
  const away = desk.away?.sessionId === guest.sessionId && desk.away;
  if (away) desk.away = null;
  if (away && away.offline) { told(); return true; } // the server never heard of this turn
  desk.busy = true;
  told();
  endedHere.add(guest.sessionId);
  try {
    await call("DELETE", `${path(scope)}?sessionId=${encodeURIComponent(guest.sessionId)}`);
    const look = guest.mode && { mode: guest.mode, styleId: guest.styleId };
    const back = { id: guest.sessionId, guestName: guest.guestName, look };
    if (!quiet) dropUndo = toast(t("people.ended", { name: guest.guestName }), { action: { label: t("undo"), run: () => activate(back, scope, styles) } });
    return true;
  } catch (error) {
    if (error.code === "NOT_THE_ACTIVE_SESSION" || error.code === "NO_ACTIVE_SESSION") return true;
    endedHere.delete(guest.sessionId);
    toast(errorText(error), { bad: true });
    return false;
  } finally {
    desk.busy = false;
    told();
  }
}

/** The guest with a code: from the board, else asked once. Throws ApiError. */
export async function findGuest(typed, scope) {
  const code = readCode(typed);
  const known = board(scope).all("guest").find((row) => row.code === code);
  if (known) return known;
  const { data } = await call("GET", `/sessions/${encodeURIComponent(code)}`);
  return { id: data.sessionId, guestName: data.name, code };
}
