/** A booth as its supervisor's tile shows it: its last frame, its guest, what waits, its laptop and its screens. */

import { health } from "./health.js";
import { alive, lastHour } from "./evening.js";
import { media, replaced, tone, undecided } from "./jobs.js";
import { picture, span } from "./shots.js";
import { t } from "./words.js";

const EXPECTED_MS = 12 * 3600000; // a laptop that was here this evening is missed
const LOST_MS = 15000; // until then it may be the Wi-Fi

/** Whether somebody counts on this booth's camera laptop. */
export const expected = (booth, now) => Boolean(booth.watcherSeenAt) && (booth.watcherOnline || now - Date.parse(booth.watcherSeenAt) < EXPECTED_MS);

/** Open screens by booth: `{screens, lag, outdated}`; null where no web process tells. */
export function screensByBooth(programs, now) {
  const webs = alive(programs, now).filter((row) => row.role === "web");
  if (!webs.length) return null;
  const found = new Map();
  for (const web of webs) {
    for (const one of web.facts.screens) {
      const sum = found.get(one.boothId) ?? { screens: 0, lag: null, outdated: 0 };
      const lag = one.lagMs === null ? sum.lag : Math.max(one.lagMs, sum.lag ?? 0);
      found.set(one.boothId, { screens: sum.screens + one.screens, lag, outdated: sum.outdated + one.outdated });
    }
  }
  return found;
}

function newest(rows, moment) {
  return rows.reduce((last, row) => (last && last[moment] >= row[moment] ? last : row), null);
}

/** The newest picture of the booth, of its camera or its webcam: `{src, at}`; null before the first. */
function lastFrame(shots, jobs) {
  const shot = newest(shots.filter((row) => row.hasPreview && row.state !== "rejected"), "appearedAt");
  const job = newest(jobs.filter((row) => !row.parentId && row.hasOutput), "createdAt");
  if (shot && (!job || shot.appearedAt >= job.createdAt)) return { src: picture(shot), at: Date.parse(shot.appearedAt) };
  return job ? { src: media("jobs", job.id, "thumb", 1), at: Date.parse(job.createdAt) } : null;
}

/** Photos that wait, the oldest unfinished, failures that need somebody: of these jobs. */
export function counted(jobs, again, now) {
  const open = jobs.filter((row) => (row.status === "queued" || row.status === "running") && !undecided(row));
  const oldest = newest(open.map((row) => ({ ...row, back: -Date.parse(row.createdAt) })), "back");
  const bad = jobs.filter((row) => tone(row, again.has(row.id)) === "bad");
  return { waiting: open.filter((row) => row.status === "queued").length, running: open.filter((row) => row.status === "running").length, oldestMs: oldest ? now - Date.parse(oldest.createdAt) : 0, bad: bad.length };
}

export function screenWords(screens, boothId) {
  if (!screens) return t("watch.screensUnknown");
  const found = screens.get(boothId);
  if (!found) return t("watch.noScreen");
  const many = found.screens === 1 ? t("watch.screen") : t("watch.screens", { n: found.screens });
  const lag = found.lag === null ? t("watch.lagUnknown") : t("watch.lag", { n: found.lag < 1000 ? `${found.lag} ms` : span(found.lag) });
  return `${many} · ${lag}${found.outdated ? ` · ${t("watch.outdated", { n: found.outdated })}` : ""}`;
}

/** `{words, tone}` of the booth's camera laptop, with how long ago it was heard. */
export function laptopWords(booth, now) {
  if (!booth.watcherSeenAt) return { words: t("watch.noLaptop"), tone: "" };
  const heard = now - Date.parse(booth.watcherSeenAt);
  if (!booth.watcherOnline && booth.watcherHealth?.stopped) return { words: t("watch.stopped"), tone: "" };
  if (!booth.watcherOnline) return { words: t("watch.lostFor", { n: span(heard) }), tone: expected(booth, now) ? (booth.watcherHealth?.silent && heard < LOST_MS ? "warn" : "bad") : "" };
  const is = health(booth, now, true);
  return { words: is.code === "online" ? t("watch.online", { version: booth.watcherVersion }) : is.words, tone: is.tone };
}

/** All booths as tiles, in the order of their names. */
export function tilesOf({ booths, jobs, shots, guests, programs }, now) {
  const again = replaced(jobs);
  const screens = screensByBooth(programs, now);
  const group = (rows) => rows.reduce((all, row) => { (all[row.boothId] ??= []).push(row); return all; }, {});
  const jobsOf = group(jobs);
  const shotsOf = group(shots);
  return booths.map((booth) => {
    const own = jobsOf[booth.id] ?? [];
    const files = shotsOf[booth.id] ?? [];
    const counts = counted(own, again, now);
    const laptop = laptopWords(booth, now);
    const orphans = files.filter((row) => row.state === "orphan").length;
    const broken = files.filter((row) => row.state === "invalid").length;
    const sent = guests.filter((row) => row.sentTo === booth.id && row.state === "registered" && Date.parse(row.expiresAt) > now);
    return {
      id: booth.id, row: booth, name: booth.name, eventId: booth.eventId, active: booth.active, since: booth.active ? now - Date.parse(booth.active.startedAt) : 0,
      frame: lastFrame(files, own), prints: own.filter((row) => row.printing?.status === "failed" || row.printing?.status === "unknown"), ...counts, sent, orphans, broken, laptop,
      screens: screenWords(screens, booth.id), spark: lastHour(own.filter((row) => !row.parentId).map((row) => Date.parse(row.createdAt)), now),
      tone: counts.bad || laptop.tone === "bad" ? "bad" : orphans || broken || laptop.tone === "warn" || counts.oldestMs > 300000 ? "warn" : "",
    };
  }).sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
}
