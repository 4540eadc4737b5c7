/** The guests of an event in an operator's order: who comes next first, and nobody is ever invisible. */

import { readCode } from "./codes.js";

const ORDER = { registered: 0, failed: 1, waiting: 2, active: 3, done: 4 };
export const CHIPS = ["registered", "waiting", "done", "failed"];

/** A guest a supervisor sent to this booth comes before the common line, one sent to another booth behind it. */
const sent = (row, booth) => (row.state !== "registered" || !row.sentTo ? 0 : row.sentTo === booth ? -1 : 1);

/** Next come those who wait longest; of those who are done, the latest first. */
export function inOrder(rows, booth) {
  return rows.sort((a, b) => ORDER[a.state] - ORDER[b.state] || sent(a, booth) - sent(b, booth) || (a.state === "done" ? -1 : 1) * (Date.parse(a.createdAt) - Date.parse(b.createdAt)));
}

/** How many there are of each state, and in all. */
export function counts(rows) {
  const found = { all: rows.length };
  for (const chip of CHIPS) found[chip] = 0;
  for (const row of rows) found[row.state] = (found[row.state] ?? 0) + 1;
  return found;
}

/** The last digits of a phone number in what was typed: two to four, or those of a whole number; "" for none. */
export function tailOf(typed) {
  const digits = typed.replace(/[\s().+-]/g, "");
  return /^\d{2,15}$/.test(digits) ? digits.slice(-4) : "";
}

/** Whether a guest is meant by typed words: the code's beginning, a part of the name, the phone's last digits. */
export function isMeant(row, typed) {
  const code = readCode(typed);
  if (!code) return true;
  const tail = tailOf(typed);
  return row.code.startsWith(code) || row.guestName.toLowerCase().includes(typed.trim().toLowerCase()) || (tail !== "" && row.phoneTail.endsWith(tail));
}
