/** How a job's row reads on every screen: its words, its rail of stages, its time, and what one may do to it. */

import { call } from "./api.js";
import "./fresh_pictures.js";
import { toast } from "./toast.js";
import { errorText, has, lang, lines, t, timeOfDay } from "./words.js";

export const FINISHED = new Set(["succeeded", "failed", "canceled"]);

/** Ids of jobs that were retried: their failure is history, the child job carries on. A finished one with another style beside it stays what it is. */
export function replaced(rows) {
  const ids = new Set();
  for (const row of rows) if (row.parentId) ids.add(row.parentId);
  for (const row of rows) if (row.status === "succeeded") ids.delete(row.id);
  return ids;
}

/** Whether nobody knows if a paid task was taken: a person must decide. */
export const undecided = (row) => row.status === "queued" && row.wait?.code === "outcome";

/** Whether its guest had everything erased: the server leaves a dash for the name. No guest can be called so: a name has a letter (`clean_name`). */
export const erased = (row) => row.guestName === "—" && FINISHED.has(row.status);

/** "bad", "wait", "run", "done" or "off": which part of the screen a job belongs to. */
export function tone(row, retried = false) {
  if (row.status === "failed") return retried || row.dismissed ? "off" : "bad";
  if (undecided(row)) return "bad";
  if (row.status === "succeeded") return "done";
  if (row.status === "canceled") return "off";
  return row.status === "queued" ? "wait" : "run";
}

export const ICONS = { bad: "alert", wait: "clock", run: "spark", done: "check-circle", off: "stop" };

// Trying again with the same photo ends the same way.
const FINAL = /^(INPUT_MISSING|OBJECT_NOT_FOUND|PICTURE_NOT_FOUND|RAW_ONLY|INCOMPLETE|IMAGE_\w+)$/;

/** Whether a failed job may succeed when it is tried again. */
export const retryable = (row) => row.status === "failed" && !FINAL.test(row.errorCode ?? "");

/** The line's stages, each with how far it is (0..1). */
export function rail(row) {
  const stages = lines[row.line] ?? [];
  return stages.map((stage, index) => {
    const end = index + 1 < stages.length ? stages[index + 1].percent : 100;
    const begin = index === 0 ? 0 : stage.percent;
    const part = row.status === "succeeded" ? 1 : Math.min(1, Math.max(0, (row.percent - begin) / (end - begin)));
    const here = !FINISHED.has(row.status) && row.stage === stage.name;
    return { name: stage.name, share: end - begin, part, here, bad: row.status === "failed" && row.stage === stage.name };
  });
}

/** What the job does now, in a word or two. */
export function word(row, retried = false) {
  if (retried) return t("status.replaced");
  if (erased(row)) return t("status.erased");
  if (row.cancelRequested && !FINISHED.has(row.status)) return t("status.canceling");
  if (undecided(row)) return t("status.undecided");
  if (row.status === "failed" && row.dismissed) return t("status.dismissed");
  if (row.status === "running" && row.stage && has(`stage.${row.stage}`)) return t(`stage.${row.stage}`);
  return t(`status.${row.status}`);
}

/** Why it waits, failed or was stopped, as a sentence; empty while it simply goes on. `now` in ms. */
export function reason(row, now) {
  if (row.status === "failed") {
    const known = row.errorCode && has(`error.${row.errorCode}`);
    return known ? errorText({ code: row.errorCode, message: row.errorMessage }) : (row.errorMessage || errorText({ code: "UNKNOWN" }));
  }
  if (row.status === "canceled") return row.errorCode && has(`error.${row.errorCode}`) ? errorText({ code: row.errorCode }) : "";
  const wait = row.wait;
  if (!wait || FINISHED.has(row.status)) return "";
  if (wait.code === "snooze") return wait.because ? (has(`error.${wait.because}`) ? errorText({ code: wait.because }) : t("wait.snooze", wait)) : t("wait.snoozePlain");
  if (wait.code !== "retry") return waitFor(wait);
  const left = wait.until ? Math.ceil((Date.parse(wait.until) - now) / 1000) : 0;
  return left > 0 ? t("wait.retry", { ...wait, n: left }) : t("wait.retryNow", wait);
}

/** A wait that is no retry: what for, in the reader's words, and until when where that is known. */
function waitFor(wait) {
  const [name, ...rest] = (wait.because ?? "").split(" ");
  const known = ["provider", "lane"].find((kind) => has(`${kind}.${name}`));
  const because = known ? [t(`${known}.${name}`), ...rest].join(" ") : wait.because;
  if (wait.code !== "breaker" || !wait.until) return t(`wait.${wait.code}`, { because });
  const at = timeOfDay(wait.until);
  return t("wait.breakerUntil", { because, at });
}

/** Seconds from the photo's arrival to now, or to its end. */
export function seconds(row, now) {
  const end = row.finishedAt ? Date.parse(row.finishedAt) : now;
  return Math.max(0, Math.floor((end - Date.parse(row.createdAt)) / 1000));
}

/** 75 → "1:15"; from an hour on "1:02:05". */
export function clock(total) {
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const rest = String(total % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

const styles = new Map();

/** Makes the styles' names known, so that a job's style reads in the reader's language. */
export function learnStyles(list) {
  for (const style of list ?? []) styles.set(style.id, style.name);
}

/** The job's style in words. */
export const styleWords = (row) => (row.mode === "original" ? t("job.original") : styles.get(row.styleId)?.[lang()] ?? row.styleName);

// ---- pictures: an address stays the same while the page lives, so that nothing is fetched twice ------------

const versions = new Map();

/** The address of a job's or shot's picture: `what` is thumb, preview, output or input. */
export function media(kind, id, what, revision) {
  const name = `${kind}/${id}/${what}`;
  if (!versions.has(name)) versions.set(name, revision);
  return `/media/${name}?v=${versions.get(name)}`;
}

// ---- deeds -------------------------------------------------------------------------------------------------

const busy = new Set();
const waiting = new Map(); // job id → { timer, until }
const listeners = new Set();
const UNDO_SECONDS = 5;

/** Calls `listener()` when a deed begins or ends. Returns how to stop. */
export function onDeeds(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
const told = () => { for (const listener of listeners) listener(); };

export const isBusy = (id) => busy.has(id);
/** Seconds left to undo a cancel, or 0. */
export const undoLeft = (id) => (waiting.has(id) ? Math.max(1, Math.ceil((waiting.get(id).until - Date.now()) / 1000)) : 0);

/** Starts the job again as a new one; answers the new id, or null after saying why not. */
export async function retry(row) {
  if (busy.has(row.id)) return null;
  busy.add(row.id);
  told();
  try {
    const { data } = await call("POST", `/jobs/${encodeURIComponent(row.id)}/retry`);
    toast(t("job.retried", { name: row.guestName }));
    return data.jobId;
  } catch (error) {
    toast(errorText(error), { bad: true });
    return null;
  } finally {
    busy.delete(row.id);
    told();
  }
}

async function sendCancel({ id, guestName }, keepalive = false) {
  waiting.delete(id);
  busy.add(id);
  told();
  try {
    const { data } = await call("POST", `/jobs/${encodeURIComponent(id)}/cancel`, { keepalive });
    toast(`${guestName}: ${t(data.status === "canceled" ? "status.canceled" : "status.canceling")}`);
  } catch (error) {
    toast(errorText(error), { bad: error.code !== "JOB_FINISHED" });
  } finally {
    busy.delete(id);
    told();
  }
}

/** Cancels after a few seconds in which it can be undone; at once when nothing has begun yet or the page is left. */
export function cancelSoon(row) {
  if (waiting.has(row.id) || busy.has(row.id)) return;
  if (row.status === "queued") { sendCancel(row); return; }
  waiting.set(row.id, { row, until: Date.now() + UNDO_SECONDS * 1000, timer: setTimeout(() => sendCancel(row), UNDO_SECONDS * 1000) });
  told();
}

export function undoCancel(id) {
  clearTimeout(waiting.get(id)?.timer);
  waiting.delete(id);
  told();
}

addEventListener("pagehide", () => {
  for (const { row, timer } of waiting.values()) { clearTimeout(timer); sendCancel(row, true); }
});

