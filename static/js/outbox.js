/**
 * Sends this browser's photos to the server, each once whatever happens: one page at a time (Web Locks), the oldest
 * first, again by itself after a failure, always under the photo's own idempotency key.
 */

import { upload } from "./api.js";
import { board } from "./board.js";
import { draftOf, drafts, dropDrafts, keepDraft, MOST, patchDraft, pictureOf, TAB, unkept } from "./drafts.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

const FIRST_MS = 1000;
const LONGEST_MS = 30000;
/** The server remembers a key for a day: what may have arrived is not sent again by itself after this. */
const SURE_MS = 20 * 3600000;
const PASSING = new Set(["MULTIPART_INVALID"]); // a form that was cut off on its way
const HEALED = new Set(["OFFLINE", "TIMEOUT", "UNAVAILABLE", "NOT_SIGNED_IN", "DATABASE_AWAY", "STORAGE_UNAVAILABLE"]);

const listeners = new Set();
const endings = new Map(); // key → what to call when its first try is over
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("photobot-outbox") : null;
let scope = null;
let running = false;
let holding = false;
let again = false;
let quietUntil = 0;
let timer = 0;

/** `items`: this event's photos that are not at the server; `others`: how many wait here for other events. */
export const outbox = { items: [], others: 0, sending: null, percent: 0, wanted: false };

const told = () => { for (const listener of listeners) listener(); };
const tellTabs = () => channel?.postMessage({ sending: outbox.sending, percent: outbox.percent });

/** Calls `listener()` whenever something here changes. Returns how to stop. */
export function onOutbox(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

async function refresh() {
  const all = await drafts();
  outbox.items = all.filter((one) => one.event === scope.event);
  outbox.others = all.filter((one) => one.event !== scope.event && one.stage !== "taken").length;
  for (const key of [...endings.keys()]) { // another page may have sent it
    const one = all.find((item) => item.key === key);
    if (!one) ended(key, "sent");
    else if (one.stage === "refused") ended(key, "refused");
    else if (one.stage === "waiting" && one.error) ended(key, "waiting");
  }
  told();
}

async function changed() {
  await refresh();
  tellTabs();
}

/** Begins to send what waits here; called by every part of the page that shows or sends, and works once. */
export function beginOutbox(pageScope) {
  if (scope) return;
  scope = pageScope;
  let before = "";
  board(scope).onLink(({ state }) => { if (state === "live" && before !== "live") wake(); before = state; });
  addEventListener("online", wake);
  channel?.addEventListener("message", async ({ data }) => { if (!holding) Object.assign(outbox, data); await refresh(); plan(); });
  addEventListener("beforeunload", (event) => { if (unkept()) event.preventDefault(); });
  wake();
}

/** What is worth trying now that the server may be there again. */
async function wake() {
  quietUntil = 0;
  for (const one of await drafts()) {
    if (one.stage === "waiting" && one.event === scope.event && HEALED.has(one.error?.code)) await patchDraft(one.key, (now) => (now.stage === "waiting" ? { nextAt: 0 } : null));
  }
  await refresh();
  pump();
}

/** Whether a photo may have arrived so long ago that the server would not know its key any more. */
export const isStale = (one) => one.stage === "waiting" && one.tries > 0 && !one.forced && Date.now() - one.at > SURE_MS;

function dueIn(one, now) {
  const left = Math.max(0, (one.nextAt ?? 0) - now);
  return left > 2 * LONGEST_MS && !one.error?.retryAfter ? 0 : left; // this laptop's clock was set back
}

const waits = () => outbox.items.filter((one) => one.stage === "waiting" && !isStale(one));

/** Sets the clock for the next try. */
function plan() {
  clearTimeout(timer);
  const now = Date.now();
  const next = Math.min(...waits().map((one) => dueIn(one, now)));
  if (Number.isFinite(next)) timer = setTimeout(pump, Math.max(next, quietUntil - now, 50));
}

async function pump() {
  if (running) { again = true; return; }
  running = true;
  try {
    do {
      again = false;
      await (navigator.locks ? navigator.locks.request("photobot-outbox", sendAll) : sendAll());
    } while (again);
  } finally {
    running = false;
    plan();
  }
}

/** Sends what is due until nothing is, or the server is away. Holds the lock: no other page sends meanwhile. */
async function sendAll() {
  holding = true;
  try {
    for (;;) {
      await refresh();
      const now = Date.now();
      if (now < quietUntil) for (const key of [...endings.keys()]) ended(key, "waiting");
      const next = now >= quietUntil && waits().find((one) => dueIn(one, now) === 0);
      if (!next) return;
      await sendOne(next);
    }
  } finally {
    holding = false;
  }
}

async function sendOne({ key }) {
  const one = await patchDraft(key, (now) => (now.stage === "waiting" ? { tries: (now.tries ?? 0) + 1, triedAt: Date.now() } : null));
  if (!one) { quietUntil = Date.now() + FIRST_MS; return; } // somebody deleted it just now, or the store does not answer
  const blob = await pictureOf(key);
  if (!blob) {
    await patchDraft(key, { stage: "refused", error: { code: "INPUT_MISSING" } });
    ended(key, "refused");
    return;
  }
  Object.assign(outbox, { sending: key, percent: 0 });
  told();
  tellTabs();
  try {
    await upload("/jobs", formOf(one, blob), { headers: { "Idempotency-Key": key }, onProgress: (part) => { outbox.percent = Math.round(part * 100); told(); } });
    await dropDrafts(key);
    ended(key, "sent");
  } catch (error) {
    await failed(one, error);
  } finally {
    Object.assign(outbox, { sending: null, percent: 0 });
    await changed();
  }
}

function formOf(one, blob) {
  const form = new FormData();
  const facts = { sessionId: one.session, eventId: one.event, boothId: one.booth, mode: one.mode, styleId: one.styleId };
  for (const [name, value] of Object.entries(facts)) form.append(name, value);
  form.append("image", blob, "webcam.jpg");
  return form;
}

/** Whether the server will never take it as it is. */
function isFinal({ status, code, facts }) {
  if (code === "IDEMPOTENCY_CONFLICT") return Boolean(facts.jobId); // without one, its twin is just being written
  return status >= 400 && status < 500 && ![401, 408, 425, 429].includes(status) && !PASSING.has(code);
}

async function failed(one, error) {
  const why = { code: error.code, message: error.message, retryAfter: error.retryAfter };
  if (isFinal(error)) {
    await patchDraft(one.key, { stage: "refused", error: why });
    ended(one.key, "refused");
    return;
  }
  const pause = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(10, one.tries - 1)) * (0.75 + Math.random() / 2);
  const nextAt = Date.now() + Math.max(pause, (error.retryAfter ?? 0) * 1000);
  await patchDraft(one.key, { nextAt, error: why, forced: false });
  if (error.status === 0 || error.status === 401 || error.status === 429) quietUntil = nextAt; // the next one would meet the same
  ended(one.key, "waiting");
}

function ended(key, outcome) {
  endings.get(key)?.(outcome);
  endings.delete(key);
}

// ---- what a person does -------------------------------------------------------------------------------------

/** Keeps a photo the moment it is taken. Answers whether the browser kept it. */
export async function take(record, blob) {
  const kept = await keepDraft({ ...record, stage: "taken", owner: TAB, tries: 0, nextAt: 0, error: null }, blob);
  await changed();
  return kept;
}

export const isFull = () => outbox.items.length + outbox.others >= MOST;

/**
 * Sends a photo for a guest `{session, guestName, mode, styleId}`; answers "sent", "waiting", "refused" or "slow".
 * `record` and `blob` are what the stage still has of it, should the browser have lost it meanwhile.
 */
export async function submit(record, blob, wish, patienceMs = 4000) {
  const { key } = record;
  const changes = { ...wish, stage: "waiting", tries: 0, nextAt: 0, error: null };
  if (!(await patchDraft(key, changes))) await keepDraft({ ...record, ...changes }, blob);
  const over = new Promise((resolve) => { endings.set(key, resolve); });
  await changed();
  pump();
  return Promise.race([over, new Promise((resolve) => { setTimeout(resolve, patienceMs, "slow"); })]);
}

/** Tries a photo at once, also one that is old or was refused; `wish` makes it another guest's, as a new request. */
export async function sendAgain({ key }, wish = null) {
  const one = await draftOf(key);
  if (!one) return;
  quietUntil = 0;
  const changes = { stage: "waiting", nextAt: 0, forced: true, error: null };
  if (!wish || (wish.session === one.session && wish.mode === one.mode && wish.styleId === one.styleId)) await patchDraft(one.key, changes);
  else {
    const blob = await pictureOf(one.key);
    if (!blob) return;
    await keepDraft({ ...one, ...wish, ...changes, key: wish.key, tries: 0 }, blob);
    await dropDrafts(one.key);
  }
  await changed();
  pump();
}

/** A photo of a page that is gone, for which the stage has no place: it waits in the list for a person. */
export async function leaveBehind(key) {
  await patchDraft(key, { stage: "left" });
  await changed();
}

/** Deletes a photo; it can be brought back for a while. */
export async function discard({ key }) {
  const one = await draftOf(key);
  if (!one) return;
  const blob = await pictureOf(key);
  await dropDrafts(one.key);
  await changed();
  const undo = async () => { if (blob) { await keepDraft(one, blob); await changed(); plan(); } };
  toast(t("uploads.deleted", { name: one.guestName || t("uploads.nobody") }), { action: { label: t("undo"), run: undo }, seconds: 10 });
}

/** Forgets photos on a stage that were taken again. */
export async function retakeAll(keys) {
  await dropDrafts(...keys);
  await changed();
}

/** Opens or closes the list of photos that wait. */
export function showOutbox(wanted) {
  outbox.wanted = wanted;
  told();
}
