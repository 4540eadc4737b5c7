/** How the evening goes, from rows at hand: guests and photos an hour, what holds the photos up, when it clears. */

import { undecided } from "./jobs.js";

const RECENT_MS = 30 * 60000;
const PAUSED_MS = 10 * 60000;
const MADE_MS = 15 * 60000;
const SAMPLES = 4;
const SLOTS = 12; // five minutes each: the last hour
const SLOT_MS = 5 * 60000;
const ALIVE_MS = 15000;

/** Web processes and workers that live now. */
export const alive = (programs, now) => programs.filter((row) => !row.endedAt && !row.lostAt && now - Date.parse(row.seenAt) < ALIVE_MS);

/** How many of these moments fall into each five minutes of the last hour, oldest first. */
export function lastHour(moments, now) {
  const counts = new Array(SLOTS).fill(0);
  for (const at of moments) {
    const slot = SLOTS - 1 - Math.floor((now - at) / SLOT_MS);
    if (slot >= 0 && slot < SLOTS) counts[slot] += 1;
  }
  return counts;
}

/** When each guest was first photographed, in ms. */
function photographed(jobs) {
  const first = new Map();
  for (const row of jobs) {
    const at = Date.parse(row.createdAt);
    if (!first.has(row.sessionId) || at < first.get(row.sessionId)) first.set(row.sessionId, at);
  }
  return first;
}

/** Guests an hour in the last half hour; null where too few came, or none lately. */
function guestsAnHour(first, now) {
  const recent = [...first.values()].filter((at) => now - at < RECENT_MS).sort((a, b) => a - b);
  if (recent.length < SAMPLES || now - recent.at(-1) > PAUSED_MS) return null;
  return Math.round(recent.length / Math.max((now - recent[0]) / 3600000, 1 / 60));
}

/** Photos an hour that were finished in the last quarter of an hour; null for too few. */
function madeAnHour(jobs, now) {
  const ended = jobs.filter((row) => row.status === "succeeded" && row.finishedAt).map((row) => Date.parse(row.finishedAt)).filter((at) => now - at < MADE_MS);
  if (ended.length < SAMPLES) return null;
  return Math.round(ended.length / Math.max((now - Math.min(...ended)) / 3600000, 1 / 60));
}

/** What most of the waiting photos wait for, as `{code, because}`; null while none waits. */
function heldUpBy(waiting) {
  const counts = new Map();
  for (const row of waiting) {
    const because = row.wait?.because ?? "";
    const name = `${row.wait?.code ?? "queue"} ${row.wait?.code === "slot" ? because.split(" ")[0] : because}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const most = [...counts].sort((a, b) => b[1] - a[1])[0];
  if (!most) return null;
  const [code, ...because] = most[0].split(" ");
  return { code, because: because.join(" ") };
}

/** Whether nobody makes photos: a server is heard of and no worker. A job cannot say so, only workers know what it waits for. */
function stopped(programs, now) {
  const roles = new Set(alive(programs, now).map((row) => row.role));
  return roles.has("web") && !roles.has("worker");
}

/** The stage that takes longest where it was measured: `{stage, provider, seconds}`; null without data. */
export function longestStage(programs) {
  const web = programs.filter((row) => row.facts.stages.length).sort((a, b) => Date.parse(b.seenAt) - Date.parse(a.seenAt))[0];
  return web ? web.facts.stages.reduce((long, one) => (long && long.seconds >= one.seconds ? long : one), null) : null;
}

/** `now` in ms. Every number is null where nothing honest can be said. */
export function evening({ jobs, guests, programs }, now) {
  const first = photographed(jobs);
  const line = guests.filter((row) => row.state === "registered" && Date.parse(row.expiresAt) > now).length;
  const waiting = jobs.filter((row) => row.status === "queued" && !undecided(row));
  const running = jobs.filter((row) => row.status === "running").length;
  const perHour = guestsAnHour(first, now);
  const made = madeAnHour(jobs, now);
  const open = waiting.length + running;
  const idle = stopped(programs, now);
  return {
    perHour, made, line, waiting: waiting.length, running,
    heldUp: idle && waiting.length ? { code: "no_worker", because: "" } : heldUpBy(waiting), longest: longestStage(programs),
    lineClears: line && perHour ? (line / perHour) * 3600000 : line ? null : 0,
    photosClear: open && made && !idle ? (open / made) * 3600000 : open ? null : 0,
  };
}
