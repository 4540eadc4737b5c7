/** What is done to shots in the tray: given, taken back, put away, fetched back; one or many, each with its undo. */

import { call } from "./api.js";
import { toast } from "./toast.js";
import { errorText, t } from "./words.js";

const AT_ONCE = 4;
const listeners = new Set();
const busy = new Set();
const moved = new Map(); // shot id → the revision it had: off its place until the board says so, too
let undoLast = null;
const told = () => { for (const listener of listeners) listener(); };
const PACE_MS = 120; // how often a run of many says how far it is

/** `open`: the tray lies over the camera; `shot` and `ask` ("guest", "reject"): what it was opened for. */
export const tray = { open: false, shot: null, ask: null, run: null };

/** Calls `listener()` whenever something here changes. Returns how to stop. */
export function onTray(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function openTray(shot = null, ask = null) {
  Object.assign(tray, { open: true, shot, ask });
  told();
}

export function closeTray() {
  Object.assign(tray, { open: false, shot: null, ask: null });
  told();
}

export const isMoving = (row) => busy.has(row.id);
/** Whether a deed of this page took the shot from its place already. */
export const isMoved = (row) => moved.has(row.id) && row.revision <= moved.get(row.id);

const post = (id, verb, json) => call("POST", `/shots/${encodeURIComponent(id)}/${verb}`, { json });

/** Does one thing to each shot, a few at a time. Answers `{done, failed}`: rows, and errors by code. */
async function each(rows, verb, json) {
  const todo = rows.filter((row) => !busy.has(row.id));
  const run = { total: todo.length, count: 0, stop: false };
  const done = [];
  const failed = new Map();
  if (todo.length > 1) tray.run = run;
  for (const row of todo) busy.add(row.id);
  told();
  const queue = [...todo];
  let pace = null;
  const work = async () => {
    for (let row = queue.shift(); row; row = queue.shift()) {
      if (!run.stop) {
        try {
          await post(row.id, verb, json);
          done.push(row);
          moved.set(row.id, row.revision);
        } catch (error) {
          const kept = failed.get(error.code) ?? { error, count: 0 };
          failed.set(error.code, { ...kept, count: kept.count + 1 });
        }
        run.count += 1;
      }
      busy.delete(row.id);
      pace ??= setTimeout(() => { pace = null; told(); }, todo.length > 1 ? PACE_MS : 0);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  clearTimeout(pace);
  if (tray.run === run) tray.run = null;
  told();
  return { done, failed };
}

function sayFailures(failed, total) {
  for (const { error, count } of failed.values()) {
    const words = errorText({ ...error.facts, code: error.code, message: error.message });
    const job = total === 1 && error.code === "ALREADY_DELIVERED" ? error.facts.jobId : null; // what can be done then
    const action = job ? { label: t("move.ask"), run: () => location.assign(`/console/jobs/${encodeURIComponent(job)}#move`) } : null;
    toast(total > 1 ? t("tray.failed", { n: count, why: words }) : words, { bad: true, seconds: 7, action });
  }
}

/** The deed, its words and its undo; `said(n)` are the words of n shots. */
async function deed(rows, verb, json, said, back) {
  const { done, failed } = await each(rows, verb, json);
  sayFailures(failed, rows.length);
  if (!done.length) return 0;
  const undo = () => {
    if (undoLast === undo) undoLast = null;
    away();
    return undoDeed(done, back);
  };
  const away = toast(said(done.length), { action: { label: t("undo"), run: undo }, seconds: 10 });
  undoLast = undo;
  return done.length;
}

async function undoDeed(rows, verb) {
  for (const row of rows) moved.delete(row.id);
  const { done, failed } = await each(rows, verb, {});
  for (const row of done) moved.delete(row.id);
  told();
  sayFailures(failed, rows.length);
  if (done.length) toast(done.length > 1 ? t("tray.undoneMany", { n: done.length }) : t("tray.undone"));
  return done.length;
}

/** Takes the newest deed back, as its toast would. */
export const undo = () => undoLast?.();

/** Gives shots to a guest; undone until the picture is delivered. Answers how many were given. */
export const give = (rows, guest) => deed(rows, "assign", { sessionId: guest.sessionId },
  (n) => (n > 1 ? t("tray.givenMany", { n, name: guest.guestName }) : t("film.given", { name: guest.guestName })), "unassign");

/** Puts shots away with a reason; they can be fetched back. Answers how many went. */
export const putAway = (rows, reason) => deed(rows, "reject", { reason },
  (n) => (n > 1 ? t("tray.putAwayMany", { n }) : t("tray.putAwayDone")), "restore");

/** Brings shots back into the tray from where they were put away. */
export async function restore(rows) {
  const { done, failed } = await each(rows, "restore", {});
  sayFailures(failed, rows.length);
  if (done.length) toast(done.length > 1 ? t("tray.undoneMany", { n: done.length }) : t("tray.undone"));
}

/** Takes a given photo back from its guest, while its picture is not delivered yet. */
export async function takeBack(row) {
  const { done, failed } = await each([row], "unassign", {});
  sayFailures(failed, 1);
  if (done.length) toast(t("tray.undone"));
}
