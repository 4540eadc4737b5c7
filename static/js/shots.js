/** How a camera file reads on every screen: its picture, its words, how far it is, and whose it may be. */

import { errorText, has, locale, t } from "./words.js";

const STALLED_MS = 5000;
const LOOKS = {
  receiving: ["down", ""], seen: ["check", ""], stored: ["check", ""], assigned: ["user", "good"], orphan: ["alert", "warn"],
  invalid: ["alert", "bad"], duplicate: ["film", ""], rejected: ["stop", ""],
};
export const CANDIDATES = 3;

/** Icon and tone of a file's state. */
export function look(row) {
  if (row.reason === "QR_CODE") return ["qr", "act"];
  return LOOKS[row.state] ?? ["film", ""];
}

/** The address of the picture: another one for each version, and each is fetched once. */
export const picture = (row) => `/media/shots/${encodeURIComponent(row.id)}/preview?v=${row.previewVersion || 1}`;

const made = new Map();

/** One formatter per language and kind: making one costs more than a thousand uses. */
function formatter(kind, options) {
  const name = `${locale()} ${JSON.stringify(options)}`;
  if (!made.has(name)) made.set(name, new kind(locale(), options));
  return made.get(name);
}

const megabytes = (bytes, digits) => formatter(Intl.NumberFormat, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(bytes / 1048576);

/** 3250000 → "3.1 MB"; gigabytes from a thousand megabytes on, kilobytes below a tenth of one. */
export function size(bytes) {
  if (bytes < 104858) return `${Math.ceil(bytes / 1024)} KB`;
  if (bytes >= 1000 * 1048576) return `${formatter(Intl.NumberFormat, { maximumFractionDigits: bytes < 10737418240 ? 1 : 0 }).format(bytes / 1073741824)} GB`;
  return `${megabytes(bytes, bytes < 10485760 ? 1 : 0)} MB`;
}

/** "3.1 of about 8 MB", "3.1 of 8.2 MB", or "3.1 MB" where nobody knows how large it will be; `narrow`: signs for words. */
export function sizeWords(row, narrow = false) {
  if (!row.bytesSeen) return t("shot.empty");
  const all = row.bytesExpected;
  if (!all || row.bytesSeen > all || (!row.expectedExact && row.bytesSeen >= all)) return size(row.bytesSeen);
  return t(narrow ? (row.expectedExact ? "shot.partExact" : "shot.partAbout") : row.expectedExact ? "shot.ofExact" : "shot.ofAbout", { seen: megabytes(Math.max(row.bytesSeen, 104858), 1), all: megabytes(all, row.expectedExact || all < 1048576 ? 1 : 0) });
}

/** How much of it is here, 0..1; null where that cannot be said. A guess never reads as full. */
export function part(row) {
  if (row.state !== "receiving" || !row.bytesExpected) return null;
  return Math.min(row.expectedExact ? 1 : 0.95, row.bytesSeen / row.bytesExpected);
}

/** Whether a file that is being written has stood still for a while. `now` in ms. */
export const stalled = (row, now) => row.state === "receiving" && now - Date.parse(row.updatedAt) > STALLED_MS;

/** A state that has many reasons, by its reason: in a word or two. */
function reasonWords(row) {
  const key = `shot.${row.state}.${row.reason ?? "PUT_BACK"}`;
  return t(has(key) ? key : `shot.${row.state}`);
}

/** The state in a word or two, for the foot of a small picture. */
export function shortWords(row, now) {
  if (stalled(row, now)) return t("shot.stalledShort");
  if (row.reason === "QR_CODE") return t("shot.qr");
  if (row.state === "assigned") return row.guestName ?? t("shot.stored");
  if (row.state === "receiving") return sizeWords(row, true);
  return reasonWords(row);
}

/** The state as a sentence. */
export function longWords(row, now) {
  if (stalled(row, now)) return `${t("shot.stalled")} · ${sizeWords(row)}`;
  if (row.reason === "QR_CODE") return row.guestName ? t("shot.qrOf", { name: row.guestName }) : t("shot.qr");
  if (row.state === "assigned") return t("shot.assigned", { name: row.guestName ?? "" });
  if (row.state === "receiving") return `${t("shot.receiving")} · ${sizeWords(row)}`;
  if (row.state === "invalid") return why(row);
  if (row.state === "seen") return t("shot.seenLong");
  return reasonWords(row);
}

/** Why a file is in the tray, as a sentence; what a person typed stands as it is. */
export function why(row) {
  const code = row.reason ?? "";
  if (row.state === "orphan") return code === "" ? t("tray.PUT_BACK") : /^[A-Z_]+$/.test(code) && has(`tray.${code}`) ? t(`tray.${code}`) : errorText({ code });
  if (row.state === "rejected") return has(`reject.${code}`) ? t(`reject.${code}`) : has(`error.${code}`) ? errorText({ code }) : code || t("shot.rejected");
  return errorText({ code: code || "IMAGE_UNREADABLE" });
}

/** What to do about a file that is no picture. */
export const nextStep = (row) => t(has(`nextStep.${row.reason}`) ? `nextStep.${row.reason}` : "nextStep.OTHER");

/** "NIKON CORPORATION NIKON D750 6012345" → "NIKON D750": the maker once, no serial number. */
export function cameraName(text) {
  const words = (text ?? "").trim().split(/\s+/).filter(Boolean);
  if (words.length > 1 && /^(?=(?:.*\d){5})[0-9A-Za-z]{6,}$/.test(words[words.length - 1])) words.pop();
  const again = words.findLastIndex((word, place) => place > 0 && word.toLowerCase() === words[0].toLowerCase());
  return words.slice(Math.max(0, again)).join(" ");
}

/** A moment as the clock on the wall says it, with seconds; with its day where that is not today. */
export function timeOf(moment, now = Date.now()) {
  const at = new Date(moment);
  const today = at.toDateString() === new Date(now).toDateString();
  return formatter(Intl.DateTimeFormat, { hour: "2-digit", minute: "2-digit", second: "2-digit", ...(today ? {} : { day: "numeric", month: "short" }) }).format(at);
}

/** "4 s", "3 min", "2 h", "5 days". */
export function span(ms) {
  const seconds = Math.max(1, Math.round(ms / 1000)); // "0 s ago" is a moment that nobody can see
  if (seconds < 60) return t("span.seconds", { n: seconds });
  if (seconds < 3600) return t("span.minutes", { n: Math.floor(seconds / 60) });
  if (seconds < 172800) return t("span.hours", { n: Math.floor(seconds / 3600) });
  return t("span.days", { n: Math.floor(seconds / 86400) });
}

/**
 * Whom an orphan may be given to by one touch, best first, as `{sessionId, code, guestName}`.
 *
 * Who came after a photo that was nobody's is its likeliest guest, and so is who is here while a photo lies in the
 * tray that an operator put back. A photo that is somebody's, only not surely whose, goes to the suggested ones
 * first: the guest in front of the camera now is the one it must not slip to. A file from before whoever is here is
 * surely not theirs.
 */
export function candidates(row, active) {
  const late = row.reason === "LATE_FILE";
  const here = active && !late ? [active] : [];
  const told = (row.suggested ?? []).filter((guest) => !late || guest.sessionId !== active?.sessionId);
  const later = !row.reason || (row.reason === "NO_GUEST" && active && Date.parse(active.startedAt) > Date.parse(row.appearedAt));
  const order = later ? [...here, ...told] : [...told, ...here];
  const known = new Set();
  return order.filter((guest) => !known.has(guest.sessionId) && known.add(guest.sessionId)).slice(0, CANDIDATES);
}

const moments = new WeakMap(); // a row never changes, its successor is another object

/** When the file appeared, in ms; read from its text once. */
export function appeared(row) {
  let moment = moments.get(row);
  if (moment === undefined) moments.set(row, moment = Date.parse(row.appearedAt));
  return moment;
}

export const byAge = (a, b) => appeared(a) - appeared(b) || (a.id < b.id ? -1 : 1);
