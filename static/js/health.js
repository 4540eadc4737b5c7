/** How a booth's tethered camera is, in words: one reading for the header, the booths' tiles and the laptop's page. */

import { size, span, timeOf } from "./shots.js";
import { t } from "./words.js";

const LATE_MS = 300000; // files that wait this long need somebody to look
const AWAY_MS = 60000;
const TIGHT_BYTES = 1073741824;
const FULL_BYTES = 209715200;
const HARD = new Set(["DISK_FULL", "FOLDER_AWAY", "FOLDER_TAKEN", "TOKEN_REFUSED"]);

export const waiting = (booth) => booth.watcherHealth?.waiting ?? booth.watcherPending ?? 0;
export const freeBytes = (booth) => booth.watcherHealth?.freeBytes ?? booth.watcherFreeBytes ?? null;

/** Since when the oldest file waits, in ms; 0 where nothing waits. */
export function lag(booth, now) {
  const oldest = booth.watcherHealth?.oldestWaitingAt;
  return oldest && waiting(booth) ? Math.max(0, now - Date.parse(oldest)) : 0;
}

/** The one thing to know, as a code. */
function standing(booth, now) {
  if (!booth.watcherSeenAt) return "never";
  if (!booth.watcherOnline) return booth.watcherHealth?.stopped ? "stopped" : "offline";
  const trouble = booth.watcherHealth?.trouble;
  if (trouble) return trouble;
  const free = freeBytes(booth);
  if (free !== null && free < TIGHT_BYTES) return "tight";
  if (waiting(booth)) return lag(booth, now) > LATE_MS ? "late" : "waiting";
  return "online";
}

/** Amber and red only where somebody must act; `pro`: this camera is the one in use. */
function tone(code, booth, now, pro) {
  if (code === "online") return "good";
  if (code === "stopped") return ""; // a person knows of it
  if (code === "never" || code === "offline") return pro ? "warn" : "";
  if (HARD.has(code)) return "bad";
  if (code === "tight") return freeBytes(booth) < FULL_BYTES ? "bad" : "warn";
  if (code === "late") return "warn";
  return lag(booth, now) > (code === "SERVER_AWAY" ? AWAY_MS : LATE_MS) ? "warn" : "";
}

const load = (booth) => t(waiting(booth) === 1 ? "health.oneFile" : "health.files", { n: waiting(booth), size: size(booth.watcherHealth?.bytesWaiting ?? 0) });

function short(code, booth, now) {
  if (code === "online") return t("watcher.online");
  if (code === "never") return t("watcher.never");
  if (code === "offline") return t("watcher.offlineSince", { n: span(now - Date.parse(booth.watcherSeenAt)) });
  if (code === "stopped") return t("watcher.stoppedSince", { n: span(now - Date.parse(booth.watcherSeenAt)) });
  if (code === "tight") return t("health.tight", { size: size(freeBytes(booth)) });
  if (code === "waiting" || code === "late") return t("watcher.waiting", { load: load(booth) });
  if ((code === "SLOW_LINE" || code === "SERVER_BUSY") && waiting(booth)) return t("watcher.waiting", { load: load(booth) });
  if (code === "SERVER_AWAY" && waiting(booth)) return t("health.heldUp", { load: load(booth) });
  return t(`health.${code}`);
}

/** What a booth's files are that have not simply arrived: still being written, or no picture. `shots`: the board's. */
export function unfinished(shots, boothId) {
  const here = shots.filter((row) => row.boothId === boothId);
  return { coming: here.filter((row) => row.state === "receiving").length, broken: here.filter((row) => row.state === "invalid").length };
}

function stepOf(code, { coming, broken }) {
  if (code !== "online") return t(`healthStep.${code}`);
  return coming ? t("healthStep.coming", { n: coming }) : t(broken ? "healthStep.broken" : "healthStep.online");
}

/** `{code, tone, icon, words, title, step}` of a booth's row; `words` fit into a pill. `files`: see `unfinished`. */
export function health(booth, now, pro = true, files = { coming: 0, broken: 0 }) {
  const code = standing(booth, now);
  const since = booth.watcherSeenAt ? timeOf(booth.watcherSeenAt, now) : "";
  const title = code === "offline" || code === "stopped" ? t(`health.${code}Since`, { time: since, n: span(now - Date.parse(booth.watcherSeenAt)) }) : short(code, booth, now);
  const look = tone(code, booth, now, pro);
  return { code, tone: look, icon: look === "warn" || look === "bad" ? "alert" : "camera", words: short(code, booth, now), title, step: stepOf(code, files) };
}

/** "12 files, 96 MB, the oldest for 3 min, because the server cannot be reached"; "nothing" where nothing waits. */
export function waitingWords(booth, now) {
  if (!waiting(booth)) return t("health.nothing");
  const parts = [load(booth)];
  if (lag(booth, now) >= 1000) parts.push(t("health.oldest", { n: span(lag(booth, now)) }));
  const trouble = booth.watcherHealth?.trouble;
  if (!booth.watcherOnline) parts.push(t("health.becauseOffline"));
  else if (trouble) parts.push(t(`healthBecause.${trouble}`));
  return parts.join(", ");
}

export const speedWords = (booth) => (booth.watcherHealth?.bytesPerSecond ? t("health.perSecond", { size: size(booth.watcherHealth.bytesPerSecond) }) : "");

/** "19:42:07, 3 min ago"; empty for never. */
export const agoWords = (moment, now) => (moment ? t("health.ago", { time: timeOf(moment, now), n: span(now - Date.parse(moment)) }) : "");
