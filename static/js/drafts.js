/**
 * Photos taken in this browser that the server does not have yet, kept with their picture so that no reload, crash
 * or closed browser loses one.
 *
 * Two stores: `captures` are small records `{ key, stage, owner, booth, event, session, guestName, mode, styleId, at,
 * burst, tries, triedAt, nextAt, error }`, `pictures` the bytes. `key` is the photo's idempotency key for ever. A photo
 * is `taken` (on a page's stage, nobody has sent it), `waiting` (to be sent by itself), `refused` (for good) or `left` (by
 * a page that is gone). What the browser will not keep (no room, private mode) lives in this page alone: `unkept`.
 */

import { randomId } from "./api.js";

const NAME = "photobot-captures";
export const MOST = 300;
/** A photo's key, the same for ever: the server knows by its beginning that it names a photo and not a request. */
export const newKey = () => `photo-${randomId()}`;
/** This page, as the owner of the photos on its stage; a reload is another one. */
export const TAB = randomId();
const alone = new Map(); // key → { record, blob }: what only this page has
let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("captures", { keyPath: "key" });
      request.result.createObjectStore("pictures");
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => { request.result.close(); opened = null; };
      request.result.onclose = () => { opened = null; };
      resolve(request.result);
    };
    request.onerror = () => { opened = null; reject(request.error); };
  });
  return opened;
}

/** One transaction over both stores; `deed(captures, pictures, answer)` may call `answer(value)`. Throws. */
async function within(mode, deed) {
  const transaction = (await database()).transaction(["captures", "pictures"], mode);
  return new Promise((resolve, reject) => {
    let value = null;
    transaction.oncomplete = () => resolve(value);
    transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
    deed(transaction.objectStore("captures"), transaction.objectStore("pictures"), (given) => { value = given; });
  });
}

/** Keeps a photo. Answers whether the browser kept it; where not, this page holds it alone. */
export async function keepDraft(record, blob) {
  try {
    await within("readwrite", (captures, pictures) => { captures.put(record); pictures.put(blob, record.key); });
    alone.delete(record.key);
    return true;
  } catch {
    alone.set(record.key, { record: { ...record, unkept: true }, blob });
    return false;
  }
}

/** Changes a photo's record; `changes` may be a function of it that answers null to leave it. Null: there is none. */
export async function patchDraft(key, changes) {
  const changed = (record) => { const made = typeof changes === "function" ? changes(record) : changes; return made && { ...record, ...made }; };
  const mine = alone.get(key);
  if (mine) {
    mine.record = changed(mine.record) ?? mine.record;
    return mine.record;
  }
  try {
    return await within("readwrite", (captures, _, answer) => {
      const read = captures.get(key);
      read.onsuccess = () => {
        const next = read.result && changed(read.result);
        if (next) captures.put(next);
        answer(next ?? null);
      };
    });
  } catch {
    return null;
  }
}

/** Every photo's record, the oldest first. */
export async function drafts() {
  let stored = [];
  try {
    stored = await within("readonly", (captures, _, answer) => { captures.getAll().onsuccess = (read) => answer(read.target.result); });
  } catch { /* nothing is kept in this browser */ }
  return [...(stored ?? []), ...[...alone.values()].map((one) => one.record)].sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
}

/** A photo's own record, never what a page made of it (a page's proxies cannot be kept); null where it is gone. */
export const draftOf = async (key) => (await drafts()).find((one) => one.key === key) ?? null;

/** A photo's bytes, or null. */
export async function pictureOf(key) {
  if (alone.has(key)) return alone.get(key).blob;
  try {
    return await within("readonly", (_, pictures, answer) => { pictures.get(key).onsuccess = (read) => answer(read.target.result ?? null); });
  } catch {
    return null;
  }
}

/** Forgets photos: sent, taken again, or deleted by a person. */
export async function dropDrafts(...keys) {
  for (const key of keys) alone.delete(key);
  try {
    await within("readwrite", (captures, pictures) => { for (const key of keys) { captures.delete(key); pictures.delete(key); } });
  } catch { /* nothing was kept */ }
}

export const unkept = () => alone.size;

// ---- whose stage a taken photo is on ------------------------------------------------------------------------

const lockOf = (tab) => `photobot-tab-${tab}`;
navigator.locks?.request(lockOf(TAB), () => new Promise(() => {})); // held as long as this page lives

async function living() {
  const held = (await navigator.locks?.query?.())?.held ?? [];
  return new Set([TAB, ...held.map((lock) => lock.name.replace("photobot-tab-", ""))]);
}

/** Takes over what a page of this booth that is gone had taken and not sent; what is older than `hours` is forgotten. */
export async function claimTaken(booth, hours = 12) {
  const alive = await living();
  const left = (await drafts()).filter((one) => one.stage === "taken" && one.booth === booth && !alive.has(one.owner));
  const old = left.filter((one) => Date.now() - one.at > hours * 3600000);
  if (old.length) await dropDrafts(...old.map((one) => one.key)); // a stranger's by now
  const mine = [];
  for (const one of left) {
    if (old.includes(one)) continue;
    const claimed = await patchDraft(one.key, (now) => (now.stage === "taken" && now.owner === one.owner ? { owner: TAB } : null));
    if (claimed?.owner === TAB) mine.push(claimed);
  }
  return mine;
}
