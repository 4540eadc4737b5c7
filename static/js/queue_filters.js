/** What the live queue shows of all its rows: chosen by chips, searched, and kept in the page's address. */

import { call } from "./api.js";
import { styleWords } from "./jobs.js";
import { makerWords } from "./job_rescue.js";
import { t } from "./words.js";

export const SHOWS = ["all", "bad", "wait", "run", "done"];
const NAMES = { filter: "show", booth: "booth", style: "style", maker: "maker", search: "q" };
const ASK_MS = 350;

/** `{filter, booth, style, maker, search}` as the address says; what it does not say is empty. */
export function fromAddress() {
  const query = new URLSearchParams(location.search);
  const found = Object.fromEntries(Object.entries(NAMES).map(([name, key]) => [name, (query.get(key) ?? "").slice(0, 100)]));
  return { ...found, filter: SHOWS.includes(found.filter) ? found.filter : "all" };
}

/** Writes them into the address, so that it can be sent to somebody and survives a reload. */
export function toAddress(wanted) {
  const query = new URLSearchParams(location.search);
  for (const [name, key] of Object.entries(NAMES)) {
    if (wanted[name] && wanted[name] !== "all") query.set(key, wanted[name]);
    else query.delete(key);
  }
  const text = query.toString();
  history.replaceState(history.state, "", text ? `?${text}` : location.pathname);
}

/** What a row is by each kind of chip. */
export const facetOf = { booth: (row) => row.boothId ?? "-", style: (row) => (row.mode === "original" ? "original" : row.styleId), maker: (row) => row.provider || "-" };

/** The chips of a kind, with how many rows each has, most first; the chosen one stays also with none. */
export function chips(kind, rows, chosen, booths) {
  const found = new Map();
  for (const row of rows) {
    const id = facetOf[kind](row);
    const known = found.get(id) ?? { id, count: 0, row };
    known.count += 1;
    found.set(id, known);
  }
  if (chosen && !found.has(chosen)) found.set(chosen, { id: chosen, count: 0, row: null });
  const named = (chip) => (kind === "booth" ? booths[chip.id] ?? (chip.id === "-" ? t("queue.noBooth") : chip.id) : kind === "style" ? (chip.row ? styleWords(chip.row) : chip.id) : makerWords(chip.id));
  return [...found.values()].map((chip) => ({ id: chip.id, count: chip.count, words: named(chip) })).sort((a, b) => b.count - a.count || (a.words < b.words ? -1 : 1));
}

/** A test for rows: by code, name, or the last digits of a number (`tails` by session; `asked` ids from the server). */
export function matcher(search, tails, asked) {
  const wanted = search.trim().toLowerCase();
  if (!wanted) return () => true;
  const bare = wanted.replace(/[\s.+-]/g, "").toUpperCase();
  const digits = digitsOf(search);
  const tail = digits && digits.length <= 4 ? (row) => tails.get(row.sessionId)?.endsWith(digits) : () => false;
  return (row) => row.code.startsWith(bare) || row.guestName.toLowerCase().includes(wanted) || Boolean(tail(row)) || asked.has(row.id);
}

/** The digits of a search that may be the end of a phone number; empty for anything else. */
export function digitsOf(search) {
  const bare = search.replace(/[\s.+-]/g, "");
  return /^\d{3,15}$/.test(bare) ? bare.replace(/^0/, "") : "";
}

/** Asks the server whose number ends so: rows hold no numbers. One question at a time, each only once. */
export class NumberSearch {
  constructor(event, told) {
    this.event = event;
    this.told = told;
    this.known = new Map();
  }

  /** Ids of jobs found for these digits so far; asks when nobody has. */
  find(digits) {
    clearTimeout(this.timer);
    const known = this.known.get(digits);
    if (known || !digits || !this.event) return known ?? new Set();
    this.timer = setTimeout(() => this.ask(digits), ASK_MS);
    return new Set();
  }

  async ask(digits) {
    try {
      const { data } = await call("GET", `/jobs?${new URLSearchParams({ eventId: this.event, q: digits, limit: 200 })}`);
      if (this.known.size > 50) this.known.clear();
      this.known.set(digits, new Set(data.items.map((item) => item.jobId)));
      this.told("");
    } catch {
      this.told("queue.askFailed");
    }
  }

  stop() { clearTimeout(this.timer); }
}
