/** Short sounds of the booth's page, made here without any file: a new photo, a finished job, trouble. */

import { tone } from "./jobs.js";

const GAP_MS = 700; // a burst is one sound
const QUIET_MS = 1500; // what comes right behind a snapshot is a part of it
const LOUD = 0.14;
const REST_MS = 2000; // an open sound device costs a twentieth of a small machine, also in silence
/** Each note: hertz, when it begins and how long it lasts, in seconds. */
const NOTES = {
  photo: { shape: "sine", notes: [[1175, 0, 0.07], [1568, 0.06, 0.1]] },
  done: { shape: "sine", notes: [[659, 0, 0.12], [988, 0.11, 0.22]] },
  bad: { shape: "triangle", notes: [[440, 0, 0.16], [330, 0.17, 0.26]] },
};
/** What is heard where several things happen at once. */
const ORDER = ["bad", "done", "photo"];

let context = null;
let resting = 0;
let rested = false;
let last = -GAP_MS;
let on = true;
try { on = localStorage.getItem("pb.sounds") !== "off"; } catch { /* private mode */ }

export const soundsOn = () => on;

/** This browser's choice, for good; switching on is heard. */
export function setSounds(next) {
  on = next;
  try { localStorage.setItem("pb.sounds", on ? "on" : "off"); } catch { /* private mode */ }
  last = -GAP_MS;
  if (on) play("photo");
}

/** Browsers let a page be heard once somebody has touched it. */
function unlock() {
  if (rested || typeof AudioContext !== "function") return;
  context ??= new AudioContext();
  context.resume().then(restSoon, () => { /* not yet: the next touch tries again */ });
}

function restSoon() {
  clearTimeout(resting);
  resting = setTimeout(() => {
    rested = true;
    context.suspend();
  }, REST_MS);
}

async function play(kind) {
  const now = performance.now();
  if (!on || !(rested || context?.state === "running") || now - last < GAP_MS) return;
  last = now;
  clearTimeout(resting);
  if (rested) await context.resume();
  rested = false;
  restSoon();
  const { shape, notes } = NOTES[kind];
  for (const [hertz, begin, length] of notes) {
    const start = context.currentTime + begin;
    const note = context.createOscillator();
    const volume = context.createGain();
    note.type = shape;
    note.frequency.value = hertz;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(LOUD, start + 0.012);
    volume.gain.exponentialRampToValueAtTime(0.001, start + length);
    note.connect(volume).connect(context.destination);
    note.start(start);
    note.stop(start + length + 0.02);
  }
}

/** What a row has come to, as far as it is heard; empty for everything in between. */
function heard(row) {
  if (row.kind === "shot") return row.state === "receiving" ? "" : row.state === "invalid" ? "bad" : "photo";
  const now = tone(row);
  return now === "bad" || now === "done" ? now : "";
}

/**
 * Listens to a booth's jobs and photos. A page that opens or comes back is told everything at once: that is
 * silent, and so is a job that this page never saw at work.
 */
export function hearBooth(board, booth) {
  const known = new Map();
  let epoch = -1;
  let quietUntil = 0;
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, unlock, { capture: true, passive: true });
  const stop = board.subscribe((kinds) => {
    if (board.epoch !== epoch) { epoch = board.epoch; quietUntil = performance.now() + QUIET_MS; }
    if (!kinds.has("job") && !kinds.has("shot")) return;
    const now = new Set();
    for (const row of [...board.all("job"), ...board.all("shot")]) {
      if (row.boothId !== booth) continue;
      const name = `${row.kind}:${row.id}`;
      const was = known.get(name);
      const is = heard(row);
      known.set(name, is);
      if (is && is !== was && (row.kind === "shot" ? !was : was !== undefined)) now.add(is);
    }
    const loudest = ORDER.find((kind) => now.has(kind));
    if (loudest && performance.now() >= quietUntil) play(loudest);
  });
  return () => {
    stop();
    for (const touch of ["pointerdown", "keydown"]) removeEventListener(touch, unlock, { capture: true });
  };
}
