/**
 * Keyboard shortcuts of a page: one table, never while somebody types, listed by the help overlay.
 *
 * A barcode scanner is a very fast keyboard. A letter or digit is held for a moment: more keys right behind it are a
 * scan and go, as a whole, to the field of a page that takes codes; nowhere are they shortcuts, its Enter neither.
 */

const HELD_MS = 60;
const SCAN_PAUSE_MS = 300;
const table = [];
let sink = null;
let shutter = false;
let held = null;
let scan = null;

function typing(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** Adds `{key, label, run, shown?}`: `key` as KeyboardEvent.key, `label` a key of the words. Returns how to remove it. */
export function shortcut(entry) {
  table.push(entry);
  return () => table.splice(table.indexOf(entry), 1);
}

export const shortcuts = () => [...table];

/**
 * Calls `take(text, whole)` with what is scanned or typed beside any field; `whole`: an Enter followed. `shutter`: the
 * page has one, see below. Returns how to stop.
 */
export function onScan(take, { shutter: has = false } = {}) {
  sink = take;
  shutter = has;
  return () => { if (sink === take) sink = null; };
}

const entryOf = (key) => table.findLast((one) => one.key === (key.length === 1 ? key.toLowerCase() : key));

function release() {
  if (!held) return;
  const { event, timer } = held;
  held = null;
  clearTimeout(timer);
  const entry = entryOf(event.key);
  if (entry) entry.run(event);
  else sink?.(event.key, false);
}

function hold(event) {
  const waited = () => (navigator.scheduling?.isInputPending?.() ? hold(event) : release()); // a busy page reads keys late
  held = { event, timer: setTimeout(waited, HELD_MS) };
}

function finishScan(whole) {
  const { text, timer } = scan;
  scan = null;
  clearTimeout(timer);
  sink?.(text, whole);
}

function grow(text) {
  clearTimeout(scan?.timer);
  scan = { text, timer: setTimeout(() => finishScan(false), SCAN_PAUSE_MS) };
}

/** Whether the key belongs to a scan, or may be the first of one. */
function scanned(event) {
  const printable = event.key.length === 1;
  if (scan) {
    if (printable) grow(scan.text + event.key);
    else if (event.key === "Enter" || event.key === "Tab") finishScan(true);
    else return event.key === "Shift" || event.key === "CapsLock";
    return true;
  }
  if (held && printable) {
    clearTimeout(held.timer);
    const first = held.event.key;
    held = null;
    grow(first + event.key);
    return true;
  }
  if (event.key === "Shift" || event.key === "CapsLock") return false;
  release();
  if (!/^[\p{L}\p{N}]$/u.test(event.key)) return false; // no code or link begins with anything else: "/" works at once
  hold(event);
  return true;
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return;
  if (document.querySelector("dialog[open]") || typing(event.target)) return;
  const button = event.target instanceof HTMLElement && event.target.closest("button, a, summary");
  const onButton = button && !button.closest("dialog:not([open])"); // a dialog that closes keeps the focus for a moment
  if (!scan && onButton && (event.key === "Enter" || event.key === " ")) return;
  if (scanned(event)) {
    event.preventDefault();
    return;
  }
  const entry = entryOf(event.key);
  if (!entry) return;
  event.preventDefault();
  entry.run(event);
});

// A button pressed by finger or mouse keeps no focus on a page with a shutter: Space and Enter would press it again.
addEventListener("click", (event) => {
  if (shutter && event.detail > 0 && event.target instanceof Element) event.target.closest("button:not(dialog *)")?.blur();
});
